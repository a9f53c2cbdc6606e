//! The word table: the part read from a file, and the nodes added and removed since.

use super::frozen::Frozen;
use super::grown::Grown;
use super::phrase::{Word, rows};
use crate::error::{Error, Result, ensure};
use std::collections::BTreeSet;

/// The terms and titles of all nodes of a memory. See the [module](super).
#[derive(Debug, Default)]
pub struct WordTable {
    pub(super) frozen: Frozen,
    pub(super) grown: Grown,
    /// One bit for each row of a removed node.
    gone: Vec<u64>,
    removed: usize,
}

impl WordTable {
    pub(super) fn of(frozen: Frozen) -> Self {
        Self { frozen, ..Self::default() }
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows() as usize - self.removed
    }

    /// Whether there are no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the highest key that was ever added. It counts even if its node was removed; it is 0 if none was added.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.grown.keys.last().or(self.frozen.keys.last()).copied().unwrap_or_default()
    }

    /// Adds nodes with titles and without words.
    ///
    /// # Errors
    /// [`Error::Length`] when the two differ in length, [`Error::Parameter`] for keys that do not rise, or that are not
    /// above all before.
    pub fn extend(&mut self, keys: &[u64], titles: &[&str]) -> Result<()> {
        if keys.len() != titles.len() {
            return Err(Error::Length { what: "titles", expected: keys.len(), got: titles.len() });
        }
        let rising = keys.is_sorted_by(|a, b| a < b) && keys.first().is_none_or(|key| *key > self.newest());
        if !rising || self.rows() as usize + keys.len() > u32::MAX as usize {
            let got = format!("{:?} after {}", keys.first(), self.newest());
            return Err(Error::Parameter { what: "keys of new nodes, rising", got });
        }
        self.grown.keys.extend_from_slice(keys);
        self.grown.titles.extend(titles.iter().map(|title| Box::from(*title)));
        Ok(())
    }

    /// Adds a term to nodes that [`Self::extend`] added. `places` has pairs of numbers divided by blanks: a node's key
    /// and a place in it. Keys must not fall, nor be below those given with this term before.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a text of another form, [`Error::UnknownKey`].
    pub fn put(&mut self, term: &str, places: &str) -> Result<()> {
        let bad = || Error::Parameter { what: "places, pairs of numbers in rising order", got: "another text".into() };
        let mut numbers = places.split_ascii_whitespace().map(|number| number.parse::<u64>().map_err(|_| bad()));
        let mut postings = Vec::new();
        let mut row = 0;
        while let Some(key) = numbers.next() {
            let (key, place) = (key?, numbers.next().ok_or_else(bad)??);
            if self.grown.keys.get(row) != Some(&key) {
                row = self.grown.keys.binary_search(&key).map_err(|_| Error::UnknownKey(key))?;
            }
            postings.push((row as u32, place));
        }
        if !postings.is_sorted_by_key(|(row, _)| *row) || postings.is_empty() {
            return Err(bad());
        }
        let first = self.frozen.keys.len() as u32;
        self.grown.put(term.as_bytes(), first, &postings);
        Ok(())
    }

    /// Removes nodes and returns how many of them existed. Unknown keys are skipped.
    pub fn remove(&mut self, keys: &[u64]) -> usize {
        let rows: Vec<u32> = keys.iter().filter_map(|key| self.row(*key)).collect();
        self.gone.resize((self.rows() as usize).div_ceil(64), 0);
        let before = self.removed;
        for row in rows {
            let (word, bit) = (row as usize / 64, 1 << (row % 64));
            self.removed += usize::from(self.gone[word] & bit == 0);
            self.gone[word] |= bit;
        }
        self.removed - before
    }

    /// Returns the first `limit` nodes that have the phrase of `terms`, in rising order. No terms: no nodes.
    ///
    /// # Errors
    /// [`Error::Checksum`] and [`Error::Corrupt`] for a damaged file.
    pub fn find(&self, terms: &[&str], limit: usize) -> Result<Vec<u64>> {
        Ok(self.find_rows(terms, limit)?.into_iter().map(|row| self.key(row)).collect())
    }

    /// Returns the rows of the nodes that [`Self::find`] returns.
    pub(super) fn find_rows(&self, terms: &[&str], limit: usize) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        for words in [self.frozen_words(terms)?, self.grown_words(terms)].into_iter().flatten() {
            let mut known = true;
            rows(words, |row| {
                known = row < self.rows();
                if known && !self.is_gone(row) {
                    found.push(row);
                }
                known && found.len() < limit
            })?;
            ensure(known, "a posting of the word table is of no node")?;
            if found.len() == limit {
                break;
            }
        }
        Ok(found)
    }

    /// Returns the nodes that have a phrase of any group, in rising order. Also returns, for each group, whether
    /// each of these nodes has a phrase of it.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn having(&self, groups: &[Vec<Vec<&str>>]) -> Result<(Vec<u64>, Vec<bool>)> {
        let mut found = Vec::with_capacity(groups.len());
        for group in groups {
            let mut keys = Vec::new();
            for terms in group {
                keys.extend(self.find(terms, usize::MAX)?);
            }
            if group.len() > 1 {
                keys.sort_unstable();
            }
            found.push(keys);
        }
        let mut all = found.concat();
        all.sort_unstable();
        all.dedup();
        let mut has = vec![false; groups.len() * all.len()];
        for (keys, has) in found.iter().zip(has.chunks_exact_mut(all.len().max(1))) {
            let mut at = 0;
            for key in keys {
                // Both rise, so that each is passed once.
                while all[at] < *key {
                    at += 1;
                }
                has[at] = true;
            }
        }
        Ok((all, has))
    }

    /// Returns the number of nodes that have the phrase of `terms`.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn count(&self, terms: &[&str]) -> Result<usize> {
        let [term] = terms else { return Ok(self.find(terms, usize::MAX)?.len()) };
        if self.removed > 0 {
            return Ok(self.find(terms, usize::MAX)?.len());
        }
        let frozen = self.frozen.term(term.as_bytes()).map(|term| self.frozen.postings(term)).transpose()?;
        Ok(frozen.map_or(0, |(count, _)| count) as usize
            + self.grown.terms.get(term.as_bytes()).map_or(0, |stream| stream.count as usize))
    }

    /// Returns the nodes that have a term beginning with `prefix`, in rising order.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn beginning(&self, prefix: &str) -> Result<Vec<u64>> {
        let mut found = BTreeSet::new();
        let frozen = self.frozen.beginning(prefix.as_bytes()).map(|term| self.frozen.terms.get(term));
        let grown = self.grown.terms.keys().map(|term| &**term).filter(|term| term.starts_with(prefix.as_bytes()));
        for term in frozen.chain(grown).collect::<BTreeSet<_>>() {
            let term = std::str::from_utf8(term).map_err(|_| Error::Corrupt { what: "a term is not UTF-8" })?;
            found.extend(self.find(&[term], usize::MAX)?);
        }
        Ok(found.into_iter().collect())
    }

    /// Returns the titles of the nodes with these keys; None for an unknown or removed node.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn titles(&self, keys: &[u64]) -> Result<Vec<Option<String>>> {
        keys.iter().map(|key| self.row(*key).map(|row| self.title(row).map(str::to_owned)).transpose()).collect()
    }

    pub(super) fn title_bytes(&self, row: u32) -> &[u8] {
        match (row as usize).checked_sub(self.frozen.keys.len()) {
            Some(row) => self.grown.titles[row].as_bytes(),
            None => self.frozen.titles.get(self.frozen.title_of[row as usize] as usize),
        }
    }

    pub(super) fn title(&self, row: u32) -> Result<&str> {
        std::str::from_utf8(self.title_bytes(row))
            .map_err(|_| Error::Corrupt { what: "a title of the word table is not UTF-8" })
    }

    pub(super) fn rows(&self) -> u32 {
        (self.frozen.keys.len() + self.grown.keys.len()) as u32
    }

    pub(super) fn key(&self, row: u32) -> u64 {
        let row = row as usize;
        row.checked_sub(self.frozen.keys.len()).map_or_else(|| self.frozen.keys[row], |row| self.grown.keys[row])
    }

    pub(super) fn is_gone(&self, row: u32) -> bool {
        self.removed > 0 && self.gone.get(row as usize / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
    }

    /// Returns the row of a node that was not removed.
    pub(super) fn row(&self, key: u64) -> Option<u32> {
        let first = self.frozen.keys.len();
        let row = match self.frozen.keys.binary_search(&key) {
            Ok(row) => row,
            Err(_) => first + self.grown.keys.binary_search(&key).ok()?,
        } as u32;
        (!self.is_gone(row)).then_some(row)
    }

    fn frozen_words(&self, terms: &[&str]) -> Result<Option<Vec<Word<'_>>>> {
        let mut words = Vec::with_capacity(terms.len());
        for (at, term) in terms.iter().enumerate() {
            let Some(term) = self.frozen.term(term.as_bytes()) else { return Ok(None) };
            let (count, postings) = self.frozen.postings(term)?;
            words.push(Word::new(at, postings, count));
        }
        Ok(Some(words).filter(|words| !words.is_empty()))
    }

    fn grown_words(&self, terms: &[&str]) -> Option<Vec<Word<'_>>> {
        let word = |(at, term): (usize, &&str)| {
            let stream = self.grown.terms.get(term.as_bytes())?;
            Some(Word::new(at, stream.postings(), stream.count))
        };
        let words: Option<Vec<_>> = terms.iter().enumerate().map(word).collect();
        words.filter(|words| !words.is_empty())
    }
}
