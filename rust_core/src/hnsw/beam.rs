//! The beam of a walk: the nearest nodes found so far, sorted by distance. A node is marked once its neighbours have
//! been visited.
//!
//! The paper keeps two heaps, of open nodes and of found ones. A node too far to be kept is never expanded, so one
//! sorted list serves as both. An insertion moves half the list, 8 bytes a node, which is faster than repairing a heap
//! unless the beam is thousands wide.

use super::candidate::Candidate;

/// Largest number of slots, since an entry has 31 bits for a slot.
pub(super) const SLOTS_MAX: usize = 1 << 31;

/// Lowest bit of an entry, which is set when the node is expanded.
const DONE: u64 = 1;

/// The nearest candidates offered so far, at most `width` of them, nearest first.
#[derive(Debug, Default)]
pub(super) struct Beam {
    width: usize,
    /// Each entry packs distance, slot and mark into one integer, so that entries are ordered by distance, then slot.
    entries: Vec<u64>,
    /// All entries before this index are marked as expanded.
    next: usize,
}

impl Beam {
    /// Empties the beam and sets its width for the next walk.
    pub(super) fn start(&mut self, width: usize) {
        self.width = width;
        self.entries.clear();
        self.next = 0;
    }

    /// Inserts a candidate if it is among the `width` nearest.
    ///
    /// No candidate may be offered twice. Returns whether the next [`Self::pop`] would return it.
    pub(super) fn offer(&mut self, candidate: Candidate) -> bool {
        let entry = pack(candidate);
        let at = self.entries.partition_point(|other| *other < entry);
        if self.entries.len() == self.width {
            if at == self.width {
                return false;
            }
            self.entries.pop();
        }
        self.entries.insert(at, entry);
        let first = at <= self.next;
        if first {
            self.next = at;
        }
        first
    }

    /// Returns the distance beyond which [`Self::offer`] refuses candidates.
    pub(super) fn limit(&self) -> f32 {
        match self.entries.last() {
            Some(last) if self.entries.len() == self.width => unpack(*last).distance,
            _ => f32::INFINITY,
        }
    }

    /// Returns the nearest node that is not yet expanded, and marks it as expanded.
    pub(super) fn pop(&mut self) -> Option<u32> {
        let entry = self.entries.get_mut(self.next)?;
        *entry |= DONE;
        let slot = unpack(*entry).slot;
        self.next += 1;
        while self.entries.get(self.next).is_some_and(|entry| entry & DONE != 0) {
            self.next += 1;
        }
        Some(slot)
    }

    /// Returns the node that [`Self::pop`] would return, without marking it.
    pub(super) fn peek(&self) -> Option<u32> {
        self.entries.get(self.next).map(|entry| unpack(*entry).slot)
    }

    /// Iterates over the nodes found, nearest first.
    pub(super) fn found(&self) -> impl Iterator<Item = Candidate> {
        self.entries.iter().map(|entry| unpack(*entry))
    }
}

fn pack(candidate: Candidate) -> u64 {
    let bits = candidate.distance.to_bits();
    // Positive floats order as their bits do; negative ones the other way round, and below.
    let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
    u64::from(ordered) << 32 | u64::from(candidate.slot) << 1
}

fn unpack(entry: u64) -> Candidate {
    let ordered = (entry >> 32) as u32;
    let bits = if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered };
    Candidate { distance: f32::from_bits(bits), slot: (entry as u32) >> 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let distance =
            prop_oneof![(-9..9i8).prop_map(f32::from), any::<f32>().prop_filter("finite", |x| x.is_finite())];
        prop::collection::vec(distance, 0..60).prop_map(|distances| {
            let slots = (0..).chain([SLOTS_MAX as u32 - 1]);
            distances.into_iter().zip(slots).map(|(distance, slot)| Candidate { distance, slot }).collect()
        })
    }

    proptest! {
        #[test]
        fn a_beam_keeps_the_nearest_in_order(mut all in candidates(), width in 1..30usize, pops in 0..40usize) {
            let mut beam = Beam::default();
            beam.start(width);
            let mut done = Vec::new();
            for (i, candidate) in all.iter().enumerate() {
                prop_assert!(beam.limit() >= beam.found().last().map_or(f32::MIN, |last| last.distance));
                let first = beam.offer(*candidate);
                prop_assert_eq!(first, beam.peek() == Some(candidate.slot));
                if i % 3 < pops % 3 {
                    let open = beam.found().find(|found| !done.contains(&found.slot)).map(|found| found.slot);
                    prop_assert_eq!(beam.peek(), open);
                    prop_assert_eq!(beam.pop(), open);
                    done.extend(open);
                }
            }
            all.sort_unstable();
            all.truncate(width);
            prop_assert_eq!(beam.found().collect::<Vec<_>>(), all);
        }
    }
}
