//! A pool of buffers that searches reuse instead of allocating memory in proportion to the index.

use super::beam::Beam;
use super::space::Distances;
use super::visited::Visited;
use crate::pool::{self, Lease};

/// The buffers of one search.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) visited: Visited,
    pub(super) beam: Beam,
    /// The neighbours of one node that were not visited before.
    pub(super) near: Vec<u32>,
    pub(super) distances: Distances,
}

pub(super) type Pool = pool::Pool<Scratch>;

impl Pool {
    /// Lends buffers whose set of visited slots is empty and has room for `slots` slots.
    pub(super) fn lease_for(&self, slots: usize) -> Lease<'_, Scratch> {
        let mut scratch = self.lease();
        scratch.visited.clear(slots);
        scratch
    }
}
