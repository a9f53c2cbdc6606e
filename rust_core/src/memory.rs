//! The graph memory: an index over vectors and the edges between its nodes, saved as one file.
//!
//! ```text
//! header   of the index (hnsw/persist)
//! sections of the index (hnsw/persist) · edges (graph/persist) · clusters of a large index (hnsw/persist)
//! ```
//!
//! The file is a [snapshot](crate::snapshot) and a cache of the SQLite store: its label, the generation, names the
//! state of the store that it holds. A damaged file is refused, and the caller rebuilds it from the store.

use crate::attention::Parameters;
use crate::error::{Error, Result, ensure};
use crate::files::{open_regular, write_atomically};
use crate::frame::{self, Reader};
use crate::graph::{Edge, Graph, Neighbourhood, Subgraph, page_rank};
use crate::hnsw::{Index, IndexAccess, Insertion, KeySet, NewNode, Params, Partition, Plan, SearchResult};
use crate::kernels::dot;
use crate::retrieve::{AttentionCache, AttentionQuery};
use crate::search_params::SearchParams;
use crate::snapshot::{Snapshot, Writer};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub use crate::retrieve::{AttentionResult, RetrievalResult};

const MAGIC: [u8; 8] = *b"SNDRMEM\0";
const VERSION: u32 = 4;
/// Version of a file with clusters.
const CLUSTERED: u32 = 5;
const KIND: &str = "graph memory";

/// What each section holds, in the order of the file.
const SECTIONS: [&str; 15] = [
    "keys",
    "levels",
    "free slots",
    "counts of links",
    "links on level 0",
    "links above",
    "codes",
    "scales of codes",
    "lengths of codes",
    "vectors",
    "counts of edges",
    "edges",
    "clusters of nodes",
    "codes of clusters",
    "scales of clusters",
];

/// Number of rows that are prefetched while one is compared; see `kernels::rows`.
const AHEAD: usize = 8;

/// Number of sections of a file without clusters, the first of [`SECTIONS`].
const UNCLUSTERED: usize = 12;

/// An index of vectors under keys, and a graph of edges between its nodes.
///
/// Every end of an edge is a node of the index.
///
/// ```
/// use sanderling_core::hnsw::{KeySet, Params};
/// use sanderling_core::memory::GraphMemory;
/// use sanderling_core::search_params::SearchParams;
///
/// let mut memory = GraphMemory::new(2, Params::default())?;
/// memory.insert(&[1, 2, 3], &[1.0, 0.0, 0.0, 1.0, -1.0, 0.0], &|| false)?;
/// memory.link(&[1], &[3], &[0], &[0.5])?;
///
/// let params = SearchParams { hops: 1, ..SearchParams::new(1, 64) };
/// let found = memory.retrieve(memory.attention(), &[0.9, 0.1], &params, None)?;
/// assert_eq!(found.hits.keys, [1]);
/// assert_eq!(found.attended.keys, [1, 3]);
///
/// let allowed = KeySet::new(vec![2, 3]);
/// assert_eq!(memory.search(&[0.9, 0.1], &params, Some(&allowed))?.keys, [2]);
/// # Ok::<(), sanderling_core::Error>(())
/// ```
#[derive(Debug)]
pub struct GraphMemory {
    index: Index,
    /// The edges; their ends are slots of the index.
    graph: Graph,
    attention: AttentionCache,
}

impl GraphMemory {
    /// Returns an empty memory for vectors of length `dim`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `dim` or one of `params` is out of range.
    pub fn new(dim: usize, params: Params) -> Result<Self> {
        Ok(Self { index: Index::new(dim, params)?, graph: Graph::default(), attention: AttentionCache::default() })
    }

    /// Returns the index, for reading.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn index_mut(&mut self) -> &mut Index {
        &mut self.index
    }

    /// Computes sketches now, for searches to walk on; see [`Index::sketch`].
    pub fn sketch(&mut self) {
        self.index.sketch();
    }

    /// Groups similar nodes into clusters, and uses the clusters in later searches. See [`Index::is_partition_due`].
    ///
    /// It takes up to `threads` threads, and `stop` is polled by the calling thread. Nothing changes on an error.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there are no nodes, or not of the metric cosine and 64 values or more; [`Error::Stopped`];
    /// [`Error::Checksum`] when the file it was loaded from is damaged.
    pub fn partition(&mut self, threads: usize, stop: &dyn Fn() -> bool) -> Result<()> {
        let found = self.index.plan_partition(threads, stop)?;
        self.use_partition(found)
    }

    pub(crate) fn use_partition(&mut self, found: Partition) -> Result<()> {
        let order = found.order().to_vec();
        let slots = self.index.slot_count();
        self.index.partition(found)?;
        self.graph.reorder(slots, &order);
        self.attention.refresh(&self.index);
        Ok(())
    }

    /// Returns the edges, for reading. Their ends are [slots](Index::slot).
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Inserts vectors under keys. An existing key gets the new vector and keeps its edges.
    ///
    /// # Errors
    /// As [`Self::insert_parallel`].
    pub fn insert(&mut self, keys: &[u64], vectors: &[f32], stop: &dyn Fn() -> bool) -> Result<()> {
        self.insert_parallel(Insertion { keys, vectors, threads: 1 }, stop)
    }

    /// Does the same as [`Self::insert`], on several threads.
    ///
    /// # Errors
    /// As [`Index::insert_parallel`].
    pub fn insert_parallel(&mut self, insertion: Insertion<'_>, stop: &dyn Fn() -> bool) -> Result<()> {
        insertion.run(self, stop)
    }

    /// Links a node as [`Index::link`] does. A vector that replaces another is a new node of the index and takes over
    /// the edges of the old one.
    pub(crate) fn link_node(&mut self, key: u64, node: NewNode, plan: &Plan) {
        if let Some(before) = self.index.link(key, node, plan) {
            self.graph.rename(before, node.slot);
        }
        self.attention.update(&self.index, node.slot);
    }

    /// Deletes the nodes with these keys, and their edges. Returns the number of nodes deleted.
    ///
    /// Unknown keys are skipped.
    pub fn delete(&mut self, keys: &[u64]) -> usize {
        for slot in keys.iter().filter_map(|key| self.index.slot(*key)) {
            self.graph.remove(slot);
        }
        self.index.delete(keys)
    }

    /// Adds edges, and changes the weight of those that already exist. Changes nothing on an error.
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

    /// Removes edges and returns how many were removed.
    ///
    /// Edges that do not exist are skipped.
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

    /// Finds the `k` nodes nearest to `query` among the allowed nodes. `allowed` has the keys of these nodes; `None`
    /// allows all.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn search(&self, query: &[f32], params: &SearchParams, allowed: Option<&KeySet>) -> Result<SearchResult> {
        self.index.search(query, params, allowed)
    }

    /// Returns the stored vectors of `keys`, row by row.
    ///
    /// Under the cosine metric they are normalised.
    ///
    /// # Errors
    /// As [`Index::vector`].
    pub fn vectors(&self, keys: &[u64]) -> Result<Vec<f32>> {
        let mut rows = Vec::with_capacity(keys.len().saturating_mul(self.index.dim()));
        for &key in keys {
            rows.extend_from_slice(&self.index.vector(key)?);
        }
        Ok(rows)
    }

    /// Returns the subgraph around `hits`; see [`Graph::neighbourhood`].
    ///
    /// # Errors
    /// [`Error::UnknownKey`] for a hit that is not in the memory, [`Error::Parameter`] for `max_nodes` out of range.
    pub fn subgraph(&self, hits: &[u64], hops: u32, max_nodes: usize) -> Result<Subgraph> {
        let mut found = Neighbourhood::default();
        self.graph.neighbourhood(&self.slots(hits)?, hops, max_nodes, &self.index, &mut found)?;
        Ok(found.subgraph)
    }

    /// Returns the cosine of each query with the vector of each key, one row per query.
    ///
    /// `queries` is `[m × dim]`, the result `[m × keys.len()]`. A zero vector has cosine 0.
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
        let scales: Vec<f32> = queries.chunks_exact(dim).map(inverse).collect();
        let mut cosines = vec![0.0; scales.len() * slots.len()];
        // Row by row, since a row of 16 bits is unpacked each time.
        slots.iter().take(AHEAD).for_each(|slot| self.index.prefetch_row(*slot));
        for (at, slot) in slots.iter().enumerate() {
            if let Some(soon) = slots.get(at + AHEAD) {
                self.index.prefetch_row(*soon);
            }
            let row = self.index.row(*slot);
            let inverse = inverse(&row);
            for (number, (query, scale)) in queries.chunks_exact(dim).zip(&scales).enumerate() {
                cosines[number * slots.len() + at] = dot(query, &row) * scale * inverse;
            }
        }
        if let Some(at) = cosines.iter().position(|cosine| !cosine.is_finite()) {
            return Err(Error::NotFinite { row: at / slots.len() });
        }
        Ok(cosines)
    }

    /// Returns the personalised PageRank of each of `keys` over the edges among these nodes; see [`page_rank`].
    ///
    /// # Errors
    /// [`Error::Length`] unless each key has one seed, [`Error::UnknownKey`], and [`Error::Parameter`] for more than
    /// 65536 keys, or one given twice.
    pub fn page_rank(&self, keys: &[u64], seeds: &[f32]) -> Result<Vec<f32>> {
        same_length("seeds", keys.len(), seeds.len())?;
        let found = self.subgraph(keys, 0, keys.len().max(1))?;
        // Seeds are matched by position.
        if found.keys != keys {
            return Err(Error::Parameter { what: "each key must be given once", got: format!("{} keys", keys.len()) });
        }
        Ok(page_rank(&found, seeds))
    }

    /// Returns the default attention parameters.
    ///
    /// They are those last given to [`Self::set_attention`], initially the [prior](Parameters::prior) of one layer.
    #[must_use]
    pub fn attention(&self) -> &Arc<Parameters> {
        self.attention.parameters()
    }

    /// Sets the default attention parameters, and projects all vectors with them in advance.
    ///
    /// That takes up to `threads` threads, and makes attending with this same object faster. The projections are kept
    /// up to date when vectors are inserted. Identity projections are not kept, since they need no computing.
    ///
    /// # Errors
    /// [`Error::Dimension`] when they are for vectors of another length, [`Error::Parameter`] for a stored vector
    /// longer than 1e13 or shorter than 1e-15.
    pub fn set_attention(&mut self, parameters: Arc<Parameters>, threads: usize) -> Result<()> {
        self.attention.set(&self.index, parameters, threads)
    }

    /// Returns the attention weights of at most `max_nodes` nodes within `hops` edges of `hits`.
    ///
    /// `features` holds one row per hit, with as many values as the parameters take; if they take any, `hops` must be
    /// 0.
    ///
    /// # Errors
    /// As [`Self::subgraph`] and [`attend`](crate::attention::attend).
    pub fn attend(
        &self,
        parameters: &Arc<Parameters>,
        query: &[f32],
        hits: &[u64],
        features: &[f32],
        params: &SearchParams,
    ) -> Result<AttentionResult> {
        let query = AttentionQuery { parameters, query, hits: &self.slots(hits)?, features, allowed: None };
        self.attention.attend(&self.index, &self.graph, &query, params)
    }

    /// Calls [`Self::search`], then [`Self::attend`] on the hits, both restricted to `allowed` nodes.
    ///
    /// # Errors
    /// As these two.
    pub fn retrieve(
        &self,
        parameters: &Arc<Parameters>,
        query: &[f32],
        params: &SearchParams,
        allowed: Option<&KeySet>,
    ) -> Result<RetrievalResult> {
        let (slots, hits) = self.index.search_slots(query, params, allowed)?;
        let query = AttentionQuery { parameters, query, hits: &slots, features: &[], allowed };
        let attended = self.attention.attend(&self.index, &self.graph, &query, params)?;
        Ok(RetrievalResult { hits, attended })
    }

    /// Writes the memory to `path`. If that fails, `path` is left unchanged. `generation` is any number and is returned
    /// by [`Self::load`].
    ///
    /// ```
    /// use sanderling_core::hnsw::Params;
    /// use sanderling_core::memory::GraphMemory;
    ///
    /// let path = std::env::temp_dir().join(format!("example-{}.idx", std::process::id()));
    /// let mut memory = GraphMemory::new(3, Params::default())?;
    /// memory.insert(&[5], &[1.0, 2.0, 2.0], &|| false)?;
    /// memory.save(&path, 42)?;
    /// let (loaded, generation) = GraphMemory::load(&path)?;
    /// assert_eq!((loaded.index().len(), generation), (1, 42));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), sanderling_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Checksum`] when the file it was loaded from is damaged.
    pub fn save(&self, path: &Path, generation: u64) -> Result<()> {
        write_atomically(path, |file| self.write(file, generation).map(|_| ()))
    }

    /// Opens the memory saved at `path` and returns it with its generation. Vectors are checked against their checksums
    /// when first used; a file larger than 16 MiB stays mapped.
    ///
    /// # Errors
    /// [`Error::Irregular`], [`Error::Io`], and those of [`Self::from_bytes`].
    pub fn load(path: &Path) -> Result<(Self, u64)> {
        let file = open_regular(path)?;
        Self::read(Snapshot::of_file(&file, MAGIC, VERSION..=CLUSTERED, KIND)?)
    }

    /// Returns the name and the size in bytes of each section of the file at `path`. The sections are not read.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn sections(path: &Path) -> Result<Vec<(&'static str, usize)>> {
        let file = open_regular(path)?;
        let snapshot = Snapshot::of_file(&file, MAGIC, VERSION..=CLUSTERED, KIND)?;
        let lengths = snapshot.lengths();
        let known = if snapshot.version() == CLUSTERED { SECTIONS.len() } else { UNCLUSTERED };
        ensure(lengths.len() == known, "there are more or fewer sections than known")?;
        Ok(SECTIONS.into_iter().zip(lengths).collect())
    }

    /// Returns the content of the file that [`Self::save`] would write.
    ///
    /// # Errors
    /// [`Error::Checksum`] when the file it was loaded from is damaged.
    pub fn to_bytes(&self, generation: u64) -> Result<Vec<u8>> {
        self.write(Vec::new(), generation)
    }

    /// Reads a memory and its generation from bytes that [`Self::to_bytes`] returned or [`Self::save`] wrote.
    ///
    /// # Errors
    /// [`Error::Magic`], [`Error::Version`], [`Error::Truncated`], [`Error::Checksum`], and [`Error::Corrupt`] naming
    /// the invariant that does not hold.
    pub fn from_bytes(data: &[u8]) -> Result<(Self, u64)> {
        Self::read(Snapshot::of_bytes(data, MAGIC, VERSION..=CLUSTERED, KIND)?)
    }

    /// Reads all content and checks its consistency. In contrast, [`Self::load`] checks only what it uses.
    ///
    /// # Errors
    /// As [`Index::verify`].
    pub fn verify(&self) -> Result<()> {
        self.index.verify()
    }

    fn write<W: Write>(&self, out: W, generation: u64) -> Result<W> {
        let mut header = frame::Writer::default();
        let version = if self.index.clusters() > 0 { CLUSTERED } else { VERSION };
        let mut out = Writer::new(out, MAGIC, version)?;
        self.index.write(&mut header, &mut out)?;
        self.graph.write(self.index.slot_count(), &mut out)?;
        self.index.write_clusters(&mut out)?;
        out.finish(generation, &header.into_inner())
    }

    fn read(mut from: Snapshot<'_>) -> Result<(Self, u64)> {
        let generation = from.label();
        let header = from.header().to_vec();
        let mut header = Reader::new(&header);
        let mut index = Index::read(&mut header, &mut from)?;
        ensure(header.left() == 0, "bytes follow the header")?;
        let graph = Graph::read(&mut from, |slot| index.is_live(slot))?;
        index.read_clusters(from.version() == CLUSTERED, &mut from)?;
        from.finish()?;
        Ok((Self { index, graph, attention: AttentionCache::default() }, generation))
    }

    fn slots(&self, keys: &[u64]) -> Result<Vec<u32>> {
        keys.iter().map(|key| self.index.slot(*key).ok_or(Error::UnknownKey(*key))).collect()
    }
}

impl IndexAccess for &mut GraphMemory {
    fn read<T>(&mut self, work: impl FnOnce(&Index) -> T) -> Result<T> {
        Ok(work(&self.index))
    }
    fn write<T>(&mut self, work: impl FnOnce(&mut Index) -> T) -> Result<T> {
        Ok(work(&mut self.index))
    }
    fn link(&mut self, key: u64, node: NewNode, plan: &Plan) -> Result<()> {
        self.link_node(key, node, plan);
        Ok(())
    }
}

fn same_length(what: &'static str, expected: usize, got: usize) -> Result<()> {
    if expected == got { Ok(()) } else { Err(Error::Length { what, expected, got }) }
}
