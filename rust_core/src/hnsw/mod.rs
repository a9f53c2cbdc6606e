//! Approximate nearest-neighbour search with HNSW (Malkov & Yashunin, arXiv 1603.09320; "the paper" in this module).
//!
//! ```text
//! insert(keys, vectors) ─► rows, codes ─► greedy descent ─► beam per level ─► select ─► connect ─► links
//! search(query, k)      ─► code or sketch ─► greedy descent ─► beam on level 0 ─► exact distances ─► nearest first
//! delete(keys)          ─► repair the lists that named them ─► reattach nodes that were cut off
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `params` | the index's parameters M, ef_construction, metric, seed, and their ranges |
//! | `space` | rows, codes and residuals together: distances on a walk and at its end |
//! | `vectors` | rows of f32, checks of vectors, exact distances |
//! | `codes` | rows of int8, approximate distances for walks |
//! | `residuals` | what codes leave of the vectors, instead of rows of f32 |
//! | `sketches` | rows of four bits a value, approximate distances for searches of large indexes |
//! | `links` | neighbour lists: level 0 flat, upper levels per node |
//! | `levels` | the level of a new node, from seed and ordinal (paper, algorithm 1, line 4) |
//! | `candidate` | a slot with its distance |
//! | `visited`, `beam` | the set of visited slots; the nearest nodes found so far |
//! | `scratch` | the pool of a search's buffers |
//! | `search` | greedy descent and beam (algorithms 2 and 5), exact search |
//! | `keyset` | the keys that a search may find |
//! | `search_result` | the nodes found, with statistics |
//! | `select` | the neighbour heuristic (algorithm 4) |
//! | `insert` | insertion (algorithm 1), in batches |
//! | `plan` | neighbours for a batch of new nodes, chosen by several threads |
//! | `connect` | adding one link to a list that may be full |
//! | `delete` | removal, repair and reattachment |
//! | `clusters` | the clusters that a large index has instead of links |
//! | `k_means` | centroids of nodes, and the nearest centroid of each |
//! | `partition` | from a graph, or from older clusters, to clusters |
//! | `probe` | search in the nearest clusters |
//! | `persist` | the index's sections in a snapshot, and the checks that make them safe to use |
//! | `verify` | the checks that read all content |
//!
//! Nodes occupy *slots*, numbered from 0; a slot freed by a delete is reused. The caller names nodes by *keys*.
//!
//! # The invariant
//! On level 0 the entry point reaches every live node. The paper does not guarantee this: shrinking full lists and
//! deleting can cut nodes off, above all among duplicates. `connect` drops a link only if another path remains,
//! `delete` reattaches, and `verify` checks. An index in clusters has no links, and each live node is in one cluster.
//! Distances are always finite: see `vectors`.

mod beam;
mod candidate;
mod clusters;
mod codes;
mod connect;
mod delete;
mod insert;
mod k_means;
mod keyset;
mod levels;
mod links;
mod params;
mod partition;
mod persist;
mod plan;
mod probe;
mod residuals;
mod scratch;
mod search;
mod search_result;
mod select;
mod sketches;
mod space;
mod vectors;
mod verify;
mod visited;

pub(crate) use insert::IndexAccess;
pub use insert::Insertion;
pub use keyset::KeySet;
pub use params::{Metric, Params, Precision};
pub(crate) use partition::Partition;
pub(crate) use plan::{NewNode, Plan};
pub use search_result::{SearchResult, SearchStats};

use crate::error::{Error, Result};
use clusters::Clusters;
use levels::Spread;
use links::Links;
use scratch::Pool;
use space::Space;
use std::borrow::Cow;
use std::collections::HashMap;

/// An HNSW index over `u64` keys. Searches take `&self` and run in parallel; changes take `&mut self`.
///
/// ```
/// use sanderling_core::hnsw::{Index, Metric, Params};
/// use sanderling_core::search_params::SearchParams;
///
/// let mut index = Index::new(2, Params { metric: Metric::L2, ..Params::default() })?;
/// index.insert(&[10, 20, 30], &[0.0, 0.0, 3.0, 4.0, 6.0, 8.0], &|| false)?;
/// let found = index.search(&[0.0, 1.0], &SearchParams::new(2, 64), None)?;
/// assert_eq!((found.keys, found.distances), (vec![10, 20], vec![1.0, 18.0]));
/// assert_eq!(index.delete(&[10, 99]), 1);
/// # Ok::<(), sanderling_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Index {
    params: Params,
    space: Space,
    links: Links,
    /// What a large index has instead of links.
    clusters: Option<Clusters>,
    /// Key of the node in each slot; stale for free slots.
    keys: Vec<u64>,
    /// Slot of each live node, by the node's key.
    slots: HashMap<u64, u32, Spread>,
    /// Free slots; the last is used next.
    free: Vec<u32>,
    /// Slots of nodes that are still to be removed: their keys now belong to newer nodes.
    replaced: Vec<u32>,
    /// Slot of a node on the highest level, where searches start; `None` if there are no nodes.
    entry: Option<u32>,
    /// Number of nodes ever inserted; with the seed it determines the next node's level.
    ordinal: u64,
    pool: Pool,
}

impl Index {
    /// Makes an empty index for vectors of length `dim`.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when `dim` or one of `params` is out of range.
    pub fn new(dim: usize, params: Params) -> Result<Self> {
        params.validate()?;
        Ok(Self {
            space: Space::new(dim, &params)?,
            links: Links::new(&params),
            clusters: None,
            params,
            keys: Vec::new(),
            slots: HashMap::default(),
            free: Vec::new(),
            replaced: Vec::new(),
            entry: None,
            ordinal: 0,
            pool: Pool::default(),
        })
    }

    /// Length of the vectors.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.space.vectors().dim()
    }

    /// Returns the parameters of the index.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Number of live nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether the index has no live nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether `key` is in the index.
    #[must_use]
    pub fn contains(&self, key: u64) -> bool {
        self.slots.contains_key(&key)
    }

    /// Returns the `keys` that are in the index, in the given order.
    #[must_use]
    pub fn known(&self, keys: &[u64]) -> Vec<u64> {
        keys.iter().copied().filter(|key| self.contains(*key)).collect()
    }

    /// Returns the stored vector of `key`. Under cosine it is normalised.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], and [`Error::Checksum`] when it was read from a snapshot that is damaged.
    pub fn vector(&self, key: u64) -> Result<Cow<'_, [f32]>> {
        let slot = *self.slots.get(&key).ok_or(Error::UnknownKey(key))?;
        self.space.check_rows(&[slot])?;
        Ok(self.space.row(slot))
    }

    /// Returns the slot of the node with this key, or `None` if there is no such node.
    #[must_use]
    pub fn slot(&self, key: u64) -> Option<u32> {
        self.slots.get(&key).copied()
    }

    /// Returns the key of the node in `slot`, which must be in use.
    pub(crate) fn key(&self, slot: u32) -> u64 {
        self.keys[slot as usize]
    }

    /// Returns the stored vector of the node in `slot`.
    ///
    /// The slot must be in use, and its vector checked by [`Self::check_rows`].
    pub(crate) fn row(&self, slot: u32) -> Cow<'_, [f32]> {
        self.space.row(slot)
    }

    /// Prefetches the memory that [`Self::row`] reads.
    pub(crate) fn prefetch_row(&self, slot: u32) {
        self.space.prefetch(slot);
    }

    /// Checks the vectors in `slots` against the snapshot's checksums.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(crate) fn check_rows(&self, slots: &[u32]) -> Result<()> {
        self.space.check_rows(slots)
    }

    /// Checks every vector as [`Self::check_rows`] does.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(crate) fn check_all_rows(&self) -> Result<()> {
        self.space.check_all_rows()
    }

    /// Writes the approximate cosines between `query` and the vectors in `slots` to `into`. They are computed from
    /// codes.
    ///
    /// The error is within the bound given in `codes`. Codes take a quarter of the memory, and the mapped vectors stay
    /// unread. Returns false and writes nothing unless the metric is cosine and there are codes.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub(crate) fn cosines(&self, query: &[f32], slots: &[u32], into: &mut Vec<f32>) -> Result<bool> {
        if self.params.metric != Metric::Cosine || !self.space.is_coded() {
            return Ok(false);
        }
        self.space.vectors().check(query, 0)?;
        self.space.check_codes(slots)?;
        let query = self.space.vectors().prepare(query);
        let code = self.space.encode(&query);
        let lease = &mut *self.pool.lease_for(0);
        let distances = self.space.distances(Space::probe(&query, code.as_ref()), slots, &mut lease.distances);
        into.clear();
        into.extend(distances.iter().map(|distance| 1.0 - distance));
        Ok(true)
    }

    /// Computes sketches now, for searches to walk on. Otherwise this happens when the index has 32,768 slots.
    ///
    /// They are four bits a value, in memory beside the codes, and change what a search finds by little. Under other
    /// metrics than cosine, and with fewer than 128 values per vector, it does nothing.
    pub fn sketch(&mut self) {
        self.space.sketch();
    }

    /// Whether searches walk on sketches.
    #[must_use]
    pub fn is_sketched(&self) -> bool {
        self.space.is_sketched()
    }

    /// Returns the number of slots, including free ones.
    pub(crate) fn slot_count(&self) -> usize {
        self.links.slots()
    }

    /// Whether a slot is in use.
    pub(crate) fn is_live(&self, slot: u32) -> bool {
        (slot as usize) < self.links.slots() && self.links.level(slot).is_some()
    }

    /// Returns the number of live nodes that no search can find. On level 0 no path leads to them from the entry point,
    /// or they are in no cluster.
    ///
    /// It is 0 as long as the invariant holds.
    #[must_use]
    pub fn unreachable(&self) -> usize {
        self.len() - self.clusters.as_ref().map_or_else(|| self.reached().1, Clusters::nodes)
    }

    /// Returns, for each slot, whether it can be reached from the entry point on level 0, and how many slots can.
    fn reached(&self) -> (Vec<bool>, usize) {
        let mut reached = vec![false; self.links.slots()];
        let found = self.entry.map_or(0, |entry| self.flood(entry, &mut reached));
        (reached, found)
    }

    /// Marks all slots that can be reached from `from` on level 0, and returns how many are newly marked.
    fn flood(&self, from: u32, reached: &mut [bool]) -> usize {
        if std::mem::replace(&mut reached[from as usize], true) {
            return 0;
        }
        let (mut stack, mut found) = (vec![from], 1);
        while let Some(slot) = stack.pop() {
            for &next in self.links.list(slot, 0) {
                if !std::mem::replace(&mut reached[next as usize], true) {
                    found += 1;
                    stack.push(next);
                }
            }
        }
        found
    }
}
