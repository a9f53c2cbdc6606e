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
//! | `persist` | bytes of an index and every check on them |
//!
//! Nodes live in *slots*, numbered from 0; a slot freed by a delete is used again. The caller's *keys* name them.
//!
//! # The invariant
//! On level 0 the entry point reaches every live node. The paper does not promise it: its shrinking of full lists and
//! any delete can cut nodes off, most of all among duplicates. `connect` only drops a link when the way stays open,
//! `delete` reattaches, and `persist` refuses a file without it. Distances are always finite: see `vectors`.

mod beam;
mod codes;
mod connect;
mod delete;
mod effort;
mod hits;
mod insert;
mod keyset;
mod levels;
mod links;
mod params;
mod persist;
mod plan;
mod scratch;
mod search;
mod select;
mod space;
mod vectors;
mod visited;

pub use effort::Effort;
pub use hits::{Hits, Stats};
pub use keyset::KeySet;
pub use params::{Metric, Params};

use crate::error::Result;
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
    slots: HashMap<u64, u32>,
    /// Free slots, the next one to use last.
    free: Vec<u32>,
    /// A node of the highest level there is; `None` when nothing is live.
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
            slots: HashMap::new(),
            free: Vec::new(),
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
    #[must_use]
    pub fn vector(&self, key: u64) -> Option<&[f32]> {
        self.slots.get(&key).map(|slot| self.space.vectors().row(*slot))
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

    /// The stored vector of the node in a slot that is in use.
    pub(crate) fn row(&self, slot: u32) -> &[f32] {
        self.space.vectors().row(slot)
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
        let mut reached = vec![false; self.links.slots()];
        let found = self.entry.map_or(0, |entry| self.flood(entry, &mut reached));
        self.len() - found
    }

    /// Marks everything that `from` reaches on level 0; returns how many were not marked before.
    fn flood(&self, from: u32, reached: &mut [bool]) -> usize {
        reached[from as usize] = true;
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
