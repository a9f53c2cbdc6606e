//! What a search writes to while it runs. Used ones wait in a pool, so that a search allocates nothing that grows with
//! the index.

use super::beam::Beam;
use super::visited::Visited;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Results of a kernel over rows, and what they are made from.
#[derive(Debug, Default)]
pub(super) struct Distances {
    pub(super) products: Vec<i32>,
    pub(super) values: Vec<f32>,
}

#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) visited: Visited,
    pub(super) beam: Beam,
    /// Neighbours of one node that were not visited before.
    pub(super) near: Vec<u32>,
    pub(super) distances: Distances,
}

/// As many as searches have ever run at once.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Scratch>>);

impl Pool {
    /// A scratch with an empty visited set for `slots` slots, which returns to the pool when it is dropped.
    pub(super) fn lease(&self, slots: usize) -> Lease<'_> {
        let mut scratch = self.free().pop().unwrap_or_default();
        scratch.visited.clear(slots);
        Lease { scratch, pool: self }
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Scratch>> {
        // Every user clears what it takes, so one left behind by a panic is as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Lease<'a> {
    scratch: Scratch,
    pool: &'a Pool,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.pool.free().push(std::mem::take(&mut self.scratch));
    }
}

impl Deref for Lease<'_> {
    type Target = Scratch;
    fn deref(&self) -> &Scratch {
        &self.scratch
    }
}

impl DerefMut for Lease<'_> {
    fn deref_mut(&mut self) -> &mut Scratch {
        &mut self.scratch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_return() {
        let pool = Pool::default();
        drop((pool.lease(1), pool.lease(1)));
        drop(pool.lease(5));
        assert_eq!(pool.free().len(), 2);
    }
}
