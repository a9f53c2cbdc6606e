//! Insertion (paper, algorithm 1), a batch at a time: vectors into slots, plans for all, then links one by one.

use super::Index;
use super::beam::SLOTS_MAX;
use super::levels::level;
use super::plan::{Newcomer, Plan};
use crate::error::{Error, Result};
use std::collections::HashMap;

/// Nodes planned at once, unless fewer are live: enough to keep several threads busy between two waits, few enough that
/// comparing them with each other costs little beside their beams.
const BATCH: usize = 256;

impl Index {
    /// As [`Self::insert_parallel`] on the calling thread alone.
    ///
    /// # Errors
    /// As [`Self::insert_parallel`].
    pub fn insert(&mut self, keys: &[u64], vectors: &[f32], stop: &dyn Fn() -> bool) -> Result<()> {
        self.insert_parallel(keys, vectors, 1, stop)
    }

    /// Inserts `vectors` (row-major, `keys.len()` rows of [`Self::dim`]) under `keys` on up to `threads` threads, whose
    /// number changes nothing but the time it takes.
    ///
    /// A key that is there already gets the new vector, and the old one is held until the end of the call; of a key
    /// given twice the last row counts. `stop` is asked before every row that the calling thread works on. Nothing is
    /// changed if a row is unfit.
    ///
    /// # Errors
    /// [`Error::Length`] when the arrays do not match, [`Error::NotFinite`], [`Error::ZeroVector`] or
    /// [`Error::Parameter`] for the first unfit row, [`Error::Parameter`] for no threads, [`Error::Stopped`] when `stop`
    /// said so: the rows before stay.
    pub fn insert_parallel(
        &mut self,
        keys: &[u64],
        vectors: &[f32],
        threads: usize,
        stop: &dyn Fn() -> bool,
    ) -> Result<()> {
        let dim = self.dim();
        if keys.len().checked_mul(dim) != Some(vectors.len()) {
            let (expected, got) = (keys.len().saturating_mul(dim), vectors.len());
            return Err(Error::Length { what: "values (keys times dimension)", expected, got });
        }
        if threads == 0 {
            return Err(Error::Parameter { what: "threads must be at least 1", got: "0".to_owned() });
        }
        for (row, vector) in vectors.chunks_exact(dim).enumerate() {
            self.space.vectors().check(vector, row)?;
        }
        // A row may need a new slot each.
        if self.keys.len() + keys.len() >= SLOTS_MAX {
            return Err(Error::Parameter {
                what: "an index holds up to 2^31 - 1 vectors",
                got: keys.len().to_string(),
            });
        }
        let last: HashMap<u64, usize> = keys.iter().copied().zip(0..).collect();
        let mut rows = (0..keys.len()).filter(|row| last[&keys[*row]] == *row).peekable();
        let mut replaced = Vec::new();
        let mut result = Ok(());
        while rows.peek().is_some() {
            let mut batch = Vec::new();
            let mut taken = Vec::new();
            let top = self.top();
            while batch.len() < self.len().clamp(1, BATCH)
                && let Some(&row) = rows.peek()
            {
                let level = level(self.params.seed, self.ordinal.wrapping_add(batch.len() as u64), self.params.m);
                // A node above all others becomes the entry point, from which the next one has to start.
                if level as usize > top && !batch.is_empty() {
                    break;
                }
                rows.next();
                let slot = self.take_slot();
                self.space.set(slot, &self.space.vectors().prepare(&vectors[row * dim..][..dim]));
                batch.push(Newcomer { slot, level: level as usize });
                taken.push(row);
                if level as usize > top {
                    break;
                }
            }
            let (plans, stopped) = self.plan(&batch, threads, stop);
            for ((newcomer, plan), row) in batch.iter().zip(&plans).zip(taken) {
                self.link(*newcomer, plan);
                self.keys[newcomer.slot as usize] = keys[row];
                replaced.extend(self.slots.insert(keys[row], newcomer.slot));
            }
            if stopped {
                self.free.extend(batch[plans.len()..].iter().rev().map(|newcomer| newcomer.slot));
                result = Err(Error::Stopped);
                break;
            }
        }
        // The nodes that lost their keys stay in the graph until here, because removing costs one pass over all links.
        self.remove(&replaced);
        result
    }

    /// A vacant slot that is no longer in the list of free ones.
    fn take_slot(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.links.grow();
            self.keys.push(0);
            self.keys.len() as u32 - 1
        })
    }

    /// Links a node to the neighbours planned for it (algorithm 1, lines 12 to 19).
    fn link(&mut self, newcomer: Newcomer, plan: &Plan) {
        let Newcomer { slot, level } = newcomer;
        let top = self.top();
        // Read from a file, it may be any number.
        self.ordinal = self.ordinal.wrapping_add(1);
        self.links.occupy(slot, level as u8);
        for (on, chosen) in plan.iter().enumerate().rev() {
            self.links.set(slot, on, chosen);
            // On level 0 each of these may add one link to the list of `slot`, which then holds 2M = M0 at most.
            for &neighbour in chosen {
                self.connect(neighbour, slot, on);
            }
        }
        if self.entry.is_none() || level > top {
            self.entry = Some(slot);
        }
    }
}
