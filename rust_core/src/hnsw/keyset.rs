//! A set of keys that restricts searches: built once per filter, independent of any index.

/// A set of keys, stored as a sorted list and, unless the keys are too sparse, also as a bitmap.
///
/// The bitmap has one bit for each number between the smallest and the largest key. Keys that are row numbers of a
/// table are dense enough for it.
///
/// ```
/// use sanderling_core::hnsw::KeySet;
///
/// let set = KeySet::new(vec![9, 4, 9]);
/// assert_eq!((set.len(), set.contains(4), set.contains(5)), (2, true, false));
/// assert_eq!(set.iter().collect::<Vec<_>>(), [4, 9]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<u64>,
    bits: Option<Vec<u64>>,
}

/// Maximum size of the bitmap, in 64-bit words per key. Sparser keys get no bitmap.
const WORDS_PER_KEY: u64 = 4;

impl KeySet {
    /// Builds a set from `keys`, which may contain duplicates.
    #[must_use]
    pub fn new(mut keys: Vec<u64>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let mut set = Self { keys, bits: None };
        if let (Some(&first), Some(&last)) = (set.keys.first(), set.keys.last())
            && (last - first) / 64 < WORDS_PER_KEY * set.keys.len() as u64
        {
            let mut bits = vec![0; ((last - first) / 64) as usize + 1];
            set.keys.iter().for_each(|key| bits[((key - first) / 64) as usize] |= 1 << ((key - first) % 64));
            set.bits = Some(bits);
        }
        set
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether `key` is in the set.
    #[must_use]
    pub fn contains(&self, key: u64) -> bool {
        match (&self.bits, self.keys.first()) {
            (Some(bits), Some(first)) => key.checked_sub(*first).is_some_and(|at| {
                let word = usize::try_from(at / 64).ok().and_then(|word| bits.get(word));
                word.is_some_and(|word| word >> (at % 64) & 1 == 1)
            }),
            _ => self.keys.binary_search(&key).is_ok(),
        }
    }

    /// Iterates over the keys in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.keys.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_set_holds_its_keys(
            keys in prop::collection::vec(prop_oneof![0..200u64, u64::MAX - 200..=u64::MAX, any::<u64>()], 0..50),
            dense in prop::collection::vec(900..1400u64, 0..50),
        ) {
            for keys in [keys, dense] {
                let (set, naive) = (KeySet::new(keys.clone()), keys.iter().copied().collect::<BTreeSet<u64>>());
                prop_assert_eq!(set.iter().collect::<Vec<_>>(), naive.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!((set.len(), set.is_empty()), (naive.len(), naive.is_empty()));
                let near = keys.iter().flat_map(|key| [key.wrapping_sub(1), *key, key.wrapping_add(1)]);
                for key in near.chain([0, 1000, u64::MAX]) {
                    prop_assert_eq!(set.contains(key), naive.contains(&key), "{}", key);
                }
            }
        }
    }
}
