//! One sorted list of edge entries per slot; all lists share one array.
//!
//! ```text
//! slot 0: start, count, room    slot 1: …            ends: [ list of slot 1 · room ][ left behind ][ list of slot 0 ] …
//! ```
//!
//! A list that outgrows its room moves to the end of the array with twice the room. Once two thirds of the array are
//! unused, by lists that moved or shrank, all lists are rewritten. Since every move reserves room for twice its list,
//! rewriting costs only a few ends for each that was ever added.

use super::edges::End;
use crate::kernels::prefetch;

/// Minimum capacity, in entries, of a list that has moved.
const ROOM: usize = 4;

/// Number of unused entries below which the lists are not rewritten. An entry takes 12 bytes.
const SPARE: usize = 1024;

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    start: usize,
    count: u32,
    room: u32,
}

#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Location of each slot's list; a slot beyond the end of this vector has no list.
    places: Vec<Place>,
    ends: Vec<End>,
    /// Number of entries in all lists.
    used: usize,
}

impl Lists {
    /// Builds the lists from their lengths, `counts`, and their entries, `ends`, stored one list after another.
    pub(super) fn new(counts: &[u32], ends: Vec<End>) -> Self {
        let mut start = 0;
        let place = |count: &u32| {
            let place = Place { start, count: *count, room: *count };
            start += *count as usize;
            place
        };
        Self { places: counts.iter().map(place).collect(), used: ends.len(), ends }
    }

    /// Number of slots up to and including the last one that ever had an edge.
    pub(super) fn slots(&self) -> usize {
        self.places.len()
    }

    /// Returns the list of `slot`, sorted by [`End::place`].
    pub(super) fn list(&self, slot: u32) -> &[End] {
        self.places.get(slot as usize).map_or(&[], |place| &self.ends[place.start..][..place.count as usize])
    }

    /// Prefetches the location of the list of `slot`.
    ///
    /// Call this some time before [`Self::prefetch`], which reads the location.
    pub(super) fn prefetch_place(&self, slot: u32) {
        prefetch(self.places.get(slot as usize).map_or(&[], std::slice::from_ref));
    }

    /// Prefetches the list of `slot`.
    pub(super) fn prefetch(&self, slot: u32) {
        prefetch(self.list(slot));
    }

    /// Adds `end` to the list of `slot`, or replaces the entry with the same sort key. Returns whether it is new.
    pub(super) fn put(&mut self, slot: u32, end: End) -> bool {
        match self.find(slot, end.place()) {
            Ok(at) => {
                let start = self.places[slot as usize].start;
                self.ends[start + at] = end;
                false
            }
            Err(at) => {
                self.widen(slot);
                let Place { start, count, .. } = &mut self.places[slot as usize];
                let list = &mut self.ends[*start..=*start + *count as usize];
                list.copy_within(at..*count as usize, at + 1);
                list[at] = end;
                *count += 1;
                self.used += 1;
                true
            }
        }
    }

    /// Removes the entry with the sort key `place` from the list of `slot`. Returns whether there was one.
    pub(super) fn take(&mut self, slot: u32, place: (u32, u16, u16)) -> bool {
        let Ok(at) = self.find(slot, place) else { return false };
        let Place { start, count, .. } = &mut self.places[slot as usize];
        self.ends[*start..][..*count as usize].copy_within(at + 1.., at);
        *count -= 1;
        self.used -= 1;
        self.compact();
        true
    }

    /// Empties the list of `slot` and returns its entries.
    pub(super) fn clear(&mut self, slot: u32) -> Vec<End> {
        let list = self.list(slot).to_vec();
        if !list.is_empty() {
            self.places[slot as usize].count = 0;
            self.used -= list.len();
            self.compact();
        }
        list
    }

    fn find(&self, slot: u32, place: (u32, u16, u16)) -> Result<usize, usize> {
        self.list(slot).binary_search_by_key(&place, End::place)
    }

    /// Makes room for one more entry in the list of `slot`.
    fn widen(&mut self, slot: u32) {
        if self.places.len() <= slot as usize {
            self.places.resize(slot as usize + 1, Place::default());
        }
        let Place { start, count, room } = self.places[slot as usize];
        if count < room {
            return;
        }
        let wider = (2 * count as usize).max(ROOM);
        let to = self.ends.len();
        self.ends.extend_from_within(start..start + count as usize);
        self.ends.resize(to + wider, End::default());
        self.places[slot as usize] = Place { start: to, count, room: wider as u32 };
        self.compact();
        // Compaction leaves a list no room at all.
        if self.places[slot as usize].room == count {
            self.widen(slot);
        }
    }

    /// Rewrites all lists without gaps if most of the array is unused.
    fn compact(&mut self) {
        if self.ends.len() <= 3 * self.used + SPARE {
            return;
        }
        let mut ends = Vec::with_capacity(self.used);
        for place in &mut self.places {
            let start = ends.len();
            ends.extend_from_slice(&self.ends[place.start..][..place.count as usize]);
            *place = Place { start, count: place.count, room: place.count };
        }
        self.ends = ends;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_ends_are_given_back() {
        let mut lists = Lists::default();
        let end = |other| End { other, weight: 1.0, relation: 0, incoming: 0 };
        for slot in 0..500 {
            (0..40).rev().for_each(|other| assert!(lists.put(slot, end(other))));
        }
        assert!(lists.ends.len() <= 3 * lists.used + SPARE);
        for slot in 0..500 {
            (1..40).for_each(|other| assert!(lists.take(slot, (other, 0, 0))));
        }
        assert_eq!((lists.used, lists.list(7)), (500, &[end(0)][..]));
        assert!(lists.ends.len() <= 3 * lists.used + SPARE);
        assert_eq!((lists.clear(7), lists.clear(9999)), (vec![end(0)], Vec::new()));
        assert!(lists.list(7).is_empty() && !lists.take(7, (0, 0, 0)));
    }
}
