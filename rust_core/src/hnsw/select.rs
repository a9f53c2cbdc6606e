//! The neighbour heuristic (paper, algorithm 4, without its two optional extensions).

use super::Index;
use super::search::Candidate;

impl Index {
    /// At most `limit` of `candidates` (nearest first): each is kept only if it is nearer to the base point than to any
    /// kept one, so that links point in different directions and clusters stay joined.
    pub(super) fn select(&self, candidates: &[Candidate], limit: usize) -> Vec<u32> {
        let mut kept: Vec<u32> = Vec::with_capacity(limit);
        for candidate in candidates {
            if kept.len() == limit {
                break;
            }
            let row = self.vectors.row(candidate.slot);
            let apart = |other: &u32| self.vectors.distance(row, self.vectors.row(*other)) > candidate.distance;
            if kept.iter().all(apart) {
                kept.push(candidate.slot);
            }
        }
        kept
    }

    /// `slots` with their distances from the vector in `base`, nearest first.
    pub(super) fn ranked(&self, base: u32, slots: impl IntoIterator<Item = u32>) -> Vec<Candidate> {
        let row = self.vectors.row(base);
        let mut ranked: Vec<_> = slots.into_iter().map(|slot| self.candidate(row, slot)).collect();
        ranked.sort_unstable();
        ranked
    }
}
