//! Reads a snapshot: checks trailer and table, then reads the sections in their order. The order is that in which they
//! were written.

use super::{ALIGN, BLOCK, Blocks, Mapped, TRAILER};
use crate::error::{Error, Result};
use crate::frame::Reader;
use bytemuck::Pod;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::RangeInclusive;

/// Length of the largest file that is copied instead of mapped.
///
/// Such a file holds an index of about 7,600 vectors of 384 values. Later changes to a copied file cannot kill the
/// process. Copying takes 2.5 ms instead of 1, and as much memory as the file is long. Larger files are mapped, since a
/// search reads little of them.
const COPIED: u64 = 16 << 20;

/// Largest length of a table, enough for a terabyte of sections.
///
/// The table is read before any checksum is known, so its size must be bounded against a file that was lengthened
/// without being filled.
const MAX_TABLE: u64 = 256 << 20;

/// The versions of a kind of file that this build reads. The last is the newest.
pub type Versions = RangeInclusive<u32>;

/// An open snapshot. Its sections are read one after another.
#[derive(Debug)]
pub struct Snapshot<'a> {
    source: Source<'a>,
    version: u32,
    label: u64,
    header: Vec<u8>,
    /// The sections that are not yet read; the last of them is read next.
    sections: Vec<Section>,
}

#[derive(Debug)]
enum Source<'a> {
    File { file: &'a File, copied: bool },
    Bytes(&'a [u8]),
}

#[derive(Debug)]
struct Section {
    offset: u64,
    length: usize,
    checksums: Vec<u32>,
}

impl<'a> Snapshot<'a> {
    /// Opens the snapshot in `file`, which must stay open until all sections are read.
    ///
    /// # Errors
    /// [`Error::Io`], and as [`Self::of_bytes`].
    pub fn of_file(file: &'a File, magic: [u8; 8], versions: Versions, kind: &'static str) -> Result<Self> {
        let length = file.metadata()?.len();
        Self::open(Source::File { file, copied: length <= COPIED }, length, magic, versions, kind)
    }

    /// Opens the snapshot in `data`.
    ///
    /// # Errors
    /// [`Error::Magic`] and [`Error::Version`] for another `kind` of file, [`Error::Truncated`], [`Error::Checksum`],
    /// and [`Error::Corrupt`] for a table with a correct checksum and wrong content.
    pub fn of_bytes(data: &'a [u8], magic: [u8; 8], versions: Versions, kind: &'static str) -> Result<Self> {
        Self::open(Source::Bytes(data), data.len() as u64, magic, versions, kind)
    }

    fn open(source: Source<'a>, length: u64, magic: [u8; 8], versions: Versions, kind: &'static str) -> Result<Self> {
        let start = source.read(0, length.min(12) as usize)?;
        let mut reader = Reader::new(&start);
        if reader.take(8, kind).map_err(|_| Error::Magic { expected: kind })? != magic {
            return Err(Error::Magic { expected: kind });
        }
        let version = reader.u32(kind)?;
        if !versions.contains(&version) {
            return Err(Error::Version { expected: *versions.end(), got: version });
        }
        let end = length.checked_sub(TRAILER as u64).ok_or(Error::Truncated { what: kind })?;
        let trailer = source.read(end, TRAILER)?;
        let mut reader = Reader::new(&trailer);
        let offset = reader.u64(kind)?;
        let crc = reader.u32(kind)?;
        // A truncated file ends in bytes that are no trailer, which cannot be told from damage.
        let table = end.checked_sub(offset).filter(|&length| length <= MAX_TABLE).ok_or(Error::Checksum)? as usize;
        let table = source.read(offset, table)?;
        let mut hasher = crc32fast::Hasher::new();
        [&start[..], &table, &offset.to_le_bytes()].iter().for_each(|part| hasher.update(part));
        if hasher.finalize() != crc {
            return Err(Error::Checksum);
        }
        let mut reader = Reader::new(&table);
        let label = reader.u64("the label")?;
        let header = usize::try_from(reader.u64("the header")?).map_err(|_| Error::Truncated { what: "the header" })?;
        let header = reader.take(header, "the header")?.to_vec();
        let mut sections = Vec::new();
        for _ in 0..reader.u32("the table")? {
            sections.push(Section::read(&mut reader, offset)?);
        }
        if reader.left() != 0 {
            return Err(Error::Corrupt { what: "bytes follow the table" });
        }
        sections.reverse();
        Ok(Self { source, version, label, header, sections })
    }

    /// Returns the version of the file.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns the label that was given to [`super::Writer::finish`].
    #[must_use]
    pub fn label(&self) -> u64 {
        self.label
    }

    /// Returns the header that was given to [`super::Writer::finish`].
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Maps the next section and checks all of it.
    ///
    /// # Errors
    /// [`Error::Checksum`], [`Error::Io`], and [`Error::Corrupt`] when there is none or its length does not fit.
    pub fn map<T: Pod>(&mut self) -> Result<Mapped<T>> {
        let (mapped, blocks) = self.map_unchecked::<T>()?;
        blocks.check_all(bytemuck::cast_slice(&mapped))?;
        Ok(mapped)
    }

    /// Maps the next section without checking it, and returns its values and checksums.
    ///
    /// Each part must be checked before it is used.
    ///
    /// # Errors
    /// As [`Self::map`], but for the checksums.
    pub fn map_unchecked<T: Pod>(&mut self) -> Result<(Mapped<T>, Blocks)> {
        let section = self.sections.pop().ok_or(Error::Corrupt { what: "a section is missing" })?;
        if !section.length.is_multiple_of(size_of::<T>()) {
            return Err(Error::Corrupt { what: "a section ends within a value" });
        }
        let mapped = match self.source {
            Source::File { file, copied: true } => Mapped::copy_of_file(file, section.offset, section.length)?,
            Source::File { file, copied: false } => Mapped::of_file(file, section.offset, section.length)?,
            // Inside the data: see `Section::read`.
            Source::Bytes(data) => Mapped::of_bytes(&data[section.offset as usize..][..section.length]),
        };
        Ok((mapped, Blocks::new(section.checksums)))
    }

    /// Copies and checks the next section.
    ///
    /// # Errors
    /// As [`Self::map`].
    pub fn copy<T: Pod>(&mut self) -> Result<Vec<T>> {
        Ok(self.map::<T>()?.to_vec())
    }

    /// Returns the sizes in bytes of the sections that are not yet read, in the order of the file.
    #[must_use]
    pub fn lengths(&self) -> Vec<usize> {
        self.sections.iter().rev().map(|section| section.length).collect()
    }

    /// Checks that all sections have been read.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn finish(self) -> Result<()> {
        if self.sections.is_empty() {
            Ok(())
        } else {
            Err(Error::Corrupt { what: "there are more sections than known" })
        }
    }
}

impl Section {
    /// Reads an entry of the table, and checks that its section ends at or before `end`.
    fn read(from: &mut Reader<'_>, end: u64) -> Result<Self> {
        const WHAT: &str = "the table";
        let (offset, length) = (from.u64(WHAT)?, from.u64(WHAT)?);
        let inside = offset.is_multiple_of(ALIGN as u64) && offset.checked_add(length).is_some_and(|to| to <= end);
        match usize::try_from(length) {
            Ok(length) if inside => Ok(Self { offset, length, checksums: from.u32s(length.div_ceil(BLOCK), WHAT)? }),
            _ => Err(Error::Corrupt { what: "a section is not inside the file" }),
        }
    }
}

impl Source<'_> {
    /// Reads the `length` bytes at `offset`; they must exist.
    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        match self {
            Self::Bytes(data) => Ok(data[offset as usize..][..length].to_vec()),
            Self::File { file, .. } => {
                let mut file = *file;
                file.seek(SeekFrom::Start(offset))?;
                let mut bytes = vec![0; length];
                file.read_exact(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}
