//! Writes a snapshot as a stream: first the sections, then the table of their offsets.

use super::{ALIGN, BLOCK};
use crate::error::Result;
use crate::frame;
use bytemuck::Pod;
use std::io::Write;

/// Writes a snapshot to `W`, section by section.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// Number of bytes written so far.
    at: usize,
    /// Checksum of magic bytes, version and table.
    crc: crc32fast::Hasher,
    /// Offset, length and checksums of each section.
    table: frame::Writer,
    sections: u32,
}

impl<W: Write> Writer<W> {
    /// Begins a snapshot with this `magic` and `version`.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn new(out: W, magic: [u8; 8], version: u32) -> Result<Self> {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&magic);
        crc.update(&version.to_le_bytes());
        let mut writer = Self { out, at: 0, crc, table: frame::Writer::default(), sections: 0 };
        writer.put(&magic)?;
        writer.put(&version.to_le_bytes())?;
        writer.pad()?;
        Ok(writer)
    }

    /// Adds a section that consists of `pieces`, one after another.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn section<T: Pod>(&mut self, pieces: &[&[T]]) -> Result<()> {
        let start = self.at;
        let mut checksums = Vec::new();
        let (mut crc, mut room) = (crc32fast::Hasher::new(), BLOCK);
        for piece in pieces {
            let mut bytes: &[u8] = bytemuck::cast_slice(piece);
            self.put(bytes)?;
            while !bytes.is_empty() {
                let (now, later) = bytes.split_at(room.min(bytes.len()));
                crc.update(now);
                room -= now.len();
                bytes = later;
                if room == 0 {
                    checksums.push(std::mem::take(&mut crc).finalize());
                    room = BLOCK;
                }
            }
        }
        if room < BLOCK {
            checksums.push(crc.finalize());
        }
        self.table.put_u64s(&[start as u64, (self.at - start) as u64]);
        self.table.put_u32s(&checksums);
        self.sections += 1;
        self.pad()
    }

    /// Writes table and trailer, and returns the output. `label` is any number; `header` holds what is needed to
    /// interpret the sections.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn finish(mut self, label: u64, header: &[u8]) -> Result<W> {
        let mut table = frame::Writer::default();
        table.put_u64s(&[label, header.len() as u64]);
        table.put_u8s(header);
        table.put_u32(self.sections);
        table.put_u8s(&std::mem::take(&mut self.table).into_inner());
        let table = table.into_inner();
        let offset = (self.at as u64).to_le_bytes();
        self.crc.update(&table);
        self.crc.update(&offset);
        let crc = self.crc.clone().finalize().to_le_bytes();
        self.put(&table)?;
        self.put(&offset)?;
        self.put(&crc)?;
        Ok(self.out)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len();
        Ok(())
    }

    fn pad(&mut self) -> Result<()> {
        self.put(&[0; ALIGN][..self.at.next_multiple_of(ALIGN) - self.at])
    }
}
