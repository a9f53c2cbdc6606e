//! The checksums of a section that is too large to be read on opening. Each block is checked when it is first used.

use super::BLOCK;
use crate::error::{Error, Result};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// The checksums of a section's blocks, and which blocks have been checked.
#[derive(Debug, Default)]
pub struct Blocks {
    expected: Vec<u32>,
    good: Vec<AtomicBool>,
}

impl Blocks {
    pub(super) fn new(expected: Vec<u32>) -> Self {
        let good = expected.iter().map(|_| AtomicBool::new(false)).collect();
        Self { expected, good }
    }

    /// Whether there are no checksums. Then the section was checked as a whole, or is not from a file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }

    /// Checks those blocks of `section` that overlap `range` and have not been checked. Bytes beyond the section are
    /// not from the file and have no checksum.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    #[inline]
    pub fn check(&self, section: &[u8], range: Range<usize>) -> Result<()> {
        let last = range.end.div_ceil(BLOCK).min(self.good.len());
        for block in range.start / BLOCK..last {
            // Two threads may compare the same block, with the same outcome.
            if !self.good[block].load(Ordering::Relaxed) {
                self.compare(section, block)?;
            }
        }
        Ok(())
    }

    #[cold]
    fn compare(&self, section: &[u8], block: usize) -> Result<()> {
        let bytes = section.chunks(BLOCK).nth(block).unwrap_or_default();
        if crc32fast::hash(bytes) != self.expected[block] {
            return Err(Error::Checksum);
        }
        self.good[block].store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Checks all blocks of `section` that have not been checked.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub fn check_all(&self, section: &[u8]) -> Result<()> {
        self.check(section, 0..section.len())
    }
}
