//! Chooses neighbours with the paper's heuristic (algorithm 4, without its two optional extensions).

use super::Index;
use super::candidate::Candidate;
use super::space::Distances;

/// Number of kept nodes that are compared with a candidate at a time.
const GROUP: usize = 8;

impl Index {
    /// Returns the slots of at most `limit` chosen candidates.
    ///
    /// `candidates` must be sorted, nearest first. A candidate is kept only if it is nearer to the base point than to
    /// every candidate kept before, so that links point in different directions and clusters stay joined.
    pub(super) fn select(&self, candidates: &[Candidate], limit: usize) -> Vec<u32> {
        let mut kept: Vec<u32> = Vec::with_capacity(limit);
        let mut distances = Distances::default();
        for candidate in candidates {
            if kept.len() == limit {
                break;
            }
            // Most candidates are refused because of one of the first kept nodes, so the groups are compared in turn.
            let mut groups = kept.chunks(GROUP);
            let probe = self.space.probe_of(candidate.slot);
            let mut apart = |group| {
                let near = self.space.distances(probe, group, &mut distances);
                near.iter().all(|distance| *distance > candidate.distance)
            };
            if groups.all(&mut apart) {
                kept.push(candidate.slot);
            }
        }
        kept
    }

    /// Returns `slots` as candidates sorted by their distances from the node in `base`, nearest first.
    pub(super) fn ranked(&self, base: u32, slots: &[u32]) -> Vec<Candidate> {
        let mut distances = Distances::default();
        self.space.distances(self.space.probe_of(base), slots, &mut distances);
        let pairs = slots.iter().zip(distances.values);
        let mut ranked: Vec<_> = pairs.map(|(&slot, distance)| Candidate { distance, slot }).collect();
        ranked.sort_unstable();
        ranked
    }
}
