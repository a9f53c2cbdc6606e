//! The weights of the router's network, read from a file: validated once, immutable from then on.

use super::matrix::{Encoding, Matrix, sigmoid};
use crate::error::{Error, Result};
use crate::frame::{Reader, unframe};

const MAGIC: [u8; 8] = *b"SNDRGRNN";
const VERSION: u32 = 3;
const KIND: &str = "FastGRNN weights";
const MAX_INPUT: usize = 1024;
const MAX_HIDDEN: usize = 512;
const MAX_CARD: usize = 16 * 1024;
/// Number of values that the heads compute: 4 model, 4 context and 3 plan logits, temperature, top_p, escalate.
pub const OUTPUTS: usize = 14;

/// A FastGRNN cell with the router's heads, validated; see the [module](super) for equations and file layout.
///
/// ```
/// use sanderling_core::fastgrnn::FastGrnn;
/// use sanderling_core::frame::{Writer, frame};
///
/// // One feature, a hidden state of one value, full f32 matrices, an empty card.
/// let mut body = Writer::default();
/// body.put_u32s(&[1, 1, 1, 0, 0, 0]);
/// body.put_f32s(&[0.0, 1.0, 0.5, -0.25, 0.1, -0.2, 1.0, -4.0]);
/// body.put_f32s(&[0.0; 14]);
/// body.put_f32s(&[0.0; 14]);
/// body.put_u32(0);
/// let net = FastGrnn::from_bytes(&frame(*b"SNDRGRNN", 3, &body.into_inner()))?;
///
/// let first = net.step(&[2.0], None)?;
/// let second = net.step(&[2.0], Some(&first.hidden))?;
/// assert_ne!(first.hidden, second.hidden);
/// assert_eq!(second.escalate, 0.5);
/// # Ok::<(), sanderling_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FastGrnn {
    features_version: u32,
    pub(super) mean: Vec<f32>,
    pub(super) std: Vec<f32>,
    pub(super) w: Matrix,
    pub(super) u: Matrix,
    pub(super) b_z: Vec<f32>,
    pub(super) b_h: Vec<f32>,
    /// ζ as stored in the file, before the sigmoid is applied. `nu` is stored in the same way.
    zeta: f32,
    nu: f32,
    pub(super) heads: Vec<f32>,
    pub(super) bias: Vec<f32>,
    card: String,
    id: String,
}

impl FastGrnn {
    /// Reads a network from the content of a weights file.
    ///
    /// # Errors
    /// Those of [`unframe`]; [`Error::Truncated`] when the arrays are shorter than the shapes say; [`Error::Corrupt`]
    /// naming a shape or an encoding outside its range, a card that is too long or no UTF-8, bytes left over, a value
    /// that is not finite, or a standard deviation ≤ 0.
    pub fn from_bytes(data: &[u8]) -> Result<Self> {
        let body = unframe(data, MAGIC, VERSION, KIND)?;
        let mut reader = Reader::new(body);
        let features_version = reader.u32("the version of the feature table")?;
        let [input, hidden, rank_w, rank_u] = shape(&reader.u32s(4, "the FastGRNN shapes")?)?;
        let encoding = match reader.u32("the encoding")? {
            0 => Encoding::Floats,
            1 => Encoding::Codes,
            _ => return Err(Error::Corrupt { what: "the encoding of the FastGRNN matrices is unknown" }),
        };
        let weights = Self {
            features_version,
            mean: reader.f32s(input, "the feature means")?,
            std: reader.f32s(input, "the feature standard deviations")?,
            w: Matrix::read(&mut reader, encoding, [hidden, input, rank_w], "W")?,
            u: Matrix::read(&mut reader, encoding, [hidden, hidden, rank_u], "U")?,
            b_z: reader.f32s(hidden, "b_z")?,
            b_h: reader.f32s(hidden, "b_h")?,
            zeta: reader.f32("zeta")?,
            nu: reader.f32("nu")?,
            heads: encoding.read(&mut reader, OUTPUTS, hidden, "the heads")?,
            bias: reader.f32s(OUTPUTS, "the heads' biases")?,
            card: card(&mut reader)?,
            id: format!("{:08x}", crc32fast::hash(body)),
        };
        if reader.left() != 0 {
            return Err(Error::Corrupt { what: "bytes follow the FastGRNN weights" });
        }
        if !weights.values().all(|value| value.is_finite()) {
            return Err(Error::Corrupt { what: "a FastGRNN weight is not finite" });
        }
        if !weights.std.iter().all(|std| *std > 0.0) {
            return Err(Error::Corrupt { what: "a FastGRNN standard deviation is not above 0" });
        }
        Ok(weights)
    }

    /// Version of the feature table that the caller must use to compute the features.
    #[must_use]
    pub fn features_version(&self) -> u32 {
        self.features_version
    }

    /// Length of the feature vector.
    #[must_use]
    pub fn input_dim(&self) -> usize {
        self.mean.len()
    }

    /// Length of the hidden state.
    #[must_use]
    pub fn hidden_dim(&self) -> usize {
        self.b_z.len()
    }

    /// Checksum of the file's body, 8 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The file's card, a JSON text: the labels' names and how the weights were made.
    #[must_use]
    pub fn card(&self) -> &str {
        &self.card
    }

    /// Returns ζ and ν with the sigmoid applied.
    pub(super) fn blend(&self) -> (f32, f32) {
        (sigmoid(self.zeta), sigmoid(self.nu))
    }

    fn values(&self) -> impl Iterator<Item = &f32> {
        let vectors = [&self.mean, &self.std, &self.b_z, &self.b_h, &self.heads, &self.bias];
        let matrices = self.w.values().chain(self.u.values());
        vectors.into_iter().flatten().chain(matrices).chain([&self.zeta, &self.nu])
    }
}

/// Checks four sizes against their limits and returns them: input, hidden, rank of W, rank of U.
fn shape(sizes: &[u32]) -> Result<[usize; 4]> {
    let [input, hidden, rank_w, rank_u] = std::array::from_fn(|i| sizes[i] as usize);
    if !(1..=MAX_INPUT).contains(&input) {
        return Err(Error::Corrupt { what: "the FastGRNN input is not 1 to 1024 wide" });
    }
    if !(1..=MAX_HIDDEN).contains(&hidden) {
        return Err(Error::Corrupt { what: "the FastGRNN hidden state is not 1 to 512 wide" });
    }
    if rank_w > input.min(hidden) {
        return Err(Error::Corrupt { what: "the rank of W exceeds its sides" });
    }
    if rank_u > hidden {
        return Err(Error::Corrupt { what: "the rank of U exceeds its sides" });
    }
    Ok([input, hidden, rank_w, rank_u])
}

fn card(reader: &mut Reader<'_>) -> Result<String> {
    let length = reader.u32("the card")? as usize;
    if length > MAX_CARD {
        return Err(Error::Corrupt { what: "the FastGRNN card is longer than 16 KiB" });
    }
    let bytes = reader.take(length, "the card")?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::Corrupt { what: "the FastGRNN card is not UTF-8" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Writer, frame};
    use proptest::prelude::*;

    /// Returns the body of a file in which every number is 0.5: feature table 1, 3 inputs, 4 hidden values, W of rank
    /// 2, U full.
    fn body() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.put_u32s(&[1, 3, 4, 2, 0, 0]);
        writer.put_f32s(&[0.5; 3 + 3 + (4 * 2 + 2 * 3) + 16 + 4 + 4 + 2 + 5 * OUTPUTS]);
        writer.put_u32(2);
        writer.put_u8s(b"{}");
        writer.into_inner()
    }

    fn read(body: &[u8]) -> Result<FastGrnn> {
        FastGrnn::from_bytes(&frame(MAGIC, VERSION, body))
    }

    fn with(at: usize, value: [u8; 4]) -> Vec<u8> {
        let mut body = body();
        body[at..at + 4].copy_from_slice(&value);
        body
    }

    #[test]
    fn a_file_says_what_it_holds() {
        let weights = read(&body()).unwrap();
        assert_eq!((weights.input_dim(), weights.hidden_dim(), weights.id().len()), (3, 4, 8));
        assert_eq!((weights.features_version(), weights.w.rank(), weights.u.rank(), weights.card()), (1, 2, 0, "{}"));
    }

    #[test]
    fn codes_are_their_rows_scale_times_the_code() {
        let mut writer = Writer::default();
        writer.put_u32s(&[1, 2, 1, 0, 0, 1]);
        writer.put_f32s(&[0.0, 0.0, 1.0, 1.0]);
        writer.put_f32(0.5);
        writer.put_u8s(&[3, 0x80]); // 3 and -128
        writer.put_f32(2.0);
        writer.put_u8(0xff); // -1
        writer.put_f32s(&[0.0; 4]);
        writer.put_f32s(&[0.25; OUTPUTS]);
        writer.put_u8s(&[4; OUTPUTS]);
        writer.put_f32s(&[0.0; OUTPUTS]);
        writer.put_u32(0);
        let weights = read(&writer.into_inner()).unwrap();
        assert_eq!(weights.w.values().chain(weights.u.values()).copied().collect::<Vec<_>>(), [1.5, -64.0, -2.0]);
        assert_eq!(weights.heads, [1.0; OUTPUTS]);
    }

    #[test]
    fn the_id_follows_the_content() {
        let other = read(&with(24, 0.25f32.to_le_bytes())).unwrap();
        assert_ne!(other.id(), read(&body()).unwrap().id());
    }

    #[test]
    fn each_way_to_be_wrong_is_named() {
        let corrupt = |body: &[u8], expected: &str| match read(body) {
            Err(Error::Corrupt { what }) => assert!(what.contains(expected), "{what}"),
            other => panic!("{expected}: {other:?}"),
        };
        corrupt(&with(4, 0u32.to_le_bytes()), "input");
        corrupt(&with(4, u32::MAX.to_le_bytes()), "input");
        corrupt(&with(8, 513u32.to_le_bytes()), "hidden");
        corrupt(&with(12, 4u32.to_le_bytes()), "rank of W");
        corrupt(&with(16, 5u32.to_le_bytes()), "rank of U");
        corrupt(&with(20, 2u32.to_le_bytes()), "encoding");
        corrupt(&with(24, f32::NAN.to_le_bytes()), "finite");
        corrupt(&with(24 + 12, f32::INFINITY.to_le_bytes()), "finite");
        corrupt(&with(24 + 12, 0f32.to_le_bytes()), "standard deviation");
        let card = body().len() - 6;
        corrupt(&with(card, (1u32 << 20).to_le_bytes()), "16 KiB");
        corrupt(&with(card + 2, [0, 0, 0xff, 0xff]), "UTF-8");
        corrupt(&[body(), vec![0]].concat(), "bytes follow");
        assert_eq!(read(&body()[..body().len() - 1]), Err(Error::Truncated { what: "the card" }));
        assert_eq!(read(&with(4, 1024u32.to_le_bytes())), Err(Error::Truncated { what: "the feature means" }));
        assert_eq!(FastGrnn::from_bytes(b"not a file"), Err(Error::Magic { expected: KIND }));
        for got in [2, 4] {
            let other = frame(MAGIC, got, &body());
            assert_eq!(FastGrnn::from_bytes(&other), Err(Error::Version { expected: 3, got }));
        }
    }

    proptest! {
        /// Checks that a mutated body is refused or gives usable weights. Its checksum is recomputed, so that the
        /// parser reads it.
        #[test]
        fn mutated_bodies_never_panic(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            keep in any::<prop::sample::Index>(),
            cut: bool,
            features in prop::array::uniform3(any::<f32>()),
        ) {
            let mut body = body();
            for (at, value) in &edits {
                let at = at.index(body.len());
                body[at] = *value;
            }
            if cut {
                body.truncate(keep.index(body.len()));
            }
            if let Ok(weights) = read(&body) {
                let _ = weights.step(&features, None);
            }
        }

        #[test]
        fn arbitrary_bodies_never_panic(body: Vec<u8>) {
            let _ = read(&body);
        }
    }
}
