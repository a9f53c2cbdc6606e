//! Checksums of a section too large to be read on opening: each block is compared with its own when first used.

use super::BLOCK;
use crate::error::{Error, Result};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Checksums of a section's blocks, and which blocks have been compared.
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

    /// Compares the blocks of `section` that overlap `range` and have not been compared; bytes beyond the section are
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

    /// Compares all blocks of `section` that have not been compared.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub fn check_all(&self, section: &[u8]) -> Result<()> {
        self.check(section, 0..section.len())
    }
}
