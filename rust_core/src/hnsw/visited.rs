//! A set of visited slots: one bit each, which keeps the set of a hundred thousand slots in the first-level cache. It is
//! emptied by clearing the bits that were set, so that this costs what the search did and not what the index holds.

#[derive(Debug, Default)]
pub(super) struct Visited {
    words: Vec<u64>,
    /// Slots in the set.
    touched: Vec<u32>,
}

impl Visited {
    /// Empties the set and makes it fit for `slots` slots.
    pub(super) fn clear(&mut self, slots: usize) {
        if self.touched.len() < self.words.len() {
            for slot in &self.touched {
                self.words[*slot as usize / 64] = 0;
            }
        } else {
            self.words.fill(0);
        }
        self.touched.clear();
        if self.words.len() < slots.div_ceil(64) {
            self.words.resize(slots.div_ceil(64), 0);
        }
    }

    /// Adds `slot`; false when it was there.
    pub(super) fn insert(&mut self, slot: u32) -> bool {
        let (word, bit) = (&mut self.words[slot as usize / 64], 1 << (slot % 64));
        let new = *word & bit == 0;
        if new {
            *word |= bit;
            self.touched.push(slot);
        }
        new
    }

    /// Whether `slot` is in the set.
    pub(super) fn contains(&self, slot: u32) -> bool {
        self.words[slot as usize / 64] & 1 << (slot % 64) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_empty_after_every_clear() {
        let mut visited = Visited::default();
        // Few slots against many words, and the other way round.
        for (slots, count) in [(1000, 3), (1000, 1000), (70, 70), (2000, 1)] {
            visited.clear(slots);
            for slot in (0..slots as u32).rev().take(count) {
                assert!(!visited.contains(slot) && visited.insert(slot) && visited.contains(slot), "{slots} {slot}");
                assert!(!visited.insert(slot), "{slots} {slot}");
            }
        }
        visited.clear(1);
        assert!((0..2000).all(|slot| !visited.contains(slot)));
    }
}
