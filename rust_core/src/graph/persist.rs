//! Writes and reads the sections of a snapshot that hold the edges: all edge lists, flattened into two arrays.
//!
//! ```text
//! ends per slot [u32; slots] · ends [[other u32 · weight f32 · relation u16, incoming u16]]
//! ```

use super::{End, Graph};
use crate::error::Result;
use crate::snapshot::{Snapshot, Writer};
use std::io::Write;

impl Graph {
    /// Appends the lists of the first `slots` slots to a snapshot.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub(crate) fn write<W: Write>(&self, slots: usize, out: &mut Writer<W>) -> Result<()> {
        let (counts, ends) = self.to_arrays(slots);
        let words =
            |end: End| [end.other, end.weight.to_bits(), u32::from(end.relation) | u32::from(end.incoming) << 16];
        let ends: Vec<[u32; 3]> = ends.into_iter().map(words).collect();
        out.section(&[&counts])?;
        out.section(&[&ends])
    }

    /// Reads the lists from a snapshot.
    ///
    /// Every edge must connect slots for which `live` returns true.
    ///
    /// # Errors
    /// As [`Self::from_arrays`], [`crate::Error::Checksum`], [`crate::Error::Io`].
    pub(crate) fn read(from: &mut Snapshot<'_>, live: impl Fn(u32) -> bool) -> Result<Self> {
        let counts: Vec<u32> = from.copy()?;
        let end = |[other, weight, kind]: &[u32; 3]| End {
            other: *other,
            weight: f32::from_bits(*weight),
            relation: *kind as u16,
            incoming: (kind >> 16) as u16,
        };
        let ends: Vec<End> = from.map::<[u32; 3]>()?.iter().map(end).collect();
        Self::from_arrays(&counts, ends, live)
    }
}
