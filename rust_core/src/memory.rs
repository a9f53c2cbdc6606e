//! The graph memory: an index over vectors and the edges between the same nodes, held together and saved as one file.
//!
//! ```text
//! header   of the index (hnsw/persist)
//! sections of the index (hnsw/persist) · edges (graph/persist)
//! ```
//!
//! The file is a [snapshot](crate::snapshot), and a cache of the SQLite store: its label, the generation, says which state
//! of the store it holds. A file that cannot be trusted is refused, to be built again from there.

use crate::attention::Parameters;
use crate::bytes::{self, Reader};
use crate::error::{Error, Result, ensure};
use crate::graph::{Edge, Graph, Neighbourhood, Subgraph};
use crate::hnsw::{Effort, Hits, Index, Insertion, Newcomer, Params, Plan, Site};
use crate::kernels::dot;
use crate::retrieve::{Attention, Scope};
use crate::snapshot::{Snapshot, Writer};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub use crate::retrieve::{Attended, Retrieved};

const MAGIC: [u8; 8] = *b"SNDRMEM\0";
const VERSION: u32 = 3;
const KIND: &str = "graph memory";

/// Vectors with edges between them. Every end of an edge is a node of the index.
#[derive(Debug)]
pub struct GraphMemory {
    index: Index,
    /// Over the slots of the index.
    graph: Graph,
    attention: Attention,
}

impl GraphMemory {
    /// An empty memory for vectors of length `dim`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `dim` or one of `params` is out of range.
    pub fn new(dim: usize, params: Params) -> Result<Self> {
        Ok(Self { index: Index::new(dim, params)?, graph: Graph::default(), attention: Attention::default() })
    }

    /// The index, for reading.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn index_mut(&mut self) -> &mut Index {
        &mut self.index
    }

    /// The edges, for reading; their ends are [slots](Index::slot).
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Inserts vectors under keys; a key that is there already gets the new vector and keeps its edges.
    ///
    /// # Errors
    /// As [`Self::insert_parallel`].
    pub fn insert(&mut self, keys: &[u64], vectors: &[f32], stop: &dyn Fn() -> bool) -> Result<()> {
        self.insert_parallel(Insertion { keys, vectors, threads: 1 }, stop)
    }

    /// As [`Self::insert`] on several threads.
    ///
    /// # Errors
    /// As [`Index::insert_parallel`].
    pub fn insert_parallel(&mut self, insertion: Insertion<'_>, stop: &dyn Fn() -> bool) -> Result<()> {
        insertion.into_site(self, stop)
    }

    /// [`Index::link`]; a node whose vector is replaced becomes another one of the index and takes its edges along.
    pub(crate) fn link_node(&mut self, key: u64, newcomer: Newcomer, plan: &Plan) {
        if let Some(before) = self.index.link(key, newcomer, plan) {
            self.graph.rename(before, newcomer.slot);
        }
        self.attention.update(&self.index, newcomer.slot);
    }

    /// Deletes nodes with their edges; unknown keys are passed over. Returns how many were there.
    pub fn delete(&mut self, keys: &[u64]) -> usize {
        for slot in keys.iter().filter_map(|key| self.index.slot(*key)) {
            self.graph.remove(slot);
        }
        self.index.delete(keys)
    }

    /// Adds edges; the same source, destination and relation again replace the weight. Nothing is changed if an edge is
    /// unfit.
    ///
    /// # Errors
    /// [`Error::Length`] when the arrays differ in length, [`Error::UnknownKey`] for an end that is not in the memory,
    /// [`Error::Parameter`] for a weight that is not finite or not above 0.
    pub fn link(&mut self, src: &[u64], dst: &[u64], relation: &[u16], weight: &[f32]) -> Result<()> {
        same_length("destinations", src.len(), dst.len())?;
        same_length("relations", src.len(), relation.len())?;
        same_length("weights", src.len(), weight.len())?;
        let ends = self.slots(src)?.into_iter().zip(self.slots(dst)?);
        let edge = |((src, dst), (&relation, &weight))| Edge { src, dst, relation, weight };
        let edges: Vec<Edge> = ends.zip(relation.iter().zip(weight)).map(edge).collect();
        edges.iter().try_for_each(Edge::check)?;
        edges.into_iter().try_for_each(|edge| self.graph.link(edge))
    }

    /// Removes edges; those that are not there are passed over. Returns how many were there.
    ///
    /// # Errors
    /// [`Error::Length`] when the arrays differ in length.
    pub fn unlink(&mut self, src: &[u64], dst: &[u64], relation: &[u16]) -> Result<usize> {
        same_length("destinations", src.len(), dst.len())?;
        same_length("relations", src.len(), relation.len())?;
        let slot = |key: &u64| self.index.slot(*key);
        let edges = src.iter().zip(dst).zip(relation);
        let known = edges.filter_map(|((src, dst), relation)| Some((slot(src)?, slot(dst)?, *relation)));
        Ok(known.filter(|(src, dst, relation)| self.graph.unlink(*src, *dst, *relation)).count())
    }

    /// The `k` nearest nodes to `query`, with a beam of `max(ef_search, k)`.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn search(&self, query: &[f32], k: usize, ef_search: usize) -> Result<Hits> {
        self.index.search(query, k, ef_search)
    }

    /// The `k` nearest of the nodes that `effort` allows.
    ///
    /// # Errors
    /// As [`Index::search_with`].
    pub fn search_with(&self, query: &[f32], k: usize, effort: &Effort<'_>) -> Result<Hits> {
        self.index.search_with(query, k, effort)
    }

    /// The stored vectors of `keys`, row-major: normalised under cosine.
    ///
    /// # Errors
    /// As [`Index::vector`].
    pub fn vectors(&self, keys: &[u64]) -> Result<Vec<f32>> {
        let mut rows = Vec::with_capacity(keys.len().saturating_mul(self.index.dim()));
        for &key in keys {
            rows.extend_from_slice(self.index.vector(key)?);
        }
        Ok(rows)
    }

    /// The subgraph around `hits`: see [`Graph::neighbourhood`].
    ///
    /// # Errors
    /// [`Error::UnknownKey`] for a hit that is not in the memory, [`Error::Parameter`] for `max_nodes` out of range.
    pub fn subgraph(&self, hits: &[u64], hops: u32, max_nodes: usize) -> Result<Subgraph> {
        let mut found = Neighbourhood::default();
        self.graph.neighbourhood(&self.slots(hits)?, hops, max_nodes, &self.index, &mut found)?;
        Ok(found.subgraph)
    }

    /// Cosines of each of `queries`, vectors one after the other, with the vectors of `keys`: row by row of the queries.
    /// Zero with a zero vector.
    ///
    /// # Errors
    /// [`Error::Length`] when the queries are not whole vectors, [`Error::UnknownKey`], [`Error::NotFinite`].
    pub fn cosines(&self, queries: &[f32], keys: &[u64]) -> Result<Vec<f32>> {
        let dim = self.index.dim();
        if !queries.len().is_multiple_of(dim) {
            let expected = queries.len() / dim * dim;
            return Err(Error::Length { what: "values in the queries", expected, got: queries.len() });
        }
        let slots = self.slots(keys)?;
        self.index.check_rows(&slots)?;
        let inverse = |vector: &[f32]| {
            let length = dot(vector, vector).sqrt();
            if length > 0.0 { length.recip() } else { 0.0 }
        };
        let rows: Vec<(&[f32], f32)> =
            slots.iter().map(|slot| self.index.row(*slot)).map(|row| (row, inverse(row))).collect();
        let mut cosines = Vec::with_capacity(queries.len() / dim * rows.len());
        for (at, query) in queries.chunks_exact(dim).enumerate() {
            let scale = inverse(query);
            let first = cosines.len();
            cosines.extend(rows.iter().map(|(row, inverse)| dot(query, row) * scale * inverse));
            if cosines[first..].iter().any(|cosine: &f32| !cosine.is_finite()) {
                return Err(Error::NotFinite { row: at });
            }
        }
        Ok(cosines)
    }

    /// The parameters of [`Self::set_attention`]; before, the [prior](Parameters::prior) of one layer.
    #[must_use]
    pub fn attention(&self) -> &Arc<Parameters> {
        self.attention.parameters()
    }

    /// Keeps what these parameters project the vectors to, on up to `threads` threads now and with every insertion, so
    /// that attention by them, and by no others, has less to compute. Identity projections need nothing kept.
    ///
    /// # Errors
    /// [`Error::Dimension`] when they are for vectors of another length, [`Error::Parameter`] for a stored vector longer
    /// than 1e13 or shorter than 1e-15.
    pub fn set_attention(&mut self, parameters: Arc<Parameters>, threads: usize) -> Result<()> {
        self.attention.set(&self.index, parameters, threads)
    }

    /// Attends over at most `max_nodes` nodes within `hops` of `hits`. `features`: of the hits, row by row, as many as the
    /// parameters take; where they take any, `hops` is 0.
    ///
    /// # Errors
    /// As [`Self::subgraph`] and [`attend`](crate::attention::attend).
    pub fn attend(
        &self,
        parameters: &Arc<Parameters>,
        query: &[f32],
        hits: &[u64],
        features: &[f32],
        hops: u32,
        max_nodes: usize,
    ) -> Result<Attended> {
        let scope = Scope { hops, max_nodes };
        self.attention.attend(&self.index, &self.graph, parameters, query, &self.slots(hits)?, features, scope, None)
    }

    /// [`Self::search_with`] and [`Self::attend`] over its hits in one; of a neighbourhood, too, only the nodes that
    /// `effort` allows.
    ///
    /// # Errors
    /// As these two.
    pub fn retrieve(
        &self,
        parameters: &Arc<Parameters>,
        query: &[f32],
        k: usize,
        effort: &Effort<'_>,
        hops: u32,
        max_nodes: usize,
    ) -> Result<Retrieved> {
        let (slots, hits) = self.index.search_slots(query, k, effort)?;
        let scope = Scope { hops, max_nodes };
        let allowed = effort.allowed;
        let attended =
            self.attention.attend(&self.index, &self.graph, parameters, query, &slots, &[], scope, allowed)?;
        Ok(Retrieved { hits, attended })
    }

    /// Writes the memory to `path`, whole or not at all. `generation` is the caller's and comes back with the load.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Checksum`] when the file it was loaded from is damaged.
    pub fn save(&self, path: &Path, generation: u64) -> Result<()> {
        bytes::write_atomically(path, |file| self.write(file, generation).map(|_| ()))
    }

    /// Opens a memory and tells the generation it was saved at. A large file stays mapped: vectors are read
    /// then, and always compared with their checksums, when they are first used.
    ///
    /// # Errors
    /// [`Error::Irregular`], [`Error::Io`], and those of [`Self::from_bytes`].
    pub fn load(path: &Path) -> Result<(Self, u64)> {
        let file = bytes::open_regular(path)?;
        Self::read(Snapshot::of_file(&file, MAGIC, VERSION, KIND)?)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// [`Error::Checksum`] when the file it was loaded from is damaged.
    pub fn to_bytes(&self, generation: u64) -> Result<Vec<u8>> {
        self.write(Vec::new(), generation)
    }

    /// Reads the content of a file.
    ///
    /// # Errors
    /// [`Error::Magic`], [`Error::Version`], [`Error::Truncated`], [`Error::Checksum`], and [`Error::Corrupt`] naming
    /// the invariant that does not hold.
    pub fn from_bytes(data: &[u8]) -> Result<(Self, u64)> {
        Self::read(Snapshot::of_bytes(data, MAGIC, VERSION, KIND)?)
    }

    /// Reads all there is and checks that it holds together, which [`Self::load`] does for what it needs at once.
    ///
    /// # Errors
    /// As [`Index::verify`].
    pub fn verify(&self) -> Result<()> {
        self.index.verify()
    }

    fn write<W: Write>(&self, out: W, generation: u64) -> Result<W> {
        let mut header = bytes::Writer::default();
        let mut out = Writer::new(out, MAGIC, VERSION)?;
        self.index.write(&mut header, &mut out)?;
        self.graph.write(self.index.slot_count(), &mut out)?;
        out.finish(generation, &header.into_inner())
    }

    fn read(mut from: Snapshot<'_>) -> Result<(Self, u64)> {
        let generation = from.label();
        let header = from.header().to_vec();
        let mut header = Reader::new(&header);
        let index = Index::read(&mut header, &mut from)?;
        ensure(header.left() == 0, "bytes follow the header")?;
        let graph = Graph::read(&mut from, |slot| index.is_live(slot))?;
        from.finish()?;
        Ok((Self { index, graph, attention: Attention::default() }, generation))
    }

    fn slots(&self, keys: &[u64]) -> Result<Vec<u32>> {
        keys.iter().map(|key| self.index.slot(*key).ok_or(Error::UnknownKey(*key))).collect()
    }
}

impl Site for &mut GraphMemory {
    fn read<T>(&mut self, work: impl FnOnce(&Index) -> T) -> Result<T> {
        Ok(work(&self.index))
    }
    fn write<T>(&mut self, work: impl FnOnce(&mut Index) -> T) -> Result<T> {
        Ok(work(&mut self.index))
    }
    fn link(&mut self, key: u64, newcomer: Newcomer, plan: &Plan) -> Result<()> {
        self.link_node(key, newcomer, plan);
        Ok(())
    }
}

fn same_length(what: &'static str, expected: usize, got: usize) -> Result<()> {
    if expected == got { Ok(()) } else { Err(Error::Length { what, expected, got }) }
}
