//! The part of a word table that was read from a file.

use super::stream::Postings;
use crate::error::{Result, ensure};
use crate::snapshot::{Blocks, Mapped};

/// Nodes, titles and terms as they lie in the file; see `persist` for the sections.
#[derive(Debug, Default)]
pub struct Frozen {
    pub keys: Mapped<u64>,
    pub titles: Texts,
    /// Index of each row's title.
    pub title_of: Mapped<u32>,
    /// The terms, in rising order.
    pub terms: Texts,
    /// Offsets at which the terms' records begin, then the offset at which the last one ends; see `stream`.
    pub starts: Mapped<u32>,
    pub records: Mapped<u8>,
    pub checks: Blocks,
}

/// Texts stored one after another.
#[derive(Debug, Default)]
pub struct Texts {
    /// Offsets at which the texts begin, then the offset at which the last one ends.
    pub starts: Mapped<u32>,
    pub bytes: Mapped<u8>,
}

impl Texts {
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn get(&self, at: usize) -> &[u8] {
        &self.bytes[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    fn check(&self, what: &'static str) -> Result<()> {
        let ends =
            self.starts.first() == Some(&0) && self.starts.last().map(|end| *end as usize) == Some(self.bytes.len());
        ensure(ends && self.starts.is_sorted(), what)
    }
}

impl Frozen {
    /// Returns the index of `term` among the terms; `None` if no node has this term.
    pub fn term(&self, term: &[u8]) -> Option<usize> {
        let at = partition(self.terms.len(), |at| self.terms.get(at) < term);
        (at < self.terms.len() && self.terms.get(at) == term).then_some(at)
    }

    /// Returns the numbers of the terms that begin with `prefix`.
    pub fn beginning(&self, prefix: &[u8]) -> std::ops::Range<usize> {
        let first = partition(self.terms.len(), |at| self.terms.get(at) < prefix);
        let after = partition(self.terms.len(), |at| {
            let term = self.terms.get(at);
            term < prefix || term.starts_with(prefix)
        });
        first..after
    }

    /// Returns how many postings a term has, and a reader of the postings.
    ///
    /// # Errors
    /// [`crate::Error::Checksum`], [`crate::Error::Corrupt`].
    pub fn postings(&self, term: usize) -> Result<(u32, Postings<'_>)> {
        let range = self.starts[term] as usize..self.starts[term + 1] as usize;
        self.checks.check(&self.records, range.clone())?;
        Postings::of_record(&self.records[range])
    }

    /// Checks that the sections fit each other.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn check(&self) -> Result<()> {
        self.titles.check("the titles of the word table do not lie one behind another")?;
        self.terms.check("the terms of the word table do not lie one behind another")?;
        ensure(self.keys.is_sorted_by(|a, b| a < b), "the nodes of the word table are not in order")?;
        let titles = self.titles.len();
        let titled = self.title_of.len() == self.keys.len() && self.title_of.iter().all(|at| (*at as usize) < titles);
        ensure(titled, "a node of the word table has no title")?;
        let terms = self.terms.len();
        ensure(self.starts.len() == terms + 1, "a term of the word table has no postings")?;
        let ends = self.starts[0] == 0 && self.starts[terms] as usize == self.records.len();
        ensure(ends && self.starts.is_sorted(), "the postings of the word table do not lie one behind another")
    }
}

/// Returns the first number below `count` for which `before` does not hold; `count` if there is none.
fn partition(count: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
