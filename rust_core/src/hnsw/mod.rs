//! Approximate nearest neighbours: HNSW as published (Malkov & Yashunin, arXiv 1603.09320, "the paper" below).
//!
//! ```text
//! insert(keys, vectors) ─► rows, codes ─► greedy descent ─► beam per level ─► select ─► connect ─► links
//! search(query, k)      ─► code ────────► greedy descent ─► beam on level 0 ─► exact distances ─► hits, nearest first
//! delete(keys)          ─► repair every list that named them ─► reattach what was cut off
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `params` | M, ef_construction, metric, seed, and their ranges |
//! | `space` | rows and codes together: distances on a walk |
//! | `vectors` | rows of f32, what a vector must be, exact distances |
//! | `codes` | rows of int8 and the distances of a walk |
//! | `links` | neighbour lists: level 0 flat, upper levels per node |
//! | `levels` | the level of a new node, from seed and ordinal (paper, algorithm 1, line 4) |
//! | `visited`, `beam` | sets of visited slots; the nearest found so far |
//! | `scratch` | the pool of what a search writes to |
//! | `search` | greedy descent and beam (algorithms 2 and 5), exact search |
//! | `effort`, `keyset` | what a search may cost, and which keys it may find |
//! | `hits` | what a search hands back, with statistics |
//! | `select` | the neighbour heuristic (algorithm 4) |
//! | `insert` | insertion (algorithm 1), in batches |
//! | `plan` | the neighbours of a batch of new nodes, chosen by several threads |
//! | `connect` | adding one link to a list that may be full |
//! | `delete` | removal with repair, reattaching |
//! | `persist` | sections of a snapshot and the checks on them that make them safe to use |
//! | `verify` | the checks that read everything |
//!
//! Nodes live in *slots*, numbered from 0; a slot freed by a delete is used again. The caller's *keys* name them.
//!
//! # The invariant
//! On level 0 the entry point reaches every live node. The paper does not promise it: its shrinking of full lists and any
//! delete can cut nodes off, most of all among duplicates. `connect` only drops a link when the way stays open,
//! `delete` reattaches, and `persist` refuses a file without it. Distances are always finite: see `vectors`.

mod beam;
mod candidate;
mod codes;
mod connect;
mod delete;
mod insert;
mod keyset;
mod levels;
mod links;
mod params;
mod persist;
mod plan;
mod scratch;
mod search;
mod search_result;
mod select;
mod space;
mod vectors;
mod verify;
mod visited;

pub(crate) use insert::IndexAccess;
pub use insert::Insertion;
pub use keyset::KeySet;
pub use params::{Metric, Params};
pub(crate) use plan::{NewNode, Plan};
pub use search_result::{SearchResult, SearchStats};

use crate::error::{Error, Result};
use levels::Spread;
use links::Links;
use scratch::Pool;
use space::Space;
use std::collections::HashMap;

/// An HNSW index over `u64` keys. Searches take `&self` and run in parallel; changes take `&mut self`.
#[derive(Debug)]
pub struct Index {
    params: Params,
    space: Space,
    links: Links,
    /// Slot to key; out of date for free slots.
    keys: Vec<u64>,
    /// Key to slot, live nodes only.
    slots: HashMap<u64, u32, Spread>,
    /// Free slots, the next one to use last.
    free: Vec<u32>,
    /// Slots of nodes that lost their key to a new vector and are still to be removed.
    replaced: Vec<u32>,
    /// A node of the highest level; `None` when nothing is live.
    entry: Option<u32>,
    /// Nodes ever inserted: together with the seed it decides the level of the next one.
    ordinal: u64,
    pool: Pool,
}

impl Index {
    /// An empty index for vectors of length `dim`.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when `dim` or one of `params` is out of range.
    pub fn new(dim: usize, params: Params) -> Result<Self> {
        params.validate()?;
        Ok(Self {
            space: Space::new(dim, params.metric)?,
            links: Links::new(&params),
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

    /// The parameters it was made with.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Number of live nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no live node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether `key` is in the index.
    #[must_use]
    pub fn contains(&self, key: u64) -> bool {
        self.slots.contains_key(&key)
    }

    /// The stored vector of `key`: normalised under cosine.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], and [`Error::Checksum`] when it was read from a snapshot that is damaged.
    pub fn vector(&self, key: u64) -> Result<&[f32]> {
        let slot = *self.slots.get(&key).ok_or(Error::UnknownKey(key))?;
        self.space.vectors().check_rows(&[slot])?;
        Ok(self.space.vectors().row(slot))
    }

    /// The slot of `key`.
    #[must_use]
    pub fn slot(&self, key: u64) -> Option<u32> {
        self.slots.get(&key).copied()
    }

    /// The key of the node in a slot that is in use.
    pub(crate) fn key(&self, slot: u32) -> u64 {
        self.keys[slot as usize]
    }

    /// The stored vector of the node in a slot that is in use; [`Self::check_rows`] comes before.
    pub(crate) fn row(&self, slot: u32) -> &[f32] {
        self.space.vectors().row(slot)
    }

    /// Whether the vectors in `slots` are what was once saved.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(crate) fn check_rows(&self, slots: &[u32]) -> Result<()> {
        self.space.vectors().check_rows(slots)
    }

    /// As [`Self::check_rows`] for every slot.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(crate) fn check_all_rows(&self) -> Result<()> {
        self.space.vectors().rows().map(|_| ())
    }

    /// Leaves in `into` the cosines of `query` with the vectors in `slots` as their codes have them, which takes a quarter
    /// of the memory and none of the file that the vectors stay in. None is off by more than `codes` says. Returns whether
    /// there are codes, and cosines are what they are made for.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub(crate) fn cosines(&self, query: &[f32], slots: &[u32], into: &mut Vec<f32>) -> Result<bool> {
        if self.params.metric != Metric::Cosine || !self.space.is_coded() {
            return Ok(false);
        }
        self.space.vectors().check(query, 0)?;
        let query = self.space.vectors().prepare(query);
        let code = self.space.encode(&query);
        let lease = &mut *self.pool.lease_for(0);
        let distances = self.space.distances(Space::probe(&query, code.as_ref()), slots, &mut lease.distances);
        into.clear();
        into.extend(distances.iter().map(|distance| 1.0 - distance));
        Ok(true)
    }

    /// Number of slots, free ones included.
    pub(crate) fn slot_count(&self) -> usize {
        self.links.slots()
    }

    /// Whether a slot is in use.
    pub(crate) fn is_live(&self, slot: u32) -> bool {
        (slot as usize) < self.links.slots() && self.links.level(slot).is_some()
    }

    /// Number of live nodes that the entry point does not reach on level 0. The invariant says 0.
    #[must_use]
    pub fn unreachable(&self) -> usize {
        self.len() - self.reached().1
    }

    /// What the entry point reaches on level 0, and how many that are.
    fn reached(&self) -> (Vec<bool>, usize) {
        let mut reached = vec![false; self.links.slots()];
        let found = self.entry.map_or(0, |entry| self.flood(entry, &mut reached));
        (reached, found)
    }

    /// Marks everything that `from` reaches on level 0; returns how many were not marked before.
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
