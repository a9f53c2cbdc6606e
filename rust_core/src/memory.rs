//! The graph memory: an index over vectors and the edges between the same nodes, held together and saved as one file.
//!
//! ```text
//! header   of the index (hnsw/persist)
//! sections of the index (hnsw/persist) · edges (graph/persist)
//! ```
//!
//! The file is a [snapshot](crate::snapshot), and a cache of the SQLite store: its label, the generation, says which state
//! of the store it holds. A file that cannot be trusted is refused, to be built again from there.

use crate::attention::{self, Parameters};
use crate::bytes::{self, Reader};
use crate::error::{Error, Result, ensure};
use crate::graph::{Edge, Graph, Subgraph};
use crate::hnsw::{Effort, Hits, Index, Insertion, Params};
use crate::snapshot::{Snapshot, Writer};
use std::fs::File;
use std::io::Write;
use std::path::Path;

const MAGIC: [u8; 8] = *b"SNDRMEM\0";
const VERSION: u32 = 2;
const KIND: &str = "graph memory";

/// Attention over the neighbourhood of some hits.
#[derive(Debug, Clone, PartialEq)]
pub struct Attended {
    /// The nodes, heaviest first; equal weights in the order of their keys.
    pub keys: Vec<u64>,
    /// Their weights, which sum to 1.
    pub weights: Vec<f32>,
    /// Shannon entropy of the weights, nats.
    pub entropy: f32,
    /// Hops at which the farthest node was found.
    pub depth_touched: u32,
}

/// Vectors with edges between them. Every end of an edge is a node of the index.
#[derive(Debug)]
pub struct GraphMemory {
    index: Index,
    graph: Graph,
}

impl GraphMemory {
    /// An empty memory for vectors of length `dim`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `dim` or one of `params` is out of range.
    pub fn new(dim: usize, params: Params) -> Result<Self> {
        Ok(Self { index: Index::new(dim, params)?, graph: Graph::default() })
    }

    /// The index, for reading.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn index_mut(&mut self) -> &mut Index {
        &mut self.index
    }

    /// The edges, for reading.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Inserts vectors under keys; a key that is there already gets the new vector and keeps its edges.
    ///
    /// # Errors
    /// As [`Index::insert`].
    pub fn insert(&mut self, keys: &[u64], vectors: &[f32], stop: &dyn Fn() -> bool) -> Result<()> {
        self.index.insert(keys, vectors, stop)
    }

    /// As [`Self::insert`] into a partition and on several threads.
    ///
    /// # Errors
    /// As [`Index::insert_parallel`].
    pub fn insert_parallel(&mut self, insertion: Insertion<'_>, stop: &dyn Fn() -> bool) -> Result<()> {
        self.index.insert_parallel(insertion, stop)
    }

    /// Deletes nodes with their edges; unknown keys are passed over. Returns how many were there.
    pub fn delete(&mut self, keys: &[u64]) -> usize {
        for &key in keys {
            self.graph.remove(key);
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
        let ends = src.iter().zip(dst).zip(relation.iter().zip(weight));
        let edges: Vec<Edge> =
            ends.map(|((&src, &dst), (&relation, &weight))| Edge { src, dst, relation, weight }).collect();
        self.known(src)?;
        self.known(dst)?;
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
        let edges = src.iter().zip(dst).zip(relation);
        Ok(edges.filter(|((src, dst), relation)| self.graph.unlink(**src, **dst, **relation)).count())
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
        self.known(hits)?;
        self.graph.neighbourhood(hits, hops, max_nodes)
    }

    /// Attends over at most `max_nodes` nodes within `hops` of `hits`.
    ///
    /// # Errors
    /// As [`Self::subgraph`] and [`attention::attend`].
    pub fn attend(
        &self,
        parameters: &Parameters,
        query: &[f32],
        hits: &[u64],
        hops: u32,
        max_nodes: usize,
    ) -> Result<Attended> {
        let subgraph = self.subgraph(hits, hops, max_nodes)?;
        let found = attention::attend(parameters, query, &self.vectors(&subgraph.keys)?, &subgraph)?;
        let mut order: Vec<usize> = (0..subgraph.keys.len()).collect();
        order.sort_by(|&a, &b| {
            found.weights[b].total_cmp(&found.weights[a]).then(subgraph.keys[a].cmp(&subgraph.keys[b]))
        });
        Ok(Attended {
            keys: order.iter().map(|&node| subgraph.keys[node]).collect(),
            weights: order.iter().map(|&node| found.weights[node]).collect(),
            entropy: found.entropy,
            depth_touched: subgraph.depth_touched,
        })
    }

    /// Writes the memory to `path`, whole or not at all. `generation` is the caller's and comes back with the load.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Checksum`] when the file it was loaded from is damaged.
    pub fn save(&self, path: &Path, generation: u64) -> Result<()> {
        bytes::write_atomically(path, |file| self.write(file, generation).map(|_| ()))
    }

    /// Opens a memory and tells the generation it was saved at. The file stays mapped: vectors are read, and their
    /// checksums compared, when they are first used.
    ///
    /// # Errors
    /// [`Error::Io`], and those of [`Self::from_bytes`].
    pub fn load(path: &Path) -> Result<(Self, u64)> {
        let file = File::open(path)?;
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
        self.graph.write(&mut out)?;
        out.finish(generation, &header.into_inner())
    }

    fn read(mut from: Snapshot<'_>) -> Result<(Self, u64)> {
        let generation = from.label();
        let header = from.header().to_vec();
        let mut header = Reader::new(&header);
        let index = Index::read(&mut header, &mut from)?;
        ensure(header.left() == 0, "bytes follow the header")?;
        let graph = Graph::read(&mut from, |key| index.contains(key))?;
        from.finish()?;
        Ok((Self { index, graph }, generation))
    }

    fn known(&self, keys: &[u64]) -> Result<()> {
        keys.iter().find(|key| !self.index.contains(**key)).map_or(Ok(()), |key| Err(Error::UnknownKey(*key)))
    }
}

fn same_length(what: &'static str, expected: usize, got: usize) -> Result<()> {
    if expected == got { Ok(()) } else { Err(Error::Length { what, expected, got }) }
}
