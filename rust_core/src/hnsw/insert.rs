//! Insertion (paper, algorithm 1), a batch at a time, in three steps: vectors into slots, plans for all, then links one
//! by one. Only the plans take long, and they change nothing: whoever shares the index with searches lets them go on
//! meanwhile.

use super::Index;
use super::beam::SLOTS_MAX;
use super::levels::level;
use super::plan::{NewNode, Plan};
use crate::error::{Error, Result};
use std::collections::HashMap;

/// Nodes planned at once, unless fewer are live: enough to keep several threads busy between two waits, few enough that
/// comparing them with each other costs little beside their beams.
const BATCH: usize = 256;

/// An index that is written to: one's own, or one behind a lock.
pub(crate) trait IndexAccess {
    /// Works on the index, which does not change meanwhile.
    ///
    /// # Errors
    /// Whatever keeps the index from being read.
    fn read<T>(&mut self, work: impl FnOnce(&Index) -> T) -> Result<T>;

    /// Changes the index.
    ///
    /// # Errors
    /// Whatever keeps the index from being written.
    fn write<T>(&mut self, work: impl FnOnce(&mut Index) -> T) -> Result<T>;

    /// [`Index::link`].
    ///
    /// # Errors
    /// As [`Self::write`].
    fn link(&mut self, key: u64, node: NewNode, plan: &Plan) -> Result<()> {
        self.write(|index| _ = index.link(key, node, plan))
    }
}

impl IndexAccess for &mut Index {
    fn read<T>(&mut self, work: impl FnOnce(&Index) -> T) -> Result<T> {
        Ok(work(self))
    }
    fn write<T>(&mut self, work: impl FnOnce(&mut Index) -> T) -> Result<T> {
        Ok(work(self))
    }
}

/// What is inserted, and how.
#[derive(Debug, Clone, Copy)]
pub struct Insertion<'a> {
    /// One for each row.
    pub keys: &'a [u64],
    /// Row-major.
    pub vectors: &'a [f32],
    /// Threads at most, whose number changes nothing but the time it takes.
    pub threads: usize,
}

impl Insertion<'_> {
    /// Inserts the rows. `stop` is asked before every row that the calling thread works on.
    ///
    /// # Errors
    /// As [`Index::insert_parallel`].
    pub(crate) fn run(self, mut access: impl IndexAccess, stop: &dyn Fn() -> bool) -> Result<()> {
        access.read(|index| index.check(&self))??;
        access.write(|index| {
            let more = self.keys.len().saturating_sub(index.free.len());
            index.space.reserve(more);
            index.links.reserve(more);
        })?;
        let last: HashMap<u64, usize> = self.keys.iter().copied().zip(0..).collect();
        let rows: Vec<usize> = (0..self.keys.len()).filter(|row| last[&self.keys[*row]] == *row).collect();
        let mut rows = rows.as_slice();
        let mut result = Ok(());
        while !rows.is_empty() && result.is_ok() {
            let batch = access.write(|index| index.stage(&self, rows))??;
            let (plans, stopped) = access.read(|index| index.plan(&batch, self.threads, stop))?;
            let (now, later) = rows.split_at(batch.len());
            for ((node, plan), row) in batch.iter().zip(&plans).zip(now) {
                access.link(self.keys[*row], *node, plan)?;
            }
            if stopped {
                let unused = batch[plans.len()..].iter().rev().map(|node| node.slot);
                access.write(|index| index.free.extend(unused))?;
                result = Err(Error::Stopped);
            }
            rows = later;
        }
        // The nodes that lost their keys stay in the graph until here, because removing costs one pass over all links.
        if access.read(|index| !index.replaced.is_empty())? {
            access.write(|index| {
                let replaced = std::mem::take(&mut index.replaced);
                index.remove(&replaced);
            })?;
        }
        result
    }
}

impl Index {
    /// As [`Self::insert_parallel`] on the calling thread alone.
    ///
    /// # Errors
    /// As [`Self::insert_parallel`].
    pub fn insert(&mut self, keys: &[u64], vectors: &[f32], stop: &dyn Fn() -> bool) -> Result<()> {
        self.insert_parallel(Insertion { keys, vectors, threads: 1 }, stop)
    }

    /// Inserts rows of [`Self::dim`] values under their keys.
    ///
    /// A key that is there already gets the new vector, and the old one is held until the end of the call;
    /// of a key given twice the last row counts. `stop` is asked before every row that the calling thread works on.
    /// Nothing is changed if a row is unfit.
    ///
    /// # Errors
    /// [`Error::Length`] when the arrays do not match, [`Error::NotFinite`], [`Error::ZeroVector`] or
    /// [`Error::Parameter`] for the first unfit row, [`Error::Parameter`] for no threads or too many rows,
    /// [`Error::Stopped`] when `stop` said so: the rows before stay. [`Error::Checksum`] when the snapshot it came from is
    /// damaged.
    pub fn insert_parallel(&mut self, insertion: Insertion<'_>, stop: &dyn Fn() -> bool) -> Result<()> {
        insertion.run(self, stop)
    }

    fn check(&self, insertion: &Insertion<'_>) -> Result<()> {
        let Insertion { keys, vectors, threads, .. } = insertion;
        let dim = self.dim();
        if keys.len().checked_mul(dim) != Some(vectors.len()) {
            let (expected, got) = (keys.len().saturating_mul(dim), vectors.len());
            return Err(Error::Length { what: "values (keys times dimension)", expected, got });
        }
        if *threads == 0 {
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
        Ok(())
    }

    /// Puts the vectors of the first of `rows` into slots that no search finds yet.
    fn stage(&mut self, insertion: &Insertion<'_>, rows: &[usize]) -> Result<Vec<NewNode>> {
        let mut batch: Vec<NewNode> = Vec::new();
        let top = self.top();
        let most = self.len().clamp(1, BATCH);
        for &row in rows.iter().take(most) {
            let level = level(self.params.seed, self.ordinal.wrapping_add(batch.len() as u64), self.params.m) as usize;
            // A node above all others becomes the entry point, from which the next one has to start.
            if level > top && !batch.is_empty() {
                break;
            }
            let slot = self.take_slot();
            let vector = &insertion.vectors[row * self.dim()..][..self.dim()];
            batch.push(NewNode { slot, level });
            if let Err(error) = self.space.set(slot, &self.space.vectors().prepare(vector)) {
                self.free.extend(batch.iter().rev().map(|node| node.slot));
                return Err(error);
            }
            if level > top {
                break;
            }
        }
        Ok(batch)
    }

    /// A vacant slot that is no longer in the list of free ones.
    fn take_slot(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.links.grow();
            self.keys.push(0);
            self.keys.len() as u32 - 1
        })
    }

    /// Links a node to the neighbours planned for it (algorithm 1, lines 12 to 19) and gives it its key. Returns the slot
    /// that had the key before, whose node is no longer found and still to be removed.
    pub(crate) fn link(&mut self, key: u64, node: NewNode, plan: &Plan) -> Option<u32> {
        let NewNode { slot, level } = node;
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
        self.keys[slot as usize] = key;
        let before = self.slots.insert(key, slot);
        self.replaced.extend(before);
        before
    }
}
