//! The set of slots that a search has visited, as a bitmap.
//!
//! A hundred thousand slots fit the first-level cache. Clearing resets only the bits that were set, so that its cost
//! grows with the search and not with the index.

/// A set of slots.
#[derive(Debug, Default)]
pub(super) struct Visited {
    words: Vec<u64>,
    /// The slots in the set, in the order in which they were added.
    touched: Vec<u32>,
}

impl Visited {
    /// Empties the set and makes room for `slots` slots.
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

    /// Adds `slot` to the set.
    pub(super) fn insert(&mut self, slot: u32) {
        self.words[slot as usize / 64] |= 1 << (slot % 64);
        self.touched.push(slot);
    }

    /// Adds `slots` to the set, and writes the newly added ones to `new`.
    pub(super) fn insert_all(&mut self, slots: &[u32], new: &mut Vec<u32>) {
        // Whether a node was seen is close to a coin toss, which defeats the branch predictor: so every slot is
        // written, and only a new one advances the end.
        new.resize(slots.len(), 0);
        let mut count = 0;
        for &slot in slots {
            let (word, bit) = (&mut self.words[slot as usize / 64], slot % 64);
            new[count] = slot;
            count += usize::from(*word >> bit & 1 == 0);
            *word |= 1 << bit;
        }
        new.truncate(count);
        self.touched.extend_from_slice(new);
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
                assert!(!visited.contains(slot), "{slots} {slot}");
                visited.insert(slot);
                assert!(visited.contains(slot), "{slots} {slot}");
            }
        }
        let mut new = vec![7; 9];
        visited.insert_all(&[5, 1999, 5, 6], &mut new);
        assert_eq!(new, [5, 6]);
        visited.clear(1);
        assert!((0..2000).all(|slot| !visited.contains(slot)));
    }
}
