//! The scores by which hits and bridges are chosen.
//!
//! Similarity counts most, and a title named in the question decides between similar nodes. Round numbers; attention
//! learns which nodes the hits are and may still rank others above them.

use super::seen::{Anchor, Candidates, SECOND};
use crate::error::Result;
use crate::features::ties;

const COSINE: f64 = 8.0;
const WORDS: f64 = 2.0;
const TITLE: f64 = 3.0;
// What the second score adds to the first. Words left are of the largest value.
const OPENS: f64 = 2.0;
const NAME: f64 = 1.0;
const LEFT: f64 = 1.5;
const CITED: f64 = 2.0;
/// Number of hits whose names and words count in the second score.
const TIED_HITS: usize = 2;

impl Candidates {
    /// Returns the score of each candidate before any edge is looked at.
    pub(super) fn first(&self) -> Vec<f64> {
        let own = self.cosine.iter().zip(&self.covered).zip(&self.named);
        own.map(|((cosine, covered), named)| COSINE * cosine + WORDS * covered + TITLE * named).collect()
    }

    /// Returns each candidate's second score: the first, and what ties the candidate to the first two hits.
    ///
    /// `name` and `in_title`, hits × candidates: the worth of the best name that a candidate shares with a hit, and of
    /// the best such name that opens the candidate's title.
    pub(super) fn second(&self, first: &[f64], name: &[f64], in_title: &[f64]) -> Vec<f64> {
        let n = self.keys.len();
        let mut scores: Vec<f64> = first.iter().zip(&self.cited).map(|(first, cited)| first + CITED * cited).collect();
        let hits = &self.hits[..self.hits.len().min(TIED_HITS)];
        if hits.is_empty() || n == 0 {
            return scores;
        }
        let best = |rows: &[f64], j: usize| {
            let worth = |(at, share): (usize, f64)| share * rows[at * n + j];
            (0..hits.len()).zip([1.0, SECOND]).map(worth).fold(f64::NEG_INFINITY, f64::max)
        };
        let mut left = vec![f64::NEG_INFINITY; n];
        let words = self.asked.words.len();
        for hit in hits {
            let place = self.place(hit);
            let lacks: Vec<usize> = (0..words).filter(|word| self.shares[place * words + word] == 0.0).collect();
            for (j, left) in left.iter_mut().enumerate() {
                let sum = lacks.iter().fold(0.0, |sum, word| sum + self.shares[j * words + word]);
                *left = left.max(sum);
            }
        }
        let most = left.iter().copied().fold(1e-9, f64::max);
        for (j, score) in scores.iter_mut().enumerate() {
            *score += OPENS * best(in_title, j);
            *score += NAME * best(name, j);
            *score += LEFT * left[j] / most;
        }
        scores
    }

    /// Returns at most `most` candidates by their first score, best first; among equals, in their order.
    #[must_use]
    pub fn best_first(&self, most: usize) -> Vec<u64> {
        self.best(&self.first(), most)
    }

    /// Returns the same by the second score, without nodes of the first two hits' documents.
    ///
    /// # Errors
    /// As [`ties`].
    pub fn best_second(&self, most: usize) -> Result<Vec<u64>> {
        let n = self.keys.len();
        let hits: Vec<&Anchor> = self.hits.iter().take(TIED_HITS).collect();
        let own = self.own(&hits);
        let lists: Vec<_> = hits.iter().map(|hit| self.names.places(&hit.names)).collect();
        let tied = ties(&self.keys, &own, &self.names.named(), &lists)?;
        let mut scores = self.second(&self.first(), &tied[..hits.len() * n], &tied[2 * hits.len() * n..]);
        for own in own.chunks_exact(n.max(1)) {
            scores.iter_mut().zip(own).filter(|(_, own)| **own).for_each(|(score, _)| *score = f64::NEG_INFINITY);
        }
        Ok(self.best(&scores, most))
    }

    fn best(&self, scores: &[f64], most: usize) -> Vec<u64> {
        let mut order: Vec<usize> = (0..scores.len()).filter(|at| scores[*at].is_finite()).collect();
        // A sum with 0 takes -0 for 0.
        let rank = |a: &usize, b: &usize| (scores[*b] + 0.0).total_cmp(&(scores[*a] + 0.0)).then(a.cmp(b));
        if most < order.len() {
            order.select_nth_unstable_by(most, rank);
            order.truncate(most);
        }
        order.sort_unstable_by(rank);
        order.into_iter().map(|at| self.keys[at]).collect()
    }
}
