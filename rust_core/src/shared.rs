//! A memory that several threads use at once: searches share it, and an insertion lets them go on while it looks for the
//! neighbours of its nodes, which is nearly all it does.
//!
//! ```text
//! insertion   stage │ plan ················ │ link │ link │ link │ stage │ plan ····
//! searches          │ ····················· │      │      │      │       │ ·········
//! ```
//!
//! Writers take turns by a lock of their own, so that an insertion finds its half of a batch as it left it. Links are made
//! one node at a time: a search waits for one, never for a batch. Deleting reads all lists and has the memory alone.

use crate::error::{Error, Result};
use crate::hnsw::{Index, Insertion, Newcomer, Plan, Site};
use crate::memory::GraphMemory;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A [`GraphMemory`] behind locks.
#[derive(Debug)]
pub struct SharedMemory {
    memory: RwLock<GraphMemory>,
    writing: Mutex<()>,
}

const POISONED: Error = Error::Internal { what: "an earlier write failed half-way; reopen the memory" };

impl SharedMemory {
    /// Shares `memory`.
    #[must_use]
    pub fn new(memory: GraphMemory) -> Self {
        Self { memory: RwLock::new(memory), writing: Mutex::new(()) }
    }

    /// The memory, for as many readers as there are.
    ///
    /// # Errors
    /// [`Error::Internal`] after a panic in a writer.
    pub fn read(&self) -> Result<RwLockReadGuard<'_, GraphMemory>> {
        self.memory.read().map_err(|_| POISONED)
    }

    /// Inserts as [`Index::insert_parallel`], while searches run.
    ///
    /// # Errors
    /// As [`Index::insert_parallel`] and [`Self::read`].
    pub fn insert(&self, insertion: Insertion<'_>, stop: &dyn Fn() -> bool) -> Result<()> {
        let _turn = self.turn()?;
        insertion.into_site(self, stop)
    }

    /// Changes the memory otherwise, alone.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn change<T>(&self, work: impl FnOnce(&mut GraphMemory) -> T) -> Result<T> {
        let _turn = self.turn()?;
        Ok(work(&mut *self.write_lock()?))
    }

    /// As [`GraphMemory::save`], between two changes and beside searches.
    ///
    /// # Errors
    /// As [`GraphMemory::save`] and [`Self::read`].
    pub fn save(&self, path: &Path, generation: u64) -> Result<()> {
        let _turn = self.turn()?;
        self.read()?.save(path, generation)
    }

    fn turn(&self) -> Result<MutexGuard<'_, ()>> {
        self.writing.lock().map_err(|_| POISONED)
    }

    fn write_lock(&self) -> Result<RwLockWriteGuard<'_, GraphMemory>> {
        self.memory.write().map_err(|_| POISONED)
    }
}

impl Site for &SharedMemory {
    fn read<T>(&mut self, work: impl FnOnce(&Index) -> T) -> Result<T> {
        Ok(work(SharedMemory::read(self)?.index()))
    }
    fn write<T>(&mut self, work: impl FnOnce(&mut Index) -> T) -> Result<T> {
        Ok(work(self.write_lock()?.index_mut()))
    }
    fn link(&mut self, key: u64, newcomer: Newcomer, plan: &Plan) -> Result<()> {
        self.write_lock()?.link_node(key, newcomer, plan);
        Ok(())
    }
}
