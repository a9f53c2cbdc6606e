//! Posting lists: the nodes that have a term, and the term's places in each node, as a stream of bytes. The nodes are in
//! rising order.
//!
//! ```text
//! record:  number of postings · skips, if there are more than 128 postings · postings
//! skip:    before every 128th posting: row before it u32 · its offset among the postings u32
//! posting: 2 × (row - row before) + (1 if there is one place) · number of places, if several · places
//! ```
//!
//! Rows count the nodes of a table. A place is 4 × the word's number in its column + the column, so that the next word
//! of the same column is at the place + 4. Numbers take 7 bits a byte, lowest first (LEB128); places after the first
//! are differences.

use crate::error::{Error, Result};

/// Distance between the places of two words that follow each other in a column.
pub const NEXT: u64 = 4;
/// Number of postings between two entries of a term's skip list.
pub const SKIP: u32 = 128;
const BAD: Error = Error::Corrupt { what: "a posting of the word table cannot be read" };

/// A row, and an offset among the postings, both little-endian.
type Skip = [u8; 8];

/// A posting list that grows.
#[derive(Debug, Default)]
pub struct Stream {
    /// The encoded postings.
    pub bytes: Vec<u8>,
    /// Number of postings.
    pub count: u32,
    /// Before every [`SKIP`]th posting but the first: the row before it, and the length of `bytes`.
    skips: Vec<Skip>,
    last: u32,
}

impl Stream {
    /// Appends a posting of a term. `row` is above those before, and `places` are at least one, in rising order.
    pub fn push(&mut self, row: u32, places: &[u64]) {
        if self.count > 0 && self.count.is_multiple_of(SKIP) {
            self.skips.push((u64::from(self.last) | (self.bytes.len() as u64) << 32).to_le_bytes());
        }
        put(&mut self.bytes, u64::from(row - self.last) * 2 + u64::from(places.len() == 1));
        if places.len() != 1 {
            put(&mut self.bytes, places.len() as u64);
        }
        let mut before = 0;
        for place in places {
            put(&mut self.bytes, place - before);
            before = *place;
        }
        (self.last, self.count) = (row, self.count + 1);
    }

    /// Returns a reader of the postings.
    #[must_use]
    pub fn postings(&self) -> Postings<'_> {
        Postings::new(&self.bytes, &self.skips)
    }

    /// Appends the whole list to `out`, as [`Postings::of_record`] reads it.
    pub fn write(&self, out: &mut Vec<u8>) {
        put(out, u64::from(self.count));
        out.extend_from_slice(self.skips.as_flattened());
        out.extend_from_slice(&self.bytes);
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads a posting list from its beginning.
#[derive(Debug)]
pub struct Postings<'a> {
    bytes: &'a [u8],
    at: usize,
    skips: &'a [Skip],
    /// Row of the posting that was read last.
    pub row: u32,
    places: usize,
    /// Where the places of that posting begin.
    first: usize,
}

impl<'a> Postings<'a> {
    fn new(bytes: &'a [u8], skips: &'a [Skip]) -> Self {
        Self { bytes, at: 0, skips, row: 0, places: 0, first: 0 }
    }

    /// Returns how many postings a record has, and a reader placed before the first.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn of_record(record: &'a [u8]) -> Result<(u32, Self)> {
        let mut head = Self::new(record, &[]);
        let count = u32::try_from(head.number()?).map_err(|_| BAD)?;
        let skips = count.saturating_sub(1) / SKIP;
        let (skips, bytes) = record[head.at..].split_at_checked(skips as usize * size_of::<Skip>()).ok_or(BAD)?;
        Ok((count, Self::new(bytes, skips.as_chunks().0)))
    }

    /// Reads the next posting; returns whether there is one.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    #[inline]
    pub fn advance(&mut self) -> Result<bool> {
        for _ in 0..self.places {
            self.pass()?;
        }
        self.places = 0;
        if self.at == self.bytes.len() {
            return Ok(false);
        }
        let head = self.number()?;
        self.row = u32::try_from(head >> 1).ok().and_then(|step| self.row.checked_add(step)).ok_or(BAD)?;
        self.places = if head & 1 == 1 { 1 } else { usize::try_from(self.number()?).map_err(|_| BAD)? };
        // Each place takes a byte at least, which bounds the loops over them.
        if self.places == 0 || self.places > self.bytes.len() - self.at {
            return Err(BAD);
        }
        self.first = self.at;
        Ok(true)
    }

    /// Reads on to the first posting at `row` or later; returns whether there is one.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn seek(&mut self, row: u32) -> Result<bool> {
        if self.places > 0 && self.row >= row {
            return Ok(true);
        }
        let passed = self.skips.partition_point(|skip| (u64::from_le_bytes(*skip) as u32) < row);
        if let Some(skip) = passed.checked_sub(1).map(|last| u64::from_le_bytes(self.skips[last]))
            && (skip >> 32) as usize > self.at
        {
            let before = skip as u32;
            self.at = Some((skip >> 32) as usize).filter(|at| *at < self.bytes.len()).ok_or(BAD)?;
            (self.row, self.places) = (before, 0);
        }
        while self.advance()? {
            if self.row >= row {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Replaces the content of `into` by the places of the posting read last.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn places(&self, into: &mut Vec<u64>) -> Result<()> {
        let mut reader = Postings { at: self.first, ..Postings::new(self.bytes, &[]) };
        into.clear();
        let mut place = 0u64;
        for _ in 0..self.places {
            place = place.checked_add(reader.number()?).ok_or(BAD)?;
            into.push(place);
        }
        Ok(())
    }

    #[inline]
    fn number(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(BAD)?;
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(BAD)
    }

    #[inline]
    fn pass(&mut self) -> Result<()> {
        while *self.bytes.get(self.at).ok_or(BAD)? >= 0x80 {
            self.at += 1;
        }
        self.at += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn postings_come_back_and_are_found(
            lists in prop::collection::btree_map(0u32..5000, prop::collection::btree_set(0u64..1 << 40, 1..4), 0..600),
            wanted in prop::collection::vec(0u32..5100, 0..20),
        ) {
            let lists: BTreeMap<u32, Vec<u64>> =
                lists.into_iter().map(|(row, places)| (row, places.into_iter().collect())).collect();
            let mut stream = Stream::default();
            lists.iter().for_each(|(row, places)| stream.push(*row, places));
            let mut record = Vec::new();
            stream.write(&mut record);
            let (count, mut reader) = Postings::of_record(&record).unwrap();
            prop_assert_eq!(count as usize, lists.len());
            let mut places = Vec::new();
            for (row, expected) in &lists {
                prop_assert!(reader.advance().unwrap());
                reader.places(&mut places).unwrap();
                prop_assert_eq!((reader.row, &places), (*row, expected));
            }
            prop_assert!(!reader.advance().unwrap());
            let mut wanted = wanted;
            wanted.sort_unstable();
            let mut reader = stream.postings();
            for row in wanted {
                let expected = lists.range(row..).next();
                prop_assert_eq!(reader.seek(row).unwrap(), expected.is_some());
                let Some((there, list)) = expected else { break };
                reader.places(&mut places).unwrap();
                prop_assert_eq!((reader.row, &places), (*there, list));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, long: bool, row: u32) {
            let bytes = if long { [&[0x81, 2][..], &bytes].concat() } else { bytes };
            let Ok((_, mut reader)) = Postings::of_record(&bytes) else { return Ok(()) };
            let _ = reader.seek(row);
            let mut places = Vec::new();
            while let Ok(true) = reader.advance() {
                let _ = reader.places(&mut places);
            }
        }
    }
}
