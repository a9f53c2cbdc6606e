//! The pool of a search's buffers, so that a search allocates nothing that grows with the index.

use super::beam::Beam;
use super::space::Distances;
use super::visited::Visited;
use crate::pool::{self, Lease};

/// Buffers of one search.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) visited: Visited,
    pub(super) beam: Beam,
    /// Unvisited neighbours of one node.
    pub(super) near: Vec<u32>,
    pub(super) distances: Distances,
}

pub(super) type Pool = pool::Pool<Scratch>;

impl Pool {
    /// Leases buffers with an empty visited set for `slots` slots.
    pub(super) fn lease_for(&self, slots: usize) -> Lease<'_, Scratch> {
        let mut scratch = self.lease();
        scratch.visited.clear(slots);
        scratch
    }
}
