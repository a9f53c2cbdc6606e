//! A growing array of plain values in whole cache lines, and in huge pages if it is large.
//!
//! A walk through a graph reads rows anywhere in memory. With pages of 4 KiB nearly every row of a large index also
//! misses the processor's table of pages; with pages of 2 MiB the table covers the index.

use crate::kernels::{Line, flat, flat_mut};
use bytemuck::Pod;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Smallest size in bytes that is requested from the system as pages; below it, half a huge page might lie unused.
#[cfg(unix)]
const PAGED_FROM: usize = 4 << 20;

/// An array that grows by zeros and never shrinks.
#[derive(Debug)]
pub(super) struct Buffer<T> {
    /// All bytes beyond the values are zeros.
    memory: Memory,
    length: usize,
    values: PhantomData<T>,
}

#[derive(Debug)]
enum Memory {
    Lines(Vec<Line<[u8; 64]>>),
    #[cfg(unix)]
    Pages(memmap2::MmapMut),
}

impl<T: Pod> Buffer<T> {
    /// Returns an empty array.
    pub(super) fn new() -> Self {
        Self { memory: Memory::Lines(Vec::new()), length: 0, values: PhantomData }
    }

    /// Makes room for `count` more values.
    pub(super) fn reserve(&mut self, count: usize) {
        let needed = self.length.saturating_add(count).saturating_mul(size_of::<T>());
        let room = self.memory.bytes().len();
        if needed > room {
            let mut memory = Memory::new(needed.max(room.saturating_mul(2)));
            let used = self.length * size_of::<T>();
            memory.bytes_mut()[..used].copy_from_slice(&self.memory.bytes()[..used]);
            self.memory = memory;
        }
    }

    /// Adds `count` zeros.
    pub(super) fn grow(&mut self, count: usize) {
        self.reserve(count);
        self.length += count;
    }
}

impl Memory {
    /// Returns at least `size` zeros.
    fn new(size: usize) -> Self {
        #[cfg(unix)]
        if size >= PAGED_FROM
            && let Ok(pages) = memmap2::MmapMut::map_anon(size)
        {
            // Without huge pages everything works the same, only more slowly.
            #[cfg(target_os = "linux")]
            let _ = pages.advise(memmap2::Advice::HugePage);
            return Self::Pages(pages);
        }
        Self::Lines(vec![Line([0; 64]); size.div_ceil(64)])
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Lines(lines) => flat(lines),
            #[cfg(unix)]
            Self::Pages(pages) => pages,
        }
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Lines(lines) => flat_mut(lines),
            #[cfg(unix)]
            Self::Pages(pages) => pages,
        }
    }
}

impl<T: Pod> Deref for Buffer<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        bytemuck::cast_slice(&self.memory.bytes()[..self.length * size_of::<T>()])
    }
}

impl<T: Pod> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.memory.bytes_mut()[..self.length * size_of::<T>()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_when_the_array_grows_and_new_ones_are_zeros() {
        let mut buffer = Buffer::<u32>::new();
        buffer.reserve(0);
        assert!(buffer.is_empty());
        // From lines to pages, and from pages to more pages.
        for (step, count) in [3, 1, 1 << 19, 1 << 20, 1 << 21, 5].into_iter().enumerate() {
            let before = buffer.len();
            buffer.grow(count);
            assert_eq!(buffer.len(), before + count);
            assert!(buffer[before..].iter().all(|value| *value == 0), "step {step}");
            buffer[before] = step as u32 + 1;
            assert_eq!(buffer.as_ptr().align_offset(64), 0);
        }
        let kept: Vec<u32> = buffer.iter().copied().filter(|value| *value > 0).collect();
        assert_eq!(kept, [1, 2, 3, 4, 5, 6]);
        let before = buffer.as_ptr();
        buffer.reserve(1000);
        let place = buffer.as_ptr();
        buffer.grow(1000);
        assert_eq!(buffer.as_ptr(), place, "{before:?}");
    }
}
