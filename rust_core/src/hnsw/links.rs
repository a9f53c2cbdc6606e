//! Neighbour lists. Level 0, where nearly all reading happens, is one flat array; few nodes have more levels.
//!
//! ```text
//! level 0   slot 0: [count, n_1 … n_M0]  slot 1: [count, n_1 … n_M0]  …     stride M0 + 1
//! upper     slot s: level 1 [count, n_1 … n_M]  level 2 […]  …              stride M + 1
//! ```

use super::params::Params;

/// In place of a level: nobody lives in this slot.
const VACANT: u8 = u8::MAX;

#[derive(Debug)]
pub(super) struct Links {
    m: usize,
    m0: usize,
    /// Highest level of each slot's node, or [`VACANT`].
    levels: Vec<u8>,
    level0: Vec<u32>,
    upper: Vec<Vec<u32>>,
}

impl Links {
    pub(super) fn new(params: &Params) -> Self {
        let (m, m0) = (params.capacity(1), params.capacity(0));
        Self { m, m0, levels: Vec::new(), level0: Vec::new(), upper: Vec::new() }
    }

    /// Number of slots, vacant ones included.
    pub(super) fn slots(&self) -> usize {
        self.levels.len()
    }

    /// Highest level of the node in `slot`, or `None` when the slot is vacant.
    pub(super) fn level(&self, slot: u32) -> Option<usize> {
        let level = self.levels[slot as usize];
        (level != VACANT).then_some(level as usize)
    }

    /// Live slots, rising.
    pub(super) fn live(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.levels).filter(|(_, level)| **level != VACANT).map(|(slot, _)| slot)
    }

    /// Adds one vacant slot at the end.
    pub(super) fn grow(&mut self) {
        self.levels.push(VACANT);
        self.level0.resize(self.level0.len() + self.m0 + 1, 0);
        self.upper.push(Vec::new());
    }

    /// Makes `slot` a node of `level` without neighbours.
    pub(super) fn occupy(&mut self, slot: u32, level: u8) {
        self.vacate(slot);
        self.levels[slot as usize] = level;
        self.upper[slot as usize] = vec![0; level as usize * (self.m + 1)];
    }

    /// Empties `slot`. Links to it are the caller's to remove.
    pub(super) fn vacate(&mut self, slot: u32) {
        self.block_mut(slot, 0)[0] = 0;
        self.levels[slot as usize] = VACANT;
        self.upper[slot as usize] = Vec::new();
    }

    /// Neighbours of `slot` on `level`.
    pub(super) fn list(&self, slot: u32, level: usize) -> &[u32] {
        let block = match level {
            0 => &self.level0[slot as usize * (self.m0 + 1)..][..self.m0 + 1],
            _ => &self.upper[slot as usize][(level - 1) * (self.m + 1)..][..self.m + 1],
        };
        &block[1..][..block[0] as usize]
    }

    /// Replaces the neighbours of `slot` on `level`; there are at most as many as the level's capacity.
    pub(super) fn set(&mut self, slot: u32, level: usize, neighbours: &[u32]) {
        let block = self.block_mut(slot, level);
        block[0] = neighbours.len() as u32;
        block[1..][..neighbours.len()].copy_from_slice(neighbours);
    }

    /// Adds one neighbour to a list with room for it.
    pub(super) fn push(&mut self, slot: u32, level: usize, neighbour: u32) {
        let block = self.block_mut(slot, level);
        block[0] += 1;
        block[block[0] as usize] = neighbour;
    }

    fn block_mut(&mut self, slot: u32, level: usize) -> &mut [u32] {
        match level {
            0 => &mut self.level0[slot as usize * (self.m0 + 1)..][..self.m0 + 1],
            _ => &mut self.upper[slot as usize][(level - 1) * (self.m + 1)..][..self.m + 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_one_slot_do_not_touch_another() {
        let mut links = Links::new(&Params { m: 2, ..Params::default() });
        (0..3).for_each(|_| links.grow());
        links.occupy(0, 0);
        links.occupy(1, 2);
        links.set(1, 0, &[0, 2, 0, 2]);
        links.push(1, 1, 7);
        links.push(1, 2, 8);
        links.push(1, 2, 9);
        assert_eq!(links.list(0, 0), [0u32; 0]);
        assert_eq!(links.list(1, 0), [0, 2, 0, 2]);
        assert_eq!((links.list(1, 1), links.list(1, 2)), (&[7][..], &[8, 9][..]));
        assert_eq!(links.live().collect::<Vec<_>>(), [0, 1]);
        links.vacate(1);
        assert_eq!((links.level(1), links.list(1, 0)), (None, &[][..]));
    }
}
