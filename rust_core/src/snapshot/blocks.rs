//! The checksums of a section that is too large to be read when it is opened: each block is compared with its own when
//! something in it is first used.

use super::BLOCK;
use crate::error::{Error, Result};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Checksums of a section's blocks, and which have been compared.
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

    /// Compares the blocks of `section` that `range` touches, those that have not been; bytes beyond the section are
    /// not the file's and need no checksum.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    #[inline]
    pub fn check(&self, section: &[u8], range: Range<usize>) -> Result<()> {
        let last = range.end.div_ceil(BLOCK).min(self.good.len());
        for block in range.start / BLOCK..last {
            // Set by whoever compared it; two threads may both do that, with the same outcome.
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

    /// Compares all blocks of `section` that have not been.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub fn check_all(&self, section: &[u8]) -> Result<()> {
        self.check(section, 0..section.len())
    }
}
