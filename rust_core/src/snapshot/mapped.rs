//! A section in memory: mapped from its file, or copied where there is no mapping to be had.
//!
//! Mappings are private: a page that is written to becomes memory of this process, and the file stays as it is. Whoever
//! shortens or rewrites the file in place, which this package never does, can stop the process (SIGBUS) or change values
//! under it; the latter is only ever a wrong number, since every pattern of bits is a valid one. A drive that is pulled
//! out, or a network that ends, shortens files in the same way. So small files are copied, see `read`.

// The crate denies unsafe code; a file cannot be mapped without it.
#![allow(unsafe_code)]

use crate::error::Result;
use crate::kernels::{Line, flat, flat_mut};
use bytemuck::Pod;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Values of a section, which may be changed without changing the file.
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
    /// In whole cache lines, as sections are aligned.
    Memory(Vec<Line<[u8; 64]>>),
}

impl<T: Pod> Default for Mapped<T> {
    fn default() -> Self {
        Self { bytes: Bytes::Memory(Vec::new()), length: 0, values: PhantomData }
    }
}

impl<T: Pod> Mapped<T> {
    /// The `length` bytes at `offset` of `file`. `length` is a multiple of the size of a value and inside the file.
    #[cfg(unix)]
    pub(super) fn of_file(file: &File, offset: u64, length: usize) -> Result<Self> {
        if length == 0 {
            return Ok(Self::default());
        }
        // SAFETY: the values are plain, so whatever bytes are there are values; see the module about the file.
        let map = unsafe { memmap2::MmapOptions::new().offset(offset).len(length).map_copy(file)? };
        Ok(Self { bytes: Bytes::File(map), length, values: PhantomData })
    }

    /// There is no mapping to be had.
    #[cfg(not(unix))]
    pub(super) fn of_file(file: &File, offset: u64, length: usize) -> Result<Self> {
        Self::copy_of_file(file, offset, length)
    }

    /// As [`Self::of_file`], in memory.
    pub(super) fn copy_of_file(mut file: &File, offset: u64, length: usize) -> Result<Self> {
        let mut lines = vec![Line([0u8; 64]); length.div_ceil(64)];
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut flat_mut(&mut lines)[..length])?;
        Ok(Self { bytes: Bytes::Memory(lines), length, values: PhantomData })
    }

    /// A copy of `bytes`, whose number is a multiple of the size of a value.
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
