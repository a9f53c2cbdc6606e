//! Inserts nodes in batches (paper, algorithm 1). Each batch takes three steps: put the vectors into slots, choose all
//! neighbours, then link the nodes one by one. Only the second step takes long, and it changes nothing, so that
//! searches can run meanwhile.

use super::Index;
use super::beam::SLOTS_MAX;
use super::levels::level;
use super::plan::{NewNode, Plan};
use crate::error::{Error, Result};
use std::collections::HashMap;

/// Largest number of nodes in a batch.
///
/// It is enough to keep several threads busy, and so few that comparing them with each other takes little time compared
/// with their searches.
const BATCH: usize = 256;

/// How an insertion accesses its index: directly or through a lock.
pub(crate) trait IndexAccess {
    /// Runs `work` with read access to the index, which does not change meanwhile.
    ///
    /// # Errors
    /// Errors of taking the lock.
    fn read<T>(&mut self, work: impl FnOnce(&Index) -> T) -> Result<T>;

    /// Runs `work` with exclusive access to change the index.
    ///
    /// # Errors
    /// Errors of taking the lock.
    fn write<T>(&mut self, work: impl FnOnce(&mut Index) -> T) -> Result<T>;

    /// Links a node as [`Index::link`] does.
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

/// The vectors to insert, and their keys.
#[derive(Debug, Clone, Copy)]
pub struct Insertion<'a> {
    /// One key per row of `vectors`.
    pub keys: &'a [u64],
    /// The vectors, row by row.
    pub vectors: &'a [f32],
    /// Maximum number of threads. It affects only the time.
    pub threads: usize,
}

impl Insertion<'_> {
    /// Inserts the rows into the index.
    ///
    /// `stop` is polled before every row of the calling thread.
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
        // Replaced nodes are removed together at the end, because a removal costs one pass over all links.
        if access.read(|index| !index.replaced.is_empty())? {
            access.write(|index| {
                let replaced = std::mem::take(&mut index.replaced);
                index.remove(&replaced);
            })?;
        }
        // Searches wait for it, a third of a millisecond per thousand nodes, but only when the index has doubled.
        if access.read(|index| index.space.outgrown())? {
            access.write(|index| index.space.sketch())?;
        }
        result
    }
}

impl Index {
    /// Inserts rows as [`Self::insert_parallel`] does, but only on the calling thread.
    ///
    /// # Errors
    /// As [`Self::insert_parallel`].
    pub fn insert(&mut self, keys: &[u64], vectors: &[f32], stop: &dyn Fn() -> bool) -> Result<()> {
        self.insert_parallel(Insertion { keys, vectors, threads: 1 }, stop)
    }

    /// Inserts vectors, each of [`Self::dim`] values, under the given keys.
    ///
    /// An existing key gets the new vector, and the old one takes memory until the end of the call; of a key given
    /// twice the last row counts. `stop` is polled before every row of the calling thread. Changes nothing if a row is
    /// unfit.
    ///
    /// # Errors
    /// [`Error::Length`] when the arrays do not match, [`Error::NotFinite`], [`Error::ZeroVector`] or
    /// [`Error::Parameter`] for the first unfit row, [`Error::Parameter`] for no threads or too many rows,
    /// [`Error::Stopped`] when `stop` returns true, which keeps the rows inserted before, [`Error::Checksum`] when the
    /// index's snapshot is damaged.
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

    /// Stores the vectors of the next batch in slots that searches do not reach yet, and returns the new nodes.
    ///
    /// The batch consists of the first of `rows`.
    fn stage(&mut self, insertion: &Insertion<'_>, rows: &[usize]) -> Result<Vec<NewNode>> {
        let mut batch: Vec<NewNode> = Vec::new();
        let top = self.top();
        let most = self.len().clamp(1, BATCH);
        for &row in rows.iter().take(most) {
            let ordinal = self.ordinal.wrapping_add(batch.len() as u64);
            let level =
                if self.clusters.is_some() { 0 } else { level(self.params.seed, ordinal, self.params.m) as usize };
            // A node above all others becomes the entry point, so the next node must be planned after it is linked.
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

    /// Returns a free slot, or a new one if none is free.
    fn take_slot(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.links.grow();
            self.keys.push(0);
            self.keys.len() as u32 - 1
        })
    }

    /// Links a node to its planned neighbours, or puts it into its planned cluster. The node gets the key `key`. Links
    /// are made as in algorithm 1, lines 12 to 19. Returns the slot that had the key before, whose node is no longer
    /// found and must be removed.
    pub(crate) fn link(&mut self, key: u64, node: NewNode, plan: &Plan) -> Option<u32> {
        let NewNode { slot, level } = node;
        let top = self.top();
        // A file may hold any number here.
        self.ordinal = self.ordinal.wrapping_add(1);
        self.links.occupy(slot, level as u8);
        if let Some(clusters) = &mut self.clusters {
            clusters.put(slot, plan[0][0]);
        }
        let lists = if self.clusters.is_some() { 0 } else { plan.len() };
        for (on, chosen) in plan.iter().take(lists).enumerate().rev() {
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
