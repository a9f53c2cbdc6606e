//! Draws the level of a new node: `floor(−ln U · mL)` with `mL = 1 / ln M` (paper, algorithm 1, line 4).
//!
//! That is the largest `l` with `M^l · U ≤ 1`. Here `U = r / 2⁵³`, with `r` from 1 to 2⁵³ drawn from the seed and the
//! number of nodes inserted before. The arithmetic is integer, so that every machine builds the same levels.

use std::hash::{BuildHasher, Hasher};

/// Highest possible level, since `M^l · r ≤ 2⁵³` with `M ≥ 2`.
pub(super) const LEVEL_MAX: u8 = 53;

/// Returns the level of a node that is inserted after `ordinal` others.
pub(super) fn level(seed: u64, ordinal: u64, m: usize) -> u8 {
    let mut product = (splitmix64(seed ^ splitmix64(ordinal)) >> 11) + 1;
    let mut level = 0;
    // No overflow: the product is at most 2⁵³ and M at most 2⁷.
    while product * m as u64 <= 1 << 53 {
        product *= m as u64;
        level += 1;
    }
    level
}

/// Returns the number that SplitMix64 draws in state `x` (Steele, Lea & Flood, "Fast splittable pseudorandom number
/// generators", 2014).
fn splitmix64(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Hashes keys with [`splitmix64`], which is much faster than the standard hash.
///
/// Attackers do not choose the keys, which are row numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spread;

impl BuildHasher for Spread {
    type Hasher = Mix;
    fn build_hasher(&self) -> Mix {
        Mix(0)
    }
}

/// A hasher for a single key.
#[derive(Debug)]
pub(super) struct Mix(u64);

impl Hasher for Mix {
    fn write_u64(&mut self, key: u64) {
        self.0 = splitmix64(self.0 ^ key);
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_is_the_published_one() {
        // First output of the reference implementation for seed 0.
        assert_eq!(splitmix64(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn levels_fall_off_by_m() {
        // P(level ≥ 1) = 1/M. Of n = 2^16 draws with M = 16, 4096 are expected, standard deviation √(n/16·15/16) ≈ 62;
        // six of them are allowed. The draw is fixed by the seed, so this passes always or never.
        let n = 1 << 16;
        let above = (0..n).filter(|ordinal| level(7, *ordinal, 16) >= 1).count();
        assert!(above.abs_diff(4096) < 6 * 62, "{above}");
        assert!((0..n).all(|ordinal| level(7, ordinal, 2) <= LEVEL_MAX));
        assert!((0..100).any(|ordinal| level(1, ordinal, 2) != level(2, ordinal, 2)));
    }
}
