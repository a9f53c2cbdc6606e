//! The file of a word table, which is a [snapshot](crate::snapshot). Its label is the generation of the store that the
//! table was made from.
//!
//! ```text
//! keys u64 · title of each node u32 · titles: starts u32, bytes · terms: starts u32, bytes
//! records of the terms (see `stream`): starts u32, bytes
//! ```
//!
//! Removed nodes are left out, and with them terms that no other node has, so that no word of a deleted note is in a
//! file that is saved later. Everything but the postings is checked when the file is opened, the postings block by block
//! when they are first used.

use super::frozen::{Frozen, Texts};
use super::stream::Stream;
use super::table::WordTable;
use crate::error::{Error, Result, ensure};
use crate::files::{open_regular, write_atomically};
use crate::snapshot::{Snapshot, Writer};
use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::Path;

const MAGIC: [u8; 8] = *b"SNDRWRD\0";
const VERSION: u32 = 1;
const KIND: &str = "word table";

/// Texts to be written, one after another.
#[derive(Default)]
struct Joined {
    starts: Vec<u32>,
    bytes: Vec<u8>,
}

impl Joined {
    fn push(&mut self, text: &[u8]) {
        self.starts.push(self.bytes.len() as u32);
        self.bytes.extend_from_slice(text);
    }
}

impl WordTable {
    /// Writes the table to `path`. If that fails, `path` is left unchanged. `generation` is returned by [`Self::load`].
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Checksum`] when the file it was loaded from is damaged.
    pub fn save(&self, path: &Path, generation: u64) -> Result<()> {
        write_atomically(path, |file| self.write(file, generation).map(|_| ()))
    }

    /// Opens the table saved at `path` and returns it with its generation. A file larger than 16 MiB stays mapped.
    ///
    /// # Errors
    /// [`Error::Irregular`], [`Error::Io`], and those of [`Self::from_bytes`].
    pub fn load(path: &Path) -> Result<(Self, u64)> {
        let file = open_regular(path)?;
        Self::read(Snapshot::of_file(&file, MAGIC, VERSION..=VERSION, KIND)?)
    }

    /// Returns the content of the file that [`Self::save`] would write.
    ///
    /// # Errors
    /// As [`Self::save`].
    pub fn to_bytes(&self, generation: u64) -> Result<Vec<u8>> {
        self.write(Vec::new(), generation)
    }

    /// Reads a table and its generation from the content of a file.
    ///
    /// # Errors
    /// [`Error::Magic`], [`Error::Version`], [`Error::Truncated`], [`Error::Checksum`], and [`Error::Corrupt`] naming the
    /// invariant that does not hold.
    pub fn from_bytes(data: &[u8]) -> Result<(Self, u64)> {
        Self::read(Snapshot::of_bytes(data, MAGIC, VERSION..=VERSION, KIND)?)
    }

    fn write<W: Write>(&self, out: W, generation: u64) -> Result<W> {
        // The row of each node in the file, for those that are kept.
        let mut row_of = vec![u32::MAX; self.rows() as usize];
        let (mut keys, mut title_of, mut titles) = (Vec::new(), Vec::new(), Joined::default());
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        for row in (0..self.rows()).filter(|row| !self.is_gone(*row)) {
            row_of[row as usize] = keys.len() as u32;
            keys.push(self.key(row));
            let title = self.title(row)?;
            title_of.push(*numbers.entry(title).or_insert_with(|| {
                titles.push(title.as_bytes());
                titles.starts.len() as u32 - 1
            }));
        }
        titles.starts.push(titles.bytes.len() as u32);
        let (mut terms, mut records, mut starts) = (Joined::default(), Vec::new(), vec![0u32]);
        let known = (0..self.frozen.terms.len()).map(|term| self.frozen.terms.get(term));
        for term in known.chain(self.grown.terms.keys().map(|term| &**term)).collect::<BTreeSet<_>>() {
            let stream = self.kept(term, &row_of)?;
            if stream.count == 0 {
                continue;
            }
            terms.push(term);
            stream.write(&mut records);
            let end = u32::try_from(records.len());
            starts.push(end.map_err(|_| Error::Internal { what: "a word table of more than 4 GiB; search without" })?);
        }
        terms.starts.push(terms.bytes.len() as u32);
        let mut out = Writer::new(out, MAGIC, VERSION)?;
        out.section(&[&keys[..]])?;
        out.section(&[&title_of[..]])?;
        for texts in [&titles, &terms] {
            out.section(&[&texts.starts[..]])?;
            out.section(&[&texts.bytes[..]])?;
        }
        out.section(&[&starts[..]])?;
        out.section(&[&records[..]])?;
        out.finish(generation, &[])
    }

    /// Returns the postings of `term` at the nodes that are kept, under their new rows.
    fn kept(&self, term: &[u8], row_of: &[u32]) -> Result<Stream> {
        let mut kept = Stream::default();
        let mut places = Vec::new();
        let frozen = self.frozen.term(term).map(|term| self.frozen.postings(term)).transpose()?;
        let grown = self.grown.terms.get(term).map(Stream::postings);
        for mut postings in frozen.map(|(_, postings)| postings).into_iter().chain(grown) {
            while postings.advance()? {
                let row = row_of.get(postings.row as usize).copied();
                ensure(row.is_some(), "a posting of the word table is of no node")?;
                if let Some(row) = row.filter(|row| *row != u32::MAX) {
                    postings.places(&mut places)?;
                    kept.push(row, &places);
                }
            }
        }
        Ok(kept)
    }

    fn read(mut from: Snapshot<'_>) -> Result<(Self, u64)> {
        let generation = from.label();
        let (keys, title_of) = (from.map()?, from.map()?);
        let titles = Texts { starts: from.map()?, bytes: from.map()? };
        let terms = Texts { starts: from.map()?, bytes: from.map()? };
        let starts = from.map()?;
        let (records, checks) = from.map_unchecked()?;
        from.finish()?;
        let frozen = Frozen { keys, titles, title_of, terms, starts, records, checks };
        frozen.check()?;
        Ok((Self::of(frozen), generation))
    }
}
