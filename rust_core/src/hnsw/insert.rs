//! Insertion (paper, algorithm 1).

use super::Index;
use super::levels::level;
use crate::error::{Error, Result};
use std::collections::HashMap;

impl Index {
    /// Inserts `vectors` (row-major, `keys.len()` rows of [`Self::dim`]) under `keys`.
    ///
    /// A key that is there already gets the new vector, and the old one is held until the end of the call; of a key
    /// given twice the last row counts. `stop` is asked before every row. Nothing is changed if a row is unfit.
    ///
    /// # Errors
    /// [`Error::Length`] when the arrays do not match, [`Error::NotFinite`], [`Error::ZeroVector`] or
    /// [`Error::Parameter`] for the first unfit row, [`Error::Stopped`] when `stop` said so: the rows before stay.
    pub fn insert(&mut self, keys: &[u64], vectors: &[f32], stop: &dyn Fn() -> bool) -> Result<()> {
        let dim = self.dim();
        if keys.len().checked_mul(dim) != Some(vectors.len()) {
            let (expected, got) = (keys.len().saturating_mul(dim), vectors.len());
            return Err(Error::Length { what: "values (keys times dimension)", expected, got });
        }
        for (row, vector) in vectors.chunks_exact(dim).enumerate() {
            self.vectors.check(vector, row)?;
        }
        // A number of slots is a u32 in files, where the largest stands for no slot. A row may need a new slot each.
        if self.keys.len() + keys.len() >= u32::MAX as usize {
            return Err(Error::Parameter {
                what: "an index holds up to 2^32 - 2 vectors",
                got: keys.len().to_string(),
            });
        }
        let last: HashMap<u64, usize> = keys.iter().copied().zip(0..).collect();
        let mut replaced = Vec::new();
        let mut result = Ok(());
        for (row, vector) in vectors.chunks_exact(dim).enumerate() {
            if stop() {
                result = Err(Error::Stopped);
                break;
            }
            if last[&keys[row]] == row {
                let slot = self.insert_row(&self.vectors.prepare(vector));
                self.keys[slot as usize] = keys[row];
                replaced.extend(self.slots.insert(keys[row], slot));
            }
        }
        // The nodes that lost their keys stay in the graph until here, because removing costs one pass over all links.
        self.remove(&replaced);
        result
    }

    /// Links a prepared vector into the graph and returns its slot.
    fn insert_row(&mut self, vector: &[f32]) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.links.grow();
            self.keys.push(0);
            self.keys.len() as u32 - 1
        });
        self.vectors.set(slot, vector);
        let level = level(self.params.seed, self.ordinal, self.params.m);
        // Read from a file, it may be any number.
        self.ordinal = self.ordinal.wrapping_add(1);
        self.links.occupy(slot, level);
        let level = level as usize;
        let Some(entry) = self.entry else {
            self.entry = Some(slot);
            return slot;
        };
        let top = self.top();
        let nearest = (level + 1..=top).rev().fold(entry, |from, above| self.descend(vector, from, above));
        let mut from = vec![nearest];
        for on in (0..=level.min(top)).rev() {
            let found = self.beam(vector, &from, self.params.ef_construction, on);
            // The next entry point must reach everything, which it does by a link to the present one.
            let leads = on == 0 && level > top;
            let chosen = self.select(&found, self.params.m - usize::from(leads));
            self.links.set(slot, on, &chosen);
            if leads && !chosen.contains(&entry) {
                self.links.push(slot, on, entry);
            }
            // On level 0 each of these may add one link to the list of `slot`, which then holds 2M = M0 at most.
            for &neighbour in &chosen {
                self.connect(neighbour, slot, on);
            }
            from = found.iter().map(|candidate| candidate.slot).collect();
        }
        if level > top {
            self.entry = Some(slot);
        }
        slot
    }
}
