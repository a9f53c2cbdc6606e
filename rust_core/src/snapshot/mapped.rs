//! A section in memory: mapped from its file, or copied where files cannot be mapped.
//!
//! Mappings are private: a page that is written becomes memory of this process, and the file does not change.
//! Shortening the file in place, which this package never does, kills the process (SIGBUS), and rewriting it changes
//! values, though only to wrong numbers, since every bit pattern is valid. A removed drive or a lost network acts like
//! a shortened file. Small files are therefore copied, see `read`.

// The crate denies unsafe code; a file cannot be mapped without it.
#![allow(unsafe_code)]

use crate::error::Result;
use crate::kernels::{Line, flat, flat_mut};
use bytemuck::Pod;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// The values of a section. Changing them does not change the file.
#[derive(Debug)]
pub struct Mapped<T> {
    bytes: Bytes,
    length: usize,
    values: PhantomData<T>,
}

#[derive(Debug)]
enum Bytes {
    #[cfg(unix)]
    File(memmap2::MmapMut),
    /// A copy of the section in whole cache lines, which gives it the same alignment as in the file.
    Memory(Vec<Line<[u8; 64]>>),
}

impl<T: Pod> Default for Mapped<T> {
    fn default() -> Self {
        Self { bytes: Bytes::Memory(Vec::new()), length: 0, values: PhantomData }
    }
}

impl<T: Pod> Mapped<T> {
    /// Maps the `length` bytes at `offset` of `file`, which must exist and form whole values of `T`.
    #[cfg(unix)]
    pub(super) fn of_file(file: &File, offset: u64, length: usize) -> Result<Self> {
        if length == 0 {
            return Ok(Self::default());
        }
        // SAFETY: the values are plain, so whatever bytes are there are values; see the module about the file.
        let map = unsafe { memmap2::MmapOptions::new().offset(offset).len(length).map_copy(file)? };
        Ok(Self { bytes: Bytes::File(map), length, values: PhantomData })
    }

    /// Copies the bytes, because this platform is not Unix and cannot map them.
    #[cfg(not(unix))]
    pub(super) fn of_file(file: &File, offset: u64, length: usize) -> Result<Self> {
        Self::copy_of_file(file, offset, length)
    }

    /// Copies the `length` bytes at `offset` of `file` to memory.
    pub(super) fn copy_of_file(mut file: &File, offset: u64, length: usize) -> Result<Self> {
        let mut lines = vec![Line([0u8; 64]); length.div_ceil(64)];
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut flat_mut(&mut lines)[..length])?;
        Ok(Self { bytes: Bytes::Memory(lines), length, values: PhantomData })
    }

    /// Copies `bytes`, which must form whole values of `T`.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        let mut lines = vec![Line([0; 64]); bytes.len().div_ceil(64)];
        flat_mut(&mut lines)[..bytes.len()].copy_from_slice(bytes);
        Self { bytes: Bytes::Memory(lines), length: bytes.len(), values: PhantomData }
    }
}

impl<T: Pod> Deref for Mapped<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        bytemuck::cast_slice(match &self.bytes {
            #[cfg(unix)]
            Bytes::File(map) => map,
            Bytes::Memory(lines) => &flat(lines)[..self.length],
        })
    }
}

impl<T: Pod> DerefMut for Mapped<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(match &mut self.bytes {
            #[cfg(unix)]
            Bytes::File(map) => map,
            Bytes::Memory(lines) => &mut flat_mut(lines)[..self.length],
        })
    }
}
