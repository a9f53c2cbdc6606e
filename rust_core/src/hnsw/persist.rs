//! Bytes of an index, and every check on bytes that claim to be one.
//!
//! ```text
//! metric u8 · m u32 · ef_construction u32 · seed u64 · dim u32 · ordinal u64
//! slots u32 · entry u32 (2³² − 1: none)
//! keys [u64; slots] · levels [u8; slots] (255: free) · vectors [f32; slots · dim]
//! free count u32 · free slots [u32], in the order of their use from the end
//! per live slot, rising, and level from 0: count u32 · neighbours [u32]
//! ```
//!
//! All little-endian. Codes are not stored: they are made from the vectors again. Memory is taken as the bytes are
//! read; what is not in the file, codes and the rest of a list's block, is less than the vectors and at most `2M + 16`
//! values a slot with M ≤ 128.

use super::beam::SLOTS_MAX;
use super::levels::LEVEL_MAX;
use super::{Index, Metric, Params};
use crate::bytes::{Reader, Writer};
use crate::error::{Error, Result};

const NONE: u32 = u32::MAX;
const FREE: u8 = u8::MAX;

fn ensure(holds: bool, what: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::Corrupt { what }) }
}

impl Index {
    /// Appends the index to `out`.
    pub(crate) fn encode(&self, out: &mut Writer) {
        out.put_u8(self.params.metric as u8);
        // Parameters, dimension and slots are within u32 by their ranges.
        out.put_u32(self.params.m as u32);
        out.put_u32(self.params.ef_construction as u32);
        out.put_u64(self.params.seed);
        out.put_u32(self.dim() as u32);
        out.put_u64(self.ordinal);
        let slots = self.links.slots() as u32;
        out.put_u32(slots);
        out.put_u32(self.entry.unwrap_or(NONE));
        out.put_u64s(&self.keys);
        (0..slots).for_each(|slot| out.put_u8(self.links.level(slot).map_or(FREE, |level| level as u8)));
        out.put_f32s(self.space.vectors().rows());
        out.put_u32(self.free.len() as u32);
        out.put_u32s(&self.free);
        for slot in self.links.live() {
            for level in 0..=self.links.level(slot).unwrap_or(0) {
                let list = self.links.list(slot, level);
                out.put_u32(list.len() as u32);
                out.put_u32s(list);
            }
        }
    }

    /// Reads an index.
    ///
    /// # Errors
    /// [`Error::Truncated`], or [`Error::Corrupt`] naming the invariant that does not hold.
    pub(crate) fn decode(from: &mut Reader<'_>) -> Result<Self> {
        const HEADER: &str = "the index header";
        let code = from.u8(HEADER)? as usize;
        let metric = *Metric::ALL.get(code).ok_or(Error::Corrupt { what: "unknown metric" })?;
        let (m, ef_construction) = (from.u32(HEADER)? as usize, from.u32(HEADER)? as usize);
        let params = Params { metric, m, ef_construction, seed: from.u64(HEADER)? };
        let mut index = Self::new(from.u32(HEADER)? as usize, params)
            .map_err(|_| Error::Corrupt { what: "an index parameter is out of range" })?;
        index.ordinal = from.u64(HEADER)?;
        let slots = from.u32(HEADER)?;
        let entry = from.u32(HEADER)?;
        index.read_nodes(from, slots)?;
        index.read_free(from)?;
        index.read_links(from)?;
        let highest = index.links.live().filter_map(|slot| index.links.level(slot)).max();
        if entry != NONE {
            ensure(entry < slots, "the entry point is not a slot")?;
            index.entry = Some(entry);
        }
        ensure(
            index.entry.and_then(|slot| index.links.level(slot)) == highest,
            "the entry point is not on the top level",
        )?;
        ensure((entry == NONE) == highest.is_none(), "an entry point without a node, or a node without one")?;
        ensure(index.unreachable() == 0, "the entry point does not reach every node")?;
        Ok(index)
    }

    fn read_nodes(&mut self, from: &mut Reader<'_>, slots: u32) -> Result<()> {
        ensure((slots as usize) < SLOTS_MAX, "too many slots")?;
        let count = slots as usize;
        self.keys = from.u64s(count, "keys")?;
        let levels = from.u8s(count, "levels")?;
        let values = count.checked_mul(self.dim()).ok_or(Error::Truncated { what: "vectors" })?;
        let rows = from.f32s(values, "vectors")?;
        self.space.restore(rows, |slot| levels[slot] != FREE)?;
        for (slot, &level) in (0..).zip(&levels) {
            self.links.grow();
            if level != FREE {
                ensure(level <= LEVEL_MAX, "a level is too high")?;
                self.links.occupy(slot, level);
                ensure(self.slots.insert(self.keys[slot as usize], slot).is_none(), "a key stands twice")?;
            }
        }
        Ok(())
    }

    fn read_free(&mut self, from: &mut Reader<'_>) -> Result<()> {
        let count = from.u32("free slots")? as usize;
        self.free = from.u32s(count, "free slots")?;
        ensure(self.slots.len() + count == self.links.slots(), "free and live slots do not add up")?;
        let seen = &mut self.pool.lease(self.links.slots()).visited;
        for &slot in &self.free {
            ensure((slot as usize) < self.links.slots(), "a free slot is not a slot")?;
            let fresh = self.links.level(slot).is_none() && !seen.contains(slot);
            ensure(fresh, "a free slot is live or stands twice")?;
            seen.insert(slot);
        }
        Ok(())
    }

    fn read_links(&mut self, from: &mut Reader<'_>) -> Result<()> {
        let nodes: Vec<(u32, usize)> =
            self.links.live().filter_map(|slot| Some((slot, self.links.level(slot)?))).collect();
        let seen = &mut self.pool.lease(self.links.slots()).visited;
        for (slot, top) in nodes {
            for level in 0..=top {
                let count = from.u32("links")? as usize;
                ensure(count <= self.params.capacity(level), "a list is longer than its capacity")?;
                let list = from.u32s(count, "links")?;
                seen.clear(self.links.slots());
                seen.insert(slot);
                for &next in &list {
                    ensure((next as usize) < self.links.slots(), "a link leads to no slot")?;
                    ensure(self.links.level(next).is_some_and(|its| its >= level), "a link leads off its level")?;
                    ensure(!seen.contains(next), "a link leads to its own node or stands twice")?;
                    seen.insert(next);
                }
                self.links.set(slot, level, &list);
            }
        }
        Ok(())
    }
}
