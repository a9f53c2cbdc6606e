//! The attention parameters, validated once and immutable, and the functions that read and write the weights file.

use super::folded::Group;
use super::heads::{Head, Layer, MAX_MAGNITUDE, Projection};
use crate::error::{Error, Result};
use crate::frame::{Reader, Writer, frame, unframe};

const MAGIC: [u8; 8] = *b"SNDRATTN";
const VERSION: u32 = 2;
const KIND: &str = "attention parameters";
const MAX_LAYERS: usize = 2;
const MAX_HEADS: usize = 16;
const MAX_RANK: usize = 256;
const MAX_DIM: usize = 8192;
const MAX_RELATIONS: usize = 1024;
const MAX_FEATURES: usize = 256;

/// How the parameters use the features of nodes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Features {
    /// Version of the table that defines the features; 0 without features.
    pub version: u32,
    /// The vector d of the equations: one value per feature.
    pub direct: Vec<f32>,
}

/// Attention parameters, validated; see the [module](super) for equations and file layout.
///
/// ```
/// use sanderling_core::attention::Parameters;
///
/// let prior = Parameters::prior(2)?;
/// let read = Parameters::from_bytes(&prior.to_bytes())?;
/// assert_eq!((read.id(), read.layers(), read.features()), (prior.id(), 2, 0));
/// # Ok::<(), sanderling_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// Length of the vectors; 0 if any length is accepted.
    pub(super) dim: usize,
    pub(super) relation_dim: usize,
    /// The relations' embeddings r, row by row: row `2 · relation + reverse` for a relation, the last for `self`.
    pub(super) embeddings: Vec<f32>,
    pub(super) features: Features,
    pub(super) heads: Vec<Head>,
    pub(super) groups: Vec<Group>,
    id: String,
}

impl Parameters {
    /// Whether the parameters use only the cosines of the vectors with the query.
    ///
    /// That is so if the projections are the identity and a = 0.
    pub(crate) fn ask_for_cosines(&self) -> bool {
        let identity = |projection: &Projection| matches!(projection, Projection::Identity);
        self.heads.iter().all(|head| identity(&head.node) && identity(&head.query))
            && self.groups.iter().flat_map(|group| &group.products).flatten().all(Vec::is_empty)
    }

    /// Whether the parameters use only features, and no vectors.
    pub(crate) fn ask_for_features_alone(&self) -> bool {
        self.heads.iter().all(|head| head.kappa == 0.0)
            && self.groups.iter().flat_map(|group| &group.products).flatten().all(Vec::is_empty)
    }

    /// Builds parameters from values that satisfy the invariants of the file format.
    pub(super) fn freeze(
        dim: usize,
        relation_dim: usize,
        embeddings: Vec<f32>,
        features: Features,
        heads: Vec<Head>,
    ) -> Self {
        let groups = Group::all(&heads, dim, &embeddings, relation_dim, features.direct.len());
        let mut parameters = Self { dim, relation_dim, embeddings, features, heads, groups, id: String::new() };
        parameters.id = format!("{:08x}", crc32fast::hash(&parameters.body()));
        parameters
    }

    /// Reads parameters from the content of a weights file.
    ///
    /// # Errors
    /// Those of [`unframe`]; [`Error::Truncated`] when the arrays are shorter than the shapes say; [`Error::Corrupt`]
    /// naming a shape outside its range, bytes left over, or a value that is not finite or beyond 1e6.
    pub fn from_bytes(data: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(unframe(data, MAGIC, VERSION, KIND)?);
        let shape = reader.u32s(8, "the attention shapes")?;
        let version = shape[0];
        let [features, layers, heads, dim, rank, relations, relation_dim] =
            std::array::from_fn(|i| shape[1 + i] as usize);
        check_shape(layers, heads, dim, rank, relations, relation_dim)?;
        if features > MAX_FEATURES || (version == 0) != (features == 0) {
            return Err(Error::Corrupt {
                what: "attention takes at most 256 features, of a table with a version above 0",
            });
        }
        let width = if rank == 0 { dim } else { rank };
        let embeddings = values(&mut reader, (2 * relations + 1) * relation_dim, "the relation embeddings")?;
        let features = Features { version, direct: values(&mut reader, features, "d")? };
        let count = features.direct.len();
        let mut read = Vec::with_capacity(heads);
        for _ in 0..heads {
            let node = projection(&mut reader, rank, dim)?;
            let query = projection(&mut reader, rank, dim)?;
            let [m, tau, kappa] =
                [scalar(&mut reader, "m")?, scalar(&mut reader, "tau")?, scalar(&mut reader, "kappa")?];
            let p = values(&mut reader, count, "p")?;
            let layer = |reader: &mut Reader<'_>| -> Result<Layer> {
                Ok(Layer {
                    gamma: scalar(reader, "gamma")?,
                    a_rel: values(reader, relation_dim, "a_rel")?,
                    a_dst: values(reader, width, "a_dst")?,
                    a_src: values(reader, width, "a_src")?,
                    f_dst: values(reader, count, "f_dst")?,
                    f_src: values(reader, count, "f_src")?,
                })
            };
            let layers = (0..layers).map(|_| layer(&mut reader)).collect::<Result<_>>()?;
            read.push(Head { node, query, m, tau, kappa, p, layers });
        }
        if reader.left() != 0 {
            return Err(Error::Corrupt { what: "bytes follow the attention parameters" });
        }
        Ok(Self::freeze(dim, relation_dim, embeddings, features, read))
    }

    /// Returns the parameters as the content of a weights file, for [`Parameters::from_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        frame(MAGIC, VERSION, &self.body())
    }

    /// Checksum of the file's body, 8 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Number of attention layers, 1 or 2.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.heads[0].layers.len()
    }

    /// Version of the feature table that the caller must follow; 0 if no features are used.
    #[must_use]
    pub fn features_version(&self) -> u32 {
        self.features.version
    }

    /// Number of features per node.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features.direct.len()
    }

    /// Checks that the parameters accept vectors of `dim` values.
    pub(crate) fn check_dim(&self, dim: usize) -> Result<()> {
        if dim == 0 || (self.dim != 0 && dim != self.dim) {
            return Err(Error::Dimension { expected: self.dim.max(1), got: dim });
        }
        Ok(())
    }

    fn body(&self) -> Vec<u8> {
        let rank = match &self.heads[0].node {
            Projection::Identity => 0,
            Projection::LowRank { rank, .. } => *rank,
        };
        let relations = (self.embeddings.len() / self.relation_dim - 1) / 2;
        let mut writer = Writer::default();
        writer.put_u32(self.features.version);
        for size in [self.features(), self.layers(), self.heads.len(), self.dim, rank, relations, self.relation_dim] {
            // Not lossy: every size is capped far below.
            writer.put_u32(size as u32);
        }
        writer.put_f32s(&self.embeddings);
        writer.put_f32s(&self.features.direct);
        for head in &self.heads {
            for projection in [&head.node, &head.query] {
                if let Projection::LowRank { matrix, .. } = projection {
                    writer.put_f32s(matrix);
                }
            }
            writer.put_f32s(&[head.m, head.tau, head.kappa]);
            writer.put_f32s(&head.p);
            for layer in &head.layers {
                writer.put_f32(layer.gamma);
                let vectors = [&layer.a_rel, &layer.a_dst, &layer.a_src, &layer.f_dst, &layer.f_src];
                vectors.into_iter().for_each(|a| writer.put_f32s(a));
            }
        }
        writer.into_inner()
    }
}

fn check_shape(
    layers: usize,
    heads: usize,
    dim: usize,
    rank: usize,
    relations: usize,
    relation_dim: usize,
) -> Result<()> {
    let rules = [
        ((1..=MAX_LAYERS).contains(&layers), "attention has 1 or 2 layers"),
        ((1..=MAX_HEADS).contains(&heads), "attention has 1 to 16 heads"),
        (dim <= MAX_DIM, "attention takes vectors of at most 8192 values"),
        (rank <= MAX_RANK.min(dim), "the attention rank exceeds 256 or the vectors' length"),
        (relations <= MAX_RELATIONS, "attention knows at most 1024 relations"),
        ((1..=MAX_RANK).contains(&relation_dim), "relation embeddings have 1 to 256 values"),
    ];
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, what)) => Err(Error::Corrupt { what }),
        None => Ok(()),
    }
}

fn projection(reader: &mut Reader<'_>, rank: usize, dim: usize) -> Result<Projection> {
    if rank == 0 {
        return Ok(Projection::Identity);
    }
    Ok(Projection::LowRank { rank, matrix: values(reader, rank * dim, "a projection")? })
}

fn scalar(reader: &mut Reader<'_>, what: &'static str) -> Result<f32> {
    Ok(values(reader, 1, what)?[0])
}

fn values(reader: &mut Reader<'_>, count: usize, what: &'static str) -> Result<Vec<f32>> {
    let values = reader.f32s(count, what)?;
    // Written so that NaN fails too.
    if values.iter().all(|value| value.abs() <= MAX_MAGNITUDE) {
        Ok(values)
    } else {
        Err(Error::Corrupt { what: "an attention parameter is not finite or beyond 1e6" })
    }
}

#[cfg(test)]
mod tests {
    use super::super::attend;
    use super::super::inputs::MAX_FEATURE;
    use super::*;
    use crate::graph::{Neighbour, Subgraph};
    use proptest::prelude::*;

    /// Returns the body of a weights file in which every coefficient is 0.5.
    ///
    /// It has feature table 7 with 3 features, 2 layers, 2 heads, vectors of 4 values, rank 2, 1 relation and
    /// embeddings of 3 values.
    fn body() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.put_u32s(&[7, 3, 2, 2, 4, 2, 1, 3]);
        let head = 2 * 4 * 2 + 3 + 3 + 2 * (1 + 3 + 2 + 2 + 3 + 3);
        writer.put_f32s(&vec![0.5; 3 * 3 + 3 + 2 * head]);
        writer.into_inner()
    }

    fn read(body: &[u8]) -> Result<Parameters> {
        Parameters::from_bytes(&frame(MAGIC, VERSION, body))
    }

    fn with(at: usize, value: [u8; 4]) -> Vec<u8> {
        let mut body = body();
        body[at..at + 4].copy_from_slice(&value);
        body
    }

    #[test]
    fn a_file_comes_back_byte_for_byte() {
        let data = frame(MAGIC, VERSION, &body());
        let parameters = Parameters::from_bytes(&data).unwrap();
        assert_eq!(parameters.to_bytes(), data);
        assert_eq!((parameters.layers(), parameters.heads.len(), parameters.id().len()), (2, 2, 8));
        for layers in [1, 2] {
            let prior = Parameters::prior(layers).unwrap();
            assert_eq!(Parameters::from_bytes(&prior.to_bytes()), Ok(prior));
        }
    }

    #[test]
    fn the_id_follows_the_content() {
        assert_ne!(Parameters::prior(1).unwrap().id(), Parameters::prior(2).unwrap().id());
        assert_ne!(read(&with(32, 0.25f32.to_le_bytes())).unwrap().id(), read(&body()).unwrap().id());
    }

    #[test]
    fn each_way_to_be_wrong_is_named() {
        let corrupt = |body: &[u8], expected: &str| match read(body) {
            Err(Error::Corrupt { what }) => assert!(what.contains(expected), "{what}"),
            other => panic!("{expected}: {other:?}"),
        };
        corrupt(&with(0, 0u32.to_le_bytes()), "features");
        corrupt(&with(4, 257u32.to_le_bytes()), "features");
        corrupt(&with(8, 3u32.to_le_bytes()), "layers");
        corrupt(&with(12, 0u32.to_le_bytes()), "heads");
        corrupt(&with(16, 8193u32.to_le_bytes()), "8192");
        corrupt(&with(20, 5u32.to_le_bytes()), "rank");
        corrupt(&with(24, u32::MAX.to_le_bytes()), "relations");
        corrupt(&with(28, 0u32.to_le_bytes()), "embeddings");
        corrupt(&with(32, f32::NAN.to_le_bytes()), "finite");
        corrupt(&with(32, 2e6f32.to_le_bytes()), "1e6");
        corrupt(&[body(), vec![0]].concat(), "bytes follow");
        assert_eq!(read(&body()[..body().len() - 1]), Err(Error::Truncated { what: "f_src" }));
        assert_eq!(Parameters::from_bytes(b"SNDR"), Err(Error::Magic { expected: KIND }));
        for other in [VERSION - 1, VERSION + 1] {
            let data = frame(MAGIC, other, &body());
            assert_eq!(Parameters::from_bytes(&data), Err(Error::Version { expected: VERSION, got: other }));
        }
    }

    #[test]
    fn the_largest_parameters_and_vectors_do_not_overflow() {
        let (dim, rank, heads) = (MAX_DIM, MAX_RANK, MAX_HEADS);
        let mut writer = Writer::default();
        let features = MAX_FEATURES;
        writer.put_u32s(&[1, features, 2, heads, dim, rank, 0, 1].map(|size| size as u32));
        let head = 2 * rank * dim + 3 + features + 2 * (2 + 2 * rank + 2 * features);
        writer.put_f32s(&vec![MAX_MAGNITUDE; 1 + features + heads * head]);
        let parameters = read(&writer.into_inner()).unwrap();
        let long = 1e13 / (dim as f32).sqrt() * 0.999;
        let vectors = [vec![long; dim], vec![-long; dim]].concat();
        let edge = Neighbour { node: 0, relation: 0, reverse: false, weight: f32::MAX };
        let graph = Subgraph { keys: vec![0, 1], offsets: vec![0, 0, 1], neighbours: vec![edge], depth_touched: 1 };
        let phi = [vec![MAX_FEATURE; features], vec![-MAX_FEATURE; features]].concat();
        let attended = attend(&parameters, &vectors[..dim], &vectors, &phi, &graph).unwrap();
        assert!(attended.weights.iter().all(|weight| weight.is_finite()) && attended.entropy.is_finite());
    }

    proptest! {
        /// A mutated body must be refused or give usable parameters.
        ///
        /// The checksum is recomputed, so that the mutation reaches the parser.
        #[test]
        fn mutated_bodies_never_panic(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            keep in any::<prop::sample::Index>(),
            cut: bool,
        ) {
            let mut body = body();
            for (at, value) in &edits {
                let at = at.index(body.len());
                body[at] = *value;
            }
            if cut {
                body.truncate(keep.index(body.len()));
            }
            if let Ok(parameters) = read(&body) {
                let edge = |reverse| Neighbour { node: 1, relation: 0, reverse, weight: 2.0 };
                let neighbours = vec![edge(false), edge(true)];
                let graph = Subgraph { keys: vec![7, 8], offsets: vec![0, 1, 2], neighbours, depth_touched: 1 };
                let vectors = [1.0, -2.0, 3.0, 0.5, 0.0, 0.0, 0.0, 0.0];
                let phi = vec![0.5; 2 * parameters.features()];
                if let Ok(attended) = attend(&parameters, &vectors[..4], &vectors, &phi, &graph) {
                    prop_assert!(attended.weights.iter().all(|weight| weight.is_finite()));
                }
            }
        }

        #[test]
        fn arbitrary_bodies_never_panic(body: Vec<u8>) {
            let _ = read(&body);
        }
    }
}
