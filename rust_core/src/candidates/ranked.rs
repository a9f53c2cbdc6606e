//! Features and attention of all candidates.

use super::seen::{Anchor, Candidates};
use crate::attention::Parameters;
use crate::error::Result;
use crate::features::{Anchors, Nodes, table, ties};
use crate::graph::page_rank;
use crate::memory::{AttentionResult, GraphMemory};
use crate::search_params::SearchParams;
use std::sync::Arc;

/// Hits whose names led to candidates; the others only end paths.
const TIED_HITS: usize = 2;
/// Factor of the first score in the exponential that weighs the start nodes of the first PageRank.
const FIRST_SHARP: f64 = 2.0;

impl Candidates {
    /// Returns the features of all candidates, row by row.
    ///
    /// # Errors
    /// As [`GraphMemory::cosines`], [`GraphMemory::subgraph`] and [`table`].
    pub fn features(&self, memory: &GraphMemory) -> Result<Vec<f32>> {
        let n = self.keys.len();
        if n == 0 {
            return Ok(Vec::new());
        }
        let (anchors, tied) = self.anchors();
        let m = anchors.len();
        let own = self.own(&anchors);
        let lists: Vec<_> = anchors.iter().map(|anchor| self.names.places(&anchor.names)).collect();
        let keys: Vec<u64> = anchors.iter().map(|anchor| anchor.key).collect();
        let cosines = memory.cosines(&memory.vectors(&keys)?, &self.keys)?;
        let mut related: Vec<f64> = cosines.into_iter().map(f64::from).collect();
        related.extend(ties(&self.keys, &own, &self.names.named(), &lists)?);
        let hits = self.hits.len().min(TIED_HITS);
        let first = self.first();
        let second = self.second(&first, &related[m * n..][..hits * n], &related[3 * m * n..][..hits * n]);
        let edges = memory.subgraph(&self.keys, 0, n)?;
        let sharp: Vec<f64> = first.iter().map(|score| FIRST_SHARP * score).collect();
        let rank = |scores: &[f64]| page_rank(&edges, &seeds(scores)).into_iter().map(f64::from);
        let mut columns = Vec::with_capacity(6 * n);
        for column in [&self.cosine, &self.named, &self.cited, &first] {
            columns.extend_from_slice(column);
        }
        columns.extend(rank(&sharp));
        columns.extend(rank(&second));
        let words = self.asked.words.len();
        let by_word: Vec<f64> =
            (0..words).flat_map(|word| (0..n).map(move |j| self.shares[j * words + word])).collect();
        let places: Vec<u64> = anchors.iter().map(|anchor| self.place(anchor) as u64).collect();
        table(
            &Nodes { columns: &columns, words: &by_word },
            &Anchors { places: &places, own: &own, related: &related, hits, bridges: tied - hits },
        )
    }

    /// Weighs all candidates by attention that reads their features.
    ///
    /// # Errors
    /// As [`Self::features`] and [`GraphMemory::attend`].
    pub fn attend(
        &self,
        memory: &GraphMemory,
        parameters: &Arc<Parameters>,
        params: &SearchParams,
    ) -> Result<AttentionResult> {
        memory.attend(parameters, &self.asked.vector, &self.keys, &self.features(memory)?, params)
    }

    /// Returns the first two hits, the bridges and the other hits of other documents; and the number of those before
    /// the other hits.
    fn anchors(&self) -> (Vec<&Anchor>, usize) {
        let (first, rest) = self.hits.split_at(self.hits.len().min(TIED_HITS));
        let mut anchors: Vec<&Anchor> = first.iter().chain(&self.bridges).collect();
        let tied = anchors.len();
        let other = |hit: &&Anchor| anchors.iter().all(|anchor| anchor.of_document != hit.of_document);
        let others: Vec<&Anchor> = rest.iter().filter(other).collect();
        anchors.extend(others);
        (anchors, tied)
    }
}

/// Returns the exponential of each score, of the largest.
fn seeds(scores: &[f64]) -> Vec<f32> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter().map(|score| (score - highest).exp() as f32).collect()
}
