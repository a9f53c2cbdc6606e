//! Sets of visited slots. A set is emptied by raising its epoch, not by writing to it, and used sets wait in a pool, so
//! that a search neither allocates nor clears anything that grows with the index.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Which slots were seen in the present epoch. Sixteen bits keep it small in the cache; it is cleared when they run out.
#[derive(Debug, Default)]
pub(super) struct Visited {
    epoch: u16,
    stamps: Vec<u16>,
}

impl Visited {
    /// Empties the set and makes it fit for `slots` slots.
    pub(super) fn clear(&mut self, slots: usize) {
        if self.stamps.len() < slots {
            self.stamps.resize(slots, 0);
        }
        // Stamp 0 means never, so the epoch goes from the largest value to 1.
        self.epoch = self.epoch.checked_add(1).unwrap_or_else(|| {
            self.stamps.fill(0);
            1
        });
    }

    /// Adds `slot`; false when it was there.
    pub(super) fn insert(&mut self, slot: u32) -> bool {
        std::mem::replace(&mut self.stamps[slot as usize], self.epoch) != self.epoch
    }
}

/// As many sets as searches have ever run at once.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Visited>>);

impl Pool {
    /// An empty set for `slots` slots, which returns to the pool when it is dropped.
    pub(super) fn lease(&self, slots: usize) -> Lease<'_> {
        let mut visited = self.sets().pop().unwrap_or_default();
        visited.clear(slots);
        Lease { visited, pool: self }
    }

    fn sets(&self) -> std::sync::MutexGuard<'_, Vec<Visited>> {
        // A set is complete at every moment, so one left behind by a panic is as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Lease<'a> {
    visited: Visited,
    pool: &'a Pool,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.pool.sets().push(std::mem::take(&mut self.visited));
    }
}

impl Deref for Lease<'_> {
    type Target = Visited;
    fn deref(&self) -> &Visited {
        &self.visited
    }
}

impl DerefMut for Lease<'_> {
    fn deref_mut(&mut self) -> &mut Visited {
        &mut self.visited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_empty_after_every_clear_even_when_the_epoch_wraps() {
        let mut visited = Visited::default();
        for round in 0..=usize::from(u16::MAX) + 2 {
            visited.clear(2 + round % 2);
            assert!(visited.insert(1), "round {round}");
            assert!(!visited.insert(1), "round {round}");
        }
    }

    #[test]
    fn leases_return() {
        let pool = Pool::default();
        drop((pool.lease(1), pool.lease(1)));
        drop(pool.lease(5));
        assert_eq!(pool.sets().len(), 2);
    }
}
