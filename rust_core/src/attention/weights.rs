//! The attention parameters and their file, read once, checked, and never changed afterwards.

use super::folded::Group;
use crate::bytes::{Reader, Writer, frame, unframe};
use crate::error::{Error, Result};

const MAGIC: [u8; 8] = *b"SNDRATTN";
const VERSION: u32 = 1;
const KIND: &str = "attention parameters";
const MAX_LAYERS: usize = 2;
const MAX_HEADS: usize = 16;
const MAX_RANK: usize = 256;
const MAX_DIM: usize = 8192;
const MAX_RELATIONS: usize = 1024;

/// Bound on every stored value. With it nothing overflows f32: for unit vectors |u| and |g| per component stay below
/// 1e6·√8192 < 1e8, g·u below 256·1e16 < 3e18, one head's score below 1e12·3e18, all sixteen below 5e31; vectors are
/// scaled to unit length only after their product with g, whose length is below 1e6·1e8·256·√8192 < 3e18, which for
/// vectors of length up to 1e15 stays below 3e33.
pub(super) const MAX_MAGNITUDE: f32 = 1e6;

/// What turns vectors of `dim` values into the head's own.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Projection {
    /// The vector itself.
    Identity,
    /// `matrix [rank × dim]`, row by row.
    LowRank {
        /// Values per projected vector.
        rank: usize,
        /// The rows.
        matrix: Vec<f32>,
    },
}

/// Coefficients of one head in one layer; the module header's names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    pub gamma: f32,
    pub a_rel: Vec<f32>,
    /// Empty for zero, as `a_src`.
    pub a_dst: Vec<f32>,
    pub a_src: Vec<f32>,
}

/// One head.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// W.
    pub node: Projection,
    /// Q.
    pub query: Projection,
    pub m: f32,
    pub tau: f32,
    pub layers: Vec<Layer>,
}

/// Attention parameters, validated; see the [module](super) for equations and file layout.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// Length of the vectors, 0 for any.
    pub(super) dim: usize,
    pub(super) relation_dim: usize,
    /// Rows `2 · relation + reverse`, then `self`.
    pub(super) embeddings: Vec<f32>,
    pub(super) heads: Vec<Head>,
    pub(super) groups: Vec<Group>,
    id: String,
}

impl Parameters {
    /// Whether all they ask of a vector is its cosine with the query: identity projections, and a = 0.
    pub(crate) fn ask_for_cosines(&self) -> bool {
        let identity = |projection: &Projection| matches!(projection, Projection::Identity);
        self.heads.iter().all(|head| identity(&head.node) && identity(&head.query))
            && self.groups.iter().flat_map(|group| &group.products).flatten().all(Vec::is_empty)
    }

    /// Freezes parameters that hold the invariants of the file format.
    pub(super) fn freeze(dim: usize, relation_dim: usize, embeddings: Vec<f32>, heads: Vec<Head>) -> Self {
        let groups = Group::all(&heads, dim, &embeddings, relation_dim);
        let mut parameters = Self { dim, relation_dim, embeddings, heads, groups, id: String::new() };
        parameters.id = format!("{:08x}", crc32fast::hash(&parameters.body()));
        parameters
    }

    /// Reads a parameters file.
    ///
    /// # Errors
    /// Those of [`unframe`]; [`Error::Truncated`] when the arrays are shorter than the shapes say; [`Error::Corrupt`]
    /// naming a shape outside its range, bytes left over, or a value that is not finite or beyond 1e6.
    pub fn from_bytes(data: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(unframe(data, MAGIC, VERSION, KIND)?);
        let shape = reader.u32s(6, "the attention shapes")?;
        let [layers, heads, dim, rank, relations, relation_dim] = std::array::from_fn(|i| shape[i] as usize);
        check_shape(layers, heads, dim, rank, relations, relation_dim)?;
        let width = if rank == 0 { dim } else { rank };
        let embeddings = values(&mut reader, (2 * relations + 1) * relation_dim, "the relation embeddings")?;
        let mut read = Vec::with_capacity(heads);
        for _ in 0..heads {
            let node = projection(&mut reader, rank, dim)?;
            let query = projection(&mut reader, rank, dim)?;
            let [m, tau] = [scalar(&mut reader, "m")?, scalar(&mut reader, "tau")?];
            let layer = |reader: &mut Reader<'_>| -> Result<Layer> {
                Ok(Layer {
                    gamma: scalar(reader, "gamma")?,
                    a_rel: values(reader, relation_dim, "a_rel")?,
                    a_dst: values(reader, width, "a_dst")?,
                    a_src: values(reader, width, "a_src")?,
                })
            };
            let layers = (0..layers).map(|_| layer(&mut reader)).collect::<Result<_>>()?;
            read.push(Head { node, query, m, tau, layers });
        }
        if reader.left() != 0 {
            return Err(Error::Corrupt { what: "bytes follow the attention parameters" });
        }
        Ok(Self::freeze(dim, relation_dim, embeddings, read))
    }

    /// The file that [`Parameters::from_bytes`] reads these from.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        frame(MAGIC, VERSION, &self.body())
    }

    /// Names these parameters: the checksum of their file's body, in hex.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Layers of attention, 1 or 2.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.heads[0].layers.len()
    }

    /// Whether these take vectors of `dim` values.
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
        for size in [self.layers(), self.heads.len(), self.dim, rank, relations, self.relation_dim] {
            // Not lossy: every size is capped far below.
            writer.put_u32(size as u32);
        }
        writer.put_f32s(&self.embeddings);
        for head in &self.heads {
            for projection in [&head.node, &head.query] {
                if let Projection::LowRank { matrix, .. } = projection {
                    writer.put_f32s(matrix);
                }
            }
            writer.put_f32s(&[head.m, head.tau]);
            for layer in &head.layers {
                writer.put_f32(layer.gamma);
                [&layer.a_rel, &layer.a_dst, &layer.a_src].into_iter().for_each(|a| writer.put_f32s(a));
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
    use super::*;
    use crate::graph::{Neighbour, Subgraph};
    use proptest::prelude::*;

    /// Body of a file: 2 layers, 2 heads, vectors of 4, rank 2, 1 relation, embeddings of 3, all numbers 0.5.
    fn body() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.put_u32s(&[2, 2, 4, 2, 1, 3]);
        let head = 2 * 4 * 2 + 2 + 2 * (1 + 3 + 2 + 2);
        writer.put_f32s(&vec![0.5; 3 * 3 + 2 * head]);
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
        assert_ne!(read(&with(24, 0.25f32.to_le_bytes())).unwrap().id(), read(&body()).unwrap().id());
    }

    #[test]
    fn each_way_to_be_wrong_is_named() {
        let corrupt = |body: &[u8], expected: &str| match read(body) {
            Err(Error::Corrupt { what }) => assert!(what.contains(expected), "{what}"),
            other => panic!("{expected}: {other:?}"),
        };
        corrupt(&with(0, 3u32.to_le_bytes()), "layers");
        corrupt(&with(4, 0u32.to_le_bytes()), "heads");
        corrupt(&with(8, 8193u32.to_le_bytes()), "8192");
        corrupt(&with(12, 5u32.to_le_bytes()), "rank");
        corrupt(&with(16, u32::MAX.to_le_bytes()), "relations");
        corrupt(&with(20, 0u32.to_le_bytes()), "embeddings");
        corrupt(&with(24, f32::NAN.to_le_bytes()), "finite");
        corrupt(&with(24, 2e6f32.to_le_bytes()), "1e6");
        corrupt(&[body(), vec![0]].concat(), "bytes follow");
        assert_eq!(read(&body()[..body().len() - 1]), Err(Error::Truncated { what: "a_src" }));
        assert_eq!(Parameters::from_bytes(b"SNDR"), Err(Error::Magic { expected: KIND }));
        let newer = frame(MAGIC, VERSION + 1, &body());
        assert_eq!(Parameters::from_bytes(&newer), Err(Error::Version { expected: 1, got: 2 }));
    }

    #[test]
    fn the_largest_parameters_and_vectors_do_not_overflow() {
        let (dim, rank, heads) = (MAX_DIM, MAX_RANK, MAX_HEADS);
        let mut writer = Writer::default();
        writer.put_u32s(&[2, heads, dim, rank, 0, 1].map(|size| size as u32));
        writer.put_f32s(&vec![MAX_MAGNITUDE; 1 + heads * (2 * rank * dim + 2 + 2 * (2 + 2 * rank))]);
        let parameters = read(&writer.into_inner()).unwrap();
        let long = 1e15 / (dim as f32).sqrt() * 0.999;
        let vectors = [vec![long; dim], vec![-long; dim]].concat();
        let edge = Neighbour { node: 0, relation: 0, reverse: false, weight: f32::MAX };
        let graph = Subgraph { keys: vec![0, 1], offsets: vec![0, 0, 1], neighbours: vec![edge], depth_touched: 1 };
        let attended = attend(&parameters, &vectors[..dim], &vectors, &graph).unwrap();
        assert!(attended.weights.iter().all(|weight| weight.is_finite()) && attended.entropy.is_finite());
    }

    proptest! {
        /// The checksum is recomputed, so the mutation reaches the parser; parameters it lets through must be usable.
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
                if let Ok(attended) = attend(&parameters, &vectors[..4], &vectors, &graph) {
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
