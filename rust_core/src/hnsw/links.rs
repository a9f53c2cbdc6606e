//! The lists of neighbours, one per node and level. Those of level 0, which are read most, form one flat array of cache
//! lines; few nodes have other levels.
//!
//! ```text
//! level 0   slot 0: [n_1 … n_M0]  slot 1: [n_1 … n_M0]  …                   stride M0, rounded up to whole lines
//! upper     one place per node that has them: level 1 [count, n_1 … n_M]  level 2 […]  …
//! ```

use super::levels::LEVEL_MAX;
use super::params::Params;
use crate::error::{Error, Result, ensure};
use crate::kernels::{self, Line, Plane, flat, flat_mut};
use crate::snapshot::{Rows, Snapshot, Writer};
use std::io::Write;

/// Level that marks a vacant slot.
const VACANT: u8 = u8::MAX;

/// Number of neighbours that fit in a cache line.
const WIDTH: usize = 16;

/// Index into `upper` that marks a node without upper lists.
const NOWHERE: u32 = u32::MAX;

/// The neighbour lists of all slots and levels.
#[derive(Debug)]
pub(super) struct Links {
    m: usize,
    /// Whether nodes have lists; an index in clusters has none.
    linked: bool,
    /// Highest level of each slot's node, or [`VACANT`].
    levels: Vec<u8>,
    /// Length of each slot's list on level 0.
    counts: Vec<u16>,
    level0: Rows<Line<[u32; WIDTH]>>,
    /// Index of each slot's upper lists in `upper`, or [`NOWHERE`].
    places: Vec<u32>,
    upper: Vec<Vec<u32>>,
    /// Unused indices of `upper`.
    free: Vec<u32>,
}

impl Links {
    pub(super) fn new(params: &Params) -> Self {
        Self {
            m: params.capacity(1),
            linked: true,
            levels: Vec::new(),
            counts: Vec::new(),
            level0: Rows::new(params.capacity(0).div_ceil(WIDTH)),
            places: Vec::new(),
            upper: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Number of slots, vacant ones included.
    pub(super) fn slots(&self) -> usize {
        self.levels.len()
    }

    /// Returns the highest level of the node in `slot`, or `None` if the slot is vacant.
    pub(super) fn level(&self, slot: u32) -> Option<usize> {
        let level = self.levels[slot as usize];
        (level != VACANT).then_some(level as usize)
    }

    /// Iterates over the slots that hold a node, in ascending order.
    pub(super) fn live(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.levels).filter(|(_, level)| **level != VACANT).map(|(slot, _)| slot)
    }

    /// Whether nodes have lists of neighbours.
    pub(super) fn are_linked(&self) -> bool {
        self.linked
    }

    /// Drops all lists permanently. Afterwards there are `slots` slots, each with a node of level 0.
    pub(super) fn unlink(&mut self, slots: usize) {
        let width = self.level0.width();
        self.linked = false;
        (self.levels, self.counts, self.places) = (vec![0; slots], vec![0; slots], vec![NOWHERE; slots]);
        (self.level0, self.upper, self.free) = (Rows::new(width), Vec::new(), Vec::new());
    }

    /// Adds one vacant slot at the end.
    pub(super) fn grow(&mut self) {
        self.levels.push(VACANT);
        self.counts.push(0);
        if self.linked {
            self.level0.grow();
        }
        self.places.push(NOWHERE);
    }

    /// Makes room for `count` more slots at once.
    pub(super) fn reserve(&mut self, count: usize) {
        if self.linked {
            self.level0.reserve(count);
        }
    }

    /// Puts a node with highest level `level` and without neighbours into `slot`.
    pub(super) fn occupy(&mut self, slot: u32, level: u8) {
        self.vacate(slot);
        self.levels[slot as usize] = level;
        if level > 0 {
            let lists = vec![0; level as usize * (self.m + 1)];
            self.places[slot as usize] = match self.free.pop() {
                Some(place) => {
                    self.upper[place as usize] = lists;
                    place
                }
                None => {
                    self.upper.push(lists);
                    self.upper.len() as u32 - 1
                }
            };
        }
    }

    /// Makes `slot` vacant. The caller must remove the links to it.
    pub(super) fn vacate(&mut self, slot: u32) {
        let at = slot as usize;
        self.counts[at] = 0;
        self.levels[at] = VACANT;
        let place = std::mem::replace(&mut self.places[at], NOWHERE);
        if place != NOWHERE {
            self.upper[place as usize] = Vec::new();
            self.free.push(place);
        }
    }

    /// Returns the neighbours of `slot` on `level`.
    pub(super) fn list(&self, slot: u32, level: usize) -> &[u32] {
        let at = slot as usize;
        if level == 0 {
            if !self.linked {
                return &[];
            }
            return &flat(self.level0.row(slot))[..self.counts[at] as usize];
        }
        let block = &self.upper[self.places[at] as usize][(level - 1) * (self.m + 1)..][..self.m + 1];
        &block[1..][..block[0] as usize]
    }

    /// Prefetches the neighbours of `slot` on `level`.
    pub(super) fn prefetch(&self, slot: u32, level: usize) {
        if level == 0 {
            kernels::prefetch(self.list(slot, 0));
        }
    }

    /// Returns the highest level of each slot's node; 255 for a vacant slot.
    pub(super) fn levels(&self) -> &[u8] {
        &self.levels
    }

    /// Appends the lists to a snapshot: lengths on level 0, lists on level 0, upper lists.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn write<W: Write>(&self, out: &mut Writer<W>) -> Result<()> {
        out.section(&[&self.counts])?;
        let Plane { base, tail } = self.level0.plane();
        out.section(&[base, tail])?;
        let places = self.places.iter().filter(|place| **place != NOWHERE);
        out.section(&places.map(|place| self.upper[*place as usize].as_slice()).collect::<Vec<_>>())
    }

    /// Reads the lists from a snapshot and checks them.
    ///
    /// Every link must lead to a node that is on the link's level, and no list may be too long.
    ///
    /// # Errors
    /// [`Error::Checksum`], [`Error::Io`], or [`Error::Corrupt`] naming what does not hold.
    pub(super) fn read(&mut self, levels: Vec<u8>, from: &mut Snapshot<'_>) -> Result<()> {
        let slots = levels.len();
        self.counts = from.copy()?;
        let level0 = from.map()?;
        let upper: Vec<u32> = from.copy()?;
        let width = self.level0.width();
        self.linked = slots == 0 || !level0.is_empty();
        let rows = if self.linked { slots } else { 0 };
        ensure(self.counts.len() == slots && level0.len() == rows * width, "lists and slots do not add up")?;
        self.level0 = Rows::of(width, level0);
        let mut blocks = upper.as_slice();
        for (slot, &level) in (0..).zip(&levels) {
            self.levels.push(VACANT);
            self.places.push(NOWHERE);
            let length = self.counts[slot as usize];
            ensure(
                length as usize <= if level == VACANT || !self.linked { 0 } else { 2 * self.m },
                "a list is longer than its capacity",
            )?;
            if level != VACANT {
                ensure(level <= LEVEL_MAX, "a level is too high")?;
                self.occupy(slot, level);
                // `occupy` emptied the list.
                self.counts[slot as usize] = length;
                let (block, later) = blocks
                    .split_at_checked(level as usize * (self.m + 1))
                    .ok_or(Error::Corrupt { what: "an upper list is missing" })?;
                blocks = later;
                if level > 0 {
                    self.upper[self.places[slot as usize] as usize].copy_from_slice(block);
                    let fits = block.chunks(self.m + 1).all(|list| list[0] as usize <= self.m);
                    ensure(fits, "a list is longer than its capacity")?;
                }
            }
        }
        ensure(blocks.is_empty(), "there are more upper lists than nodes")?;
        self.check()
    }

    fn check(&self) -> Result<()> {
        for slot in self.live() {
            for level in 0..=self.level(slot).unwrap_or(0) {
                // 255 stands for a vacant slot, also for one beyond the last.
                let on = |next: &u32| self.levels.get(*next as usize).copied().unwrap_or(VACANT);
                let reaches = |next: &u32| on(next) != VACANT && on(next) as usize >= level;
                ensure(self.list(slot, level).iter().all(reaches), "a link leads to no node of its level")?;
            }
        }
        Ok(())
    }

    /// Replaces the neighbours of `slot` on `level`. Their number must not exceed the level's capacity.
    pub(super) fn set(&mut self, slot: u32, level: usize, neighbours: &[u32]) {
        self.list_mut(slot, level, neighbours.len()).copy_from_slice(neighbours);
    }

    /// Adds one neighbour to the list of `slot` on `level`, which must have room for it.
    pub(super) fn push(&mut self, slot: u32, level: usize, neighbour: u32) {
        let count = self.list(slot, level).len();
        self.list_mut(slot, level, count + 1)[count] = neighbour;
    }

    /// Sets the length of the list of `slot` on `level` to `count` and returns the list.
    fn list_mut(&mut self, slot: u32, level: usize, count: usize) -> &mut [u32] {
        let at = slot as usize;
        if level == 0 {
            self.counts[at] = count as u16;
            return &mut flat_mut(self.level0.row_mut(slot))[..count];
        }
        let block = &mut self.upper[self.places[at] as usize][(level - 1) * (self.m + 1)..][..self.m + 1];
        block[0] = count as u32;
        &mut block[1..][..count]
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
        // The place of its upper lists is used again, and nothing of it is left.
        links.occupy(2, 1);
        links.push(2, 1, 4);
        links.occupy(1, 1);
        assert_eq!((links.list(2, 1), links.list(1, 1), links.upper.len()), (&[4][..], &[][..], 2));
    }
}
