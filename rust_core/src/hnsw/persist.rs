//! Writes the index to sections of a snapshot, and reads and checks such sections. The checks make the index safe to
//! use.
//!
//! ```text
//! header   metric u8 · precision u8 · m u32 · ef_construction u32 · seed u64 · dim u32 · ordinal u64 · slots u32
//!          entry u32 (2³² − 1: none)
//! keys [u64; slots] · levels [u8; slots] (255: free) · free slots [u32], the last used next
//! lengths on level 0 [u16; slots] · lists on level 0 [[u32; 2M in whole cache lines]; slots]
//! upper lists, per live slot and level from 1: [count u32 · neighbours [u32; M]]
//! codes [[i8; dim in whole cache lines]; slots] · scales [f32; slots] · squared lengths [f32; slots] (L2 alone)
//! vectors [f32; slots · dim], or residuals [[i8; dim in whole cache lines]; slots]
//! ```
//!
//! An index in clusters has no lists, each level is 0, and three more sections follow those of the edges:
//!
//! ```text
//! cluster of each slot [u32; slots] (2³² − 1: free) · codes of the centroids [[i8; dim in whole cache lines]; clusters]
//! scales of these codes [f32; clusters]
//! ```
//!
//! Beside the checksums, reading checks what searches and changes rely on in order not to fail: lengths, slots and
//! levels of every link. `verify` checks the rest, which takes reading all content.

use super::beam::SLOTS_MAX;
use super::clusters::Clusters;
use super::codes::Codes;
use super::{Index, Metric, Params, Precision};
use crate::error::{Error, Result, ensure};
use crate::frame;
use crate::snapshot::{Snapshot, Writer};
use std::io::Write;

const NONE: u32 = u32::MAX;

impl Index {
    /// Appends the index to a snapshot: numbers to the header, arrays as sections.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Checksum`] when the snapshot it was read from is damaged.
    pub(crate) fn write<W: Write>(&self, header: &mut frame::Writer, out: &mut Writer<W>) -> Result<()> {
        header.put_u8(self.params.metric as u8);
        header.put_u8(self.params.precision as u8);
        // Parameters, dimension and slots are within u32 by their ranges.
        header.put_u32(self.params.m as u32);
        header.put_u32(self.params.ef_construction as u32);
        header.put_u64(self.params.seed);
        header.put_u32(self.dim() as u32);
        header.put_u64(self.ordinal);
        header.put_u32(self.links.slots() as u32);
        header.put_u32(self.entry.unwrap_or(NONE));
        out.section(&[&self.keys])?;
        out.section(&[self.links.levels()])?;
        out.section(&[&self.free])?;
        self.links.write(out)?;
        self.space.write(out)
    }

    /// Reads an index from the header and the sections of a snapshot.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Checksum`], [`Error::Io`], or [`Error::Corrupt`] naming what does not hold.
    pub(crate) fn read(header: &mut frame::Reader<'_>, from: &mut Snapshot<'_>) -> Result<Self> {
        const HEADER: &str = "the index header";
        let code = header.u8(HEADER)? as usize;
        let metric = *Metric::ALL.get(code).ok_or(Error::Corrupt { what: "unknown metric" })?;
        let code = header.u8(HEADER)? as usize;
        let precision = *Precision::ALL.get(code).ok_or(Error::Corrupt { what: "unknown precision" })?;
        let (m, ef_construction) = (header.u32(HEADER)? as usize, header.u32(HEADER)? as usize);
        let params = Params { metric, m, ef_construction, seed: header.u64(HEADER)?, precision };
        let mut index = Self::new(header.u32(HEADER)? as usize, params)
            .map_err(|_| Error::Corrupt { what: "an index parameter is out of range" })?;
        index.ordinal = header.u64(HEADER)?;
        let slots = header.u32(HEADER)? as usize;
        ensure(slots < SLOTS_MAX, "too many slots")?;
        let entry = header.u32(HEADER)?;
        index.entry = (entry != NONE).then_some(entry);
        index.keys = from.copy()?;
        let levels: Vec<u8> = from.copy()?;
        index.free = from.copy()?;
        ensure([index.keys.len(), levels.len()] == [slots; 2], "keys and slots do not add up")?;
        index.links.read(levels, from)?;
        index.space.read(slots, index.links.are_linked(), from)?;
        index.name_nodes()?;
        index.check_free()?;
        index.check_entry()?;
        Ok(index)
    }

    /// Appends the sections of the clusters to a snapshot; nothing if the index is one graph.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write_clusters<W: Write>(&self, out: &mut Writer<W>) -> Result<()> {
        self.clusters.as_ref().map_or(Ok(()), |clusters| clusters.write(self.links.slots(), out))
    }

    /// Reads the sections of the clusters; `there` says whether the snapshot has any.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn read_clusters(&mut self, there: bool, from: &mut Snapshot<'_>) -> Result<()> {
        ensure(there != self.links.are_linked(), "there are neither links nor clusters, or both")?;
        if there {
            ensure(self.params.metric == Metric::Cosine && self.space.is_coded(), "clusters of nodes without codes")?;
            let centroids = Codes::new(self.dim(), Metric::Cosine);
            let (slots, links) = (self.links.slots(), &self.links);
            ensure(links.live().all(|slot| links.level(slot) == Some(0)), "a node of a cluster has a level")?;
            self.clusters = Some(Clusters::read(centroids, slots, |slot| links.level(slot).is_some(), from)?);
        }
        Ok(())
    }

    /// Builds the map from keys to slots.
    fn name_nodes(&mut self) -> Result<()> {
        let live: Vec<u32> = self.links.live().collect();
        self.slots.reserve(live.len());
        for slot in live {
            ensure(self.slots.insert(self.keys[slot as usize], slot).is_none(), "a key stands twice")?;
        }
        Ok(())
    }

    fn check_free(&self) -> Result<()> {
        ensure(self.slots.len() + self.free.len() == self.links.slots(), "free and live slots do not add up")?;
        let seen = &mut self.pool.lease_for(self.links.slots()).visited;
        for &slot in &self.free {
            ensure((slot as usize) < self.links.slots(), "a free slot is not a slot")?;
            let fresh = self.links.level(slot).is_none() && !seen.contains(slot);
            ensure(fresh, "a free slot is live or stands twice")?;
            seen.insert(slot);
        }
        Ok(())
    }

    /// Checks that the entry point is a node on the highest level.
    fn check_entry(&self) -> Result<()> {
        let highest = self.links.live().map(|slot| self.links.level(slot)).max();
        let Some(entry) = self.entry else {
            return ensure(highest.is_none(), "nodes without an entry point");
        };
        ensure((entry as usize) < self.links.slots(), "the entry point is not a slot")?;
        let level = self.links.level(entry);
        ensure(level.is_some() && Some(level) == highest, "the entry point is not on the top level")
    }
}
