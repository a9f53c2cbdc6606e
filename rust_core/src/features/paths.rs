//! Rates candidates as ends of chains of notes. A chain has a first note, a second tied to it, and a third tied to the
//! second.
//!
//! The formulas are in the header of `python/sanderling/memory/retrieve/features.py`.

use super::columns::{Anchor, Columns, summed};

const COVER: f64 = 2.0;
const TIE: f64 = 2.0;
/// Worth of a name that opens the title, relative to a name that only occurs in the note.
const IN_TITLE: f64 = 1.3;
const BEYOND: f64 = 2.0;
/// Weight of the first score.
const FIRST: f64 = 0.25;
/// Worth of a pair without a shared name, where only tied pairs count.
const UNTIED: f64 = -3.0;
/// Worth of a pair within one document: below any other.
const NEVER: f64 = -9.0;

/// Number of kinds of chains: `pair`, `tied`, `beyond`, `tied_beyond` and `path`.
pub(super) const PATHS: usize = 5;

pub(super) fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// Returns one column of ratings for each kind of chain. The best candidate has 0, and the others have less. Without
/// anchors all are 0.
pub(super) fn paths(of: &Columns<'_>, anchors: &[Anchor<'_>]) -> [Vec<f64>; PATHS] {
    let n = of.cosine.len();
    if anchors.is_empty() || n == 0 {
        return std::array::from_fn(|_| vec![0.0; n]);
    }
    let mut found: [Vec<f64>; PATHS] = std::array::from_fn(|_| vec![f64::NEG_INFINITY; n]);
    let covers = Covers::new(of);
    let highest = largest(of.first);
    // For each candidate, the anchor of its best pair.
    let mut before = vec![0; n];
    let mut cover = vec![0.0; n];
    for (number, anchor) in anchors.iter().enumerate() {
        covers.with(|word| word[anchor.place] > 0.0, &mut cover);
        let start = FIRST * (of.first[anchor.place] - highest);
        let own_cosine = of.cosine[anchor.place];
        for j in 0..n {
            let (pair, tied, beyond, tied_beyond) = if anchor.own[j] {
                (NEVER, UNTIED - 1.0, NEVER, NEVER)
            } else {
                let worth = worth(anchor, j);
                let only_tied = if worth > 0.0 { worth } else { UNTIED };
                let beyond = cover[j] + BEYOND * (of.cosine[j] - own_cosine * anchor.cosine[j]);
                (
                    start + COVER * cover[j] + worth,
                    start + only_tied,
                    start + worth + beyond,
                    start + only_tied + beyond,
                )
            };
            if pair > found[0][j] {
                found[0][j] = pair;
                before[j] = number;
            }
            for (found, value) in found[1..].iter_mut().zip([tied, beyond, tied_beyond]) {
                found[j] = found[j].max(value);
            }
        }
    }
    let highest = largest(&found[0]);
    for anchor in anchors {
        let first = &anchors[before[anchor.place]];
        covers.with(|word| word[anchor.place] > 0.0 || word[first.place] > 0.0, &mut cover);
        let pair = found[0][anchor.place] - highest;
        for j in 0..n {
            let never = anchor.own[j] || first.own[j];
            let path = if never { NEVER } else { pair + COVER * cover[j] + worth(anchor, j) };
            found[4][j] = found[4][j].max(path);
        }
    }
    for values in &mut found {
        let best = largest(values);
        values.iter_mut().for_each(|value| *value -= best);
    }
    found
}

fn worth(anchor: &Anchor<'_>, j: usize) -> f64 {
    TIE * anchor.name[j].max(IN_TITLE * anchor.name_in_title[j])
}

/// Shares of the question's idf, and how much of it two notes cover together.
struct Covers<'a> {
    of: &'a Columns<'a>,
    /// The share of each word.
    share: Vec<f64>,
    /// The sum of the shares that each candidate has.
    all: Vec<f64>,
}

impl<'a> Covers<'a> {
    fn new(of: &'a Columns<'a>) -> Self {
        let share: Vec<f64> = of.each_word().map(|word| largest(word).max(0.0)).collect();
        let shares =
            |(word, share): (&[f64], &f64)| word.iter().map(|has| if *has > 0.0 { *share } else { 0.0 }).collect();
        let all = summed(&of.each_word().zip(&share).map(shares).collect::<Vec<_>>(), of.cosine.len());
        Self { of, share, all }
    }

    /// Writes to `cover` the total share of the words that each candidate has or for which `held` is true.
    fn with(&self, held: impl Fn(&[f64]) -> bool, cover: &mut [f64]) {
        let held: Vec<bool> = self.of.each_word().map(held).collect();
        let mine = held.iter().zip(&self.share).map(|(held, share)| vec![if *held { *share } else { 0.0 }]);
        let mine = summed(&mine.collect::<Vec<_>>(), 1)[0];
        cover.fill(0.0);
        // Either is one, or the other, less both.
        for ((word, share), held) in self.of.each_word().zip(&self.share).zip(held) {
            if held {
                cover.iter_mut().zip(word).for_each(|(both, has)| *both += if *has > 0.0 { *share } else { 0.0 });
            }
        }
        cover.iter_mut().zip(&self.all).for_each(|(cover, all)| *cover = mine + all - *cover);
    }
}
