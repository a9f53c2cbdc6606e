//! Greedy descent, beam search (paper, algorithm 2), k nearest neighbours (algorithm 5), and the exact reference.

use super::{Hits, Index, Stats};
use crate::error::{Error, Result};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A slot and its distance from whatever is being looked for; ordered by distance, then slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) distance: f32,
    pub(super) slot: u32,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then(self.slot.cmp(&other.slot))
    }
}
impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Candidate {}

impl Index {
    /// The `k` nearest nodes, found approximately with a beam of `max(ef_search, k)`: fewer only when fewer are live.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `k` or `ef_search` is 0 or the query is too long a vector; [`Error::Dimension`],
    /// [`Error::NotFinite`] or [`Error::ZeroVector`], with row 0, when it is unfit otherwise.
    pub fn search(&self, query: &[f32], k: usize, ef_search: usize) -> Result<Hits> {
        if ef_search == 0 {
            return Err(Error::Parameter { what: "ef_search must be at least 1", got: "0".to_owned() });
        }
        let query = self.query(query, k)?;
        // When all nodes are asked for there is nothing to choose.
        let (Some(entry), true) = (self.entry, k < self.len()) else { return Ok(self.scan(&query, k)) };
        let nearest = (1..=self.top()).rev().fold(entry, |slot, level| self.descend(&query, slot, level));
        let found = self.beam(&query, &[nearest], ef_search.max(k), 0);
        // The entry point reaches every node, the slot where the descent ended may not. Rare, so the plain way is right.
        if found.len() < k { Ok(self.scan(&query, k)) } else { Ok(self.hits(found, k)) }
    }

    /// The `k` nearest nodes, by comparing the query with every vector: the reference for [`Self::search`].
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn search_exact(&self, query: &[f32], k: usize) -> Result<Hits> {
        Ok(self.scan(&self.query(query, k)?, k))
    }

    fn query(&self, query: &[f32], k: usize) -> Result<Vec<f32>> {
        if k == 0 {
            return Err(Error::Parameter { what: "k must be at least 1", got: "0".to_owned() });
        }
        self.vectors.check(query, 0)?;
        Ok(self.vectors.prepare(query))
    }

    fn scan(&self, query: &[f32], k: usize) -> Hits {
        self.hits(self.links.live().map(|slot| self.candidate(query, slot)).collect(), k)
    }

    fn hits(&self, mut found: Vec<Candidate>, k: usize) -> Hits {
        let key = |candidate: &Candidate| self.keys[candidate.slot as usize];
        found.sort_unstable_by(|a, b| a.distance.total_cmp(&b.distance).then_with(|| key(a).cmp(&key(b))));
        found.truncate(k);
        let distances: Vec<f32> = found.iter().map(|candidate| candidate.distance).collect();
        Hits { keys: found.iter().map(key).collect(), stats: Stats::of(&distances), distances }
    }

    /// Level of the entry point; 0 for an empty index.
    pub(super) fn top(&self) -> usize {
        self.entry.and_then(|entry| self.links.level(entry)).unwrap_or(0)
    }

    pub(super) fn candidate(&self, query: &[f32], slot: u32) -> Candidate {
        Candidate { distance: self.vectors.distance(query, self.vectors.row(slot)), slot }
    }

    /// Walks on `level` to the nearest neighbour until none is nearer: algorithm 2 with ef = 1.
    pub(super) fn descend(&self, query: &[f32], from: u32, level: usize) -> u32 {
        let mut best = self.candidate(query, from);
        loop {
            let neighbours = self.links.list(best.slot, level).iter().map(|slot| self.candidate(query, *slot));
            match neighbours.min() {
                // Strictly nearer, so that the walk ends.
                Some(nearer) if nearer.distance < best.distance => best = nearer,
                _ => return best.slot,
            }
        }
    }

    /// The `ef` nearest of what a beam of that width finds on `level` (algorithm 2), nearest first.
    pub(super) fn beam(&self, query: &[f32], from: &[u32], ef: usize, level: usize) -> Vec<Candidate> {
        let mut visited = self.visited.lease(self.links.slots());
        let mut open = BinaryHeap::new();
        let mut found = BinaryHeap::new();
        for &slot in from {
            if visited.insert(slot) {
                let start = self.candidate(query, slot);
                open.push(Reverse(start));
                found.push(start);
            }
        }
        while found.len() > ef {
            found.pop();
        }
        while let Some(Reverse(nearest)) = open.pop() {
            if found.len() == ef && found.peek().is_some_and(|farthest| nearest.distance > farthest.distance) {
                break;
            }
            for &slot in self.links.list(nearest.slot, level) {
                if !visited.insert(slot) {
                    continue;
                }
                let next = self.candidate(query, slot);
                if found.len() < ef {
                    found.push(next);
                } else if found.peek().is_some_and(|farthest| next < *farthest) {
                    found.pop();
                    found.push(next);
                } else {
                    continue;
                }
                open.push(Reverse(next));
            }
        }
        found.into_sorted_vec()
    }
}
