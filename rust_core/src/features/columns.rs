//! The columns from which the features of a question's candidates are computed.

use crate::error::{Error, Result};

/// Properties of n candidates, apart from their relations to anchors.
#[derive(Debug, Clone, Copy)]
pub struct Nodes<'a> {
    /// Six columns of n values each. They are: cosine with the question, mention of the title, citation, first score,
    /// and the ranks from first and second scores.
    pub columns: &'a [f64],
    /// The idf share of each word in each candidate, words × n. It is 0 if the candidate lacks the word.
    pub words: &'a [f64],
}

/// How n candidates are related to m anchors, in arrays of m × n.
#[derive(Debug, Clone, Copy)]
pub struct Anchors<'a> {
    /// Place of each anchor among the candidates.
    pub places: &'a [u64],
    /// Whether anchor and candidate are of one document.
    pub own: &'a [bool],
    /// Four arrays of m × n values: the relations between anchors and candidates. They are: cosine with the anchor, and
    /// the worth of the rarest shared name, of all shared names, and of those that open the title.
    pub related: &'a [f64],
    /// Number of hits among the anchors that have columns of their own. They come first.
    pub hits: usize,
    /// Number of bridges among the anchors that have columns of their own. They follow the hits.
    pub bridges: usize,
}

/// The columns of [`Nodes`], by name.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) cosine: &'a [f64],
    pub(super) named: &'a [f64],
    pub(super) cited: &'a [f64],
    pub(super) first: &'a [f64],
    pub(super) rank_first: &'a [f64],
    pub(super) rank_second: &'a [f64],
    pub(super) words: &'a [f64],
}

impl<'a> Nodes<'a> {
    /// Number of candidates.
    pub(super) fn len(&self) -> usize {
        self.columns.len() / 6
    }

    /// Returns the columns, which [`Anchors::check`] must have checked.
    pub(super) fn split(&self) -> Columns<'a> {
        let n = self.len();
        let column = |at: usize| &self.columns[at * n..(at + 1) * n];
        Columns {
            cosine: column(0),
            named: column(1),
            cited: column(2),
            first: column(3),
            rank_first: column(4),
            rank_second: column(5),
            words: self.words,
        }
    }
}

impl<'a> Columns<'a> {
    /// Iterates over the words, and yields for each word the shares of all candidates.
    pub(super) fn each_word(&self) -> impl Iterator<Item = &'a [f64]> + use<'a> {
        self.words.chunks_exact(self.cosine.len())
    }
}

/// Returns the sum of rows of n values, added in numpy's order for contiguous values.
///
/// Notes that add no word to an anchor's cover the same share with it but for rounding, and the weights were trained on
/// ranks that rounding decides. So its order counts: from eight rows on eight sums are formed, of more than 128 rows two
/// halves (`pairwise_sum` in numpy's `loops_utils.h.src`).
pub(super) fn summed(rows: &[Vec<f64>], n: usize) -> Vec<f64> {
    let add = |into: &mut Vec<f64>, row: &Vec<f64>| into.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    if rows.len() > 128 {
        let half = rows.len() / 2 / 8 * 8;
        let mut sum = summed(&rows[..half], n);
        add(&mut sum, &summed(&rows[half..], n));
        return sum;
    }
    let Some((eight, rest)) = rows.split_first_chunk::<8>() else {
        let mut sum = vec![0.0; n];
        rows.iter().for_each(|row| add(&mut sum, row));
        return sum;
    };
    let mut sums = eight.clone();
    let whole = rest.chunks_exact(8);
    let left = whole.remainder();
    for rows in whole {
        sums.iter_mut().zip(rows).for_each(|(sum, row)| add(sum, row));
    }
    let mut sum: Vec<f64> = (0..n)
        .map(|j| {
            let of = |at: usize| sums[at][j];
            ((of(0) + of(1)) + (of(2) + of(3))) + ((of(4) + of(5)) + (of(6) + of(7)))
        })
        .collect();
    left.iter().for_each(|row| add(&mut sum, row));
    sum
}

/// One anchor's rows of [`Anchors`].
#[derive(Clone, Copy)]
pub(super) struct Anchor<'a> {
    pub(super) place: usize,
    pub(super) own: &'a [bool],
    pub(super) cosine: &'a [f64],
    pub(super) name: &'a [f64],
    pub(super) names: &'a [f64],
    pub(super) name_in_title: &'a [f64],
}

impl<'a> Anchors<'a> {
    /// Checks the arrays, and returns the rows of each anchor.
    ///
    /// # Errors
    /// [`Error::Length`] unless all arrays are for the same number of candidates and anchors, and [`Error::Parameter`]
    /// for a place that no candidate has.
    pub(super) fn check(&self, nodes: &Nodes<'_>) -> Result<Vec<Anchor<'a>>> {
        let (n, m) = (nodes.len(), self.places.len());
        let lengths = [
            ("values in the columns", n * 6, nodes.columns.len()),
            ("values of words", nodes.words.len() / n.max(1) * n, nodes.words.len()),
            ("values of own", m * n, self.own.len()),
            ("values of related", 4 * m * n, self.related.len()),
        ];
        if let Some(&(what, expected, got)) = lengths.iter().find(|(_, expected, got)| expected != got) {
            return Err(Error::Length { what, expected, got });
        }
        if let Some(place) = self.places.iter().find(|place| **place >= n as u64) {
            return Err(Error::Parameter {
                what: "an anchor must be a candidate",
                got: format!("place {place} of {n}"),
            });
        }
        if self.hits.checked_add(self.bridges).is_none_or(|sum| sum > m) {
            let got = format!("{} hits and {} bridges of {m}", self.hits, self.bridges);
            return Err(Error::Parameter { what: "hits and bridges must be anchors", got });
        }
        let row = |at: usize| &self.related[at * n..(at + 1) * n];
        let anchor = |at: usize| Anchor {
            place: self.places[at] as usize,
            own: &self.own[at * n..(at + 1) * n],
            cosine: row(at),
            name: row(m + at),
            names: row(2 * m + at),
            name_in_title: row(3 * m + at),
        };
        Ok((0..m).map(anchor).collect())
    }
}
