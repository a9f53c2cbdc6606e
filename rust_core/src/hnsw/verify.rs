//! Checks the content of the whole index.
//!
//! Searches are safe without these checks, but their results may be wrong.

use super::Index;
use crate::error::{Result, ensure};

impl Index {
    /// Checks that all vectors, codes and lists are valid, and that every node can be found.
    ///
    /// # Errors
    /// [`crate::Error::Checksum`] for a damaged snapshot, or [`crate::Error::Corrupt`] naming what does not hold.
    pub fn verify(&self) -> Result<()> {
        let seen = &mut self.pool.lease_for(self.links.slots()).visited;
        for slot in self.links.live() {
            self.space.verify(slot)?;
            for level in 0..=self.links.level(slot).unwrap_or(0) {
                seen.clear(self.links.slots());
                seen.insert(slot);
                for &next in self.links.list(slot, level) {
                    ensure(!seen.contains(next), "a link leads to its own node or stands twice")?;
                    seen.insert(next);
                }
            }
        }
        if let Some(clusters) = &self.clusters {
            let live = |slot: u32| self.links.level(slot).is_some();
            return ensure(clusters.agree(self.links.slots(), live), "a node is in no cluster, or in two");
        }
        ensure(self.unreachable() == 0, "the entry point does not reach every node")
    }
}
