//! A set of slots, and a table of the positions of slots in a list.

/// A hash table with linear probing that gives the index of a slot in a list of slots. It fits the first-level cache,
/// while an array over all slots would not even fit the second.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Indices in the list of slots, or [`FREE`]. The length is a power of two, at least twice the number of slots
    /// entered.
    table: Vec<u32>,
    count: usize,
}

/// Marks an empty entry.
const FREE: u32 = u32::MAX;

/// Smallest size of the table.
const TABLE: usize = 1024;

impl Places {
    /// Empties the table.
    pub(super) fn clear(&mut self) {
        // Otherwise one large neighbourhood would slow down all later ones.
        if self.table.len() > 8 * self.count {
            self.table.truncate(TABLE);
        }
        self.table.fill(FREE);
        self.count = 0;
    }

    /// Adds the last slot of `slots` to the table, which must already hold all earlier ones.
    pub(super) fn enter_last(&mut self, slots: &[u32]) {
        self.count = slots.len();
        if self.table.len() < 2 * slots.len() {
            let size = (2 * self.table.len()).max(TABLE);
            self.table.clear();
            self.table.resize(size, FREE);
            (0..slots.len()).for_each(|place| self.enter(slots, place));
        } else {
            self.enter(slots, slots.len() - 1);
        }
    }

    /// Returns the index of `slot` in `slots`. The slot must be in the table.
    pub(super) fn find(&self, slots: &[u32], slot: u32) -> u32 {
        let mask = self.table.len() - 1;
        let mut at = hash(slot) & mask;
        while slots[self.table[at] as usize] != slot {
            at = (at + 1) & mask;
        }
        self.table[at]
    }

    fn enter(&mut self, slots: &[u32], place: usize) {
        let mask = self.table.len() - 1;
        let mut at = hash(slots[place]) & mask;
        while self.table[at] != FREE {
            at = (at + 1) & mask;
        }
        self.table[at] = place as u32;
    }
}

/// Returns the Fibonacci hash of `slot`, which separates neighbouring slots (Knuth, The Art of Computer Programming,
/// 6.4).
fn hash(slot: u32) -> usize {
    (slot.wrapping_mul(0x9E37_79B9) >> 8) as usize
}

/// A set of slots, one bit each, small enough for the first-level cache.
#[derive(Debug, Default)]
pub(super) struct Slots {
    words: Vec<u64>,
    members: Vec<u32>,
}

impl Slots {
    /// Empties the set.
    pub(super) fn clear(&mut self) {
        for slot in self.members.drain(..) {
            self.words[slot as usize / 64] = 0;
        }
    }

    /// Adds `slot` and returns whether it was not yet in the set.
    pub(super) fn insert(&mut self, slot: u32) -> bool {
        let word = slot as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let new = !self.contains(slot);
        if new {
            self.words[word] |= 1 << (slot % 64);
            self.members.push(slot);
        }
        new
    }

    /// Whether `slot` is in the set.
    pub(super) fn contains(&self, slot: u32) -> bool {
        self.words.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }
}
