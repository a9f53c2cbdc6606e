//! Seeded vectors and recall, for the tests that build whole indices.
// Each test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

use sanderling_core::hnsw::Index;
use sanderling_core::search_params::SearchParams;
use std::collections::HashSet;

/// A stream of random numbers from SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Returns a number from 0 up to, but not including, 1.
    pub fn uniform(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1 << 24) as f32
    }

    /// Returns a nearly normal number with mean 0 and variance 1: the sum of twelve uniform numbers, minus 6.
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.uniform()).sum::<f32>() - 6.0
    }

    pub fn vectors(&mut self, n: usize, dim: usize) -> Vec<f32> {
        (0..n * dim).map(|_| self.normal()).collect()
    }

    /// Returns `n` vectors around `clusters` centres.
    ///
    /// Vectors of one cluster are four times as close together as the centres.
    pub fn clustered(&mut self, n: usize, dim: usize, clusters: usize) -> Vec<f32> {
        let centres = self.vectors(clusters, dim);
        let mut rows = Vec::with_capacity(n * dim);
        for _ in 0..n {
            let centre = self.bits() as usize % clusters * dim;
            rows.extend((0..dim).map(|i| centres[centre + i] + 0.25 * self.normal()));
        }
        rows
    }
}

/// Returns the mean recall@`k` over the queries, measured against exact search in the same index.
pub fn recall(index: &Index, queries: &[f32], k: usize, ef_search: usize) -> f64 {
    let queries: Vec<_> = queries.chunks_exact(index.dim()).collect();
    let found: usize = queries
        .iter()
        .map(|query| {
            let exact: HashSet<u64> = index.search_exact(query, k).unwrap().keys.into_iter().collect();
            let hits = index.search(query, &SearchParams::new(k, ef_search), None).unwrap();
            assert_eq!(hits.keys.len(), exact.len());
            hits.keys.iter().filter(|key| exact.contains(key)).count()
        })
        .sum();
    found as f64 / (queries.len() * k.min(index.len())) as f64
}

pub fn never() -> bool {
    false
}
