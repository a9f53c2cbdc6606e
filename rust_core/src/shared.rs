//! A memory that several threads can use at once.
//!
//! Searches run in parallel, even while an insertion chooses the neighbours of its nodes, which takes most of its time.
//!
//! ```text
//! insertion   stage │ plan ················ │ link │ link │ link │ stage │ plan ····
//! searches          │ ····················· │      │      │      │       │ ·········
//! ```
//!
//! A second lock makes writers take turns, so that no other writer changes a half-inserted batch. Nodes are linked one
//! at a time: a search waits for a single node, never for a batch. A deletion reads all lists and locks the memory
//! throughout.

use crate::error::{Error, Result};
use crate::hnsw::{Index, IndexAccess, Insertion, NewNode, Plan};
use crate::memory::GraphMemory;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A [`GraphMemory`] protected by locks, for use by several threads at once.
///
/// ```
/// use sanderling_core::hnsw::{Insertion, Params};
/// use sanderling_core::memory::GraphMemory;
/// use sanderling_core::search_params::SearchParams;
/// use sanderling_core::shared::SharedMemory;
///
/// let shared = SharedMemory::new(GraphMemory::new(2, Params::default())?);
/// shared.insert(Insertion { keys: &[7], vectors: &[0.6, 0.8], threads: 1 }, &|| false)?;
/// let found = shared.read()?.search(&[0.0, 1.0], &SearchParams::new(1, 16), None)?;
/// assert_eq!(found.keys, [7]);
/// # Ok::<(), sanderling_core::Error>(())
/// ```
#[derive(Debug)]
pub struct SharedMemory {
    memory: RwLock<GraphMemory>,
    writing: Mutex<()>,
}

const POISONED: Error = Error::Internal { what: "an earlier write failed half-way; reopen the memory" };

impl SharedMemory {
    /// Returns a shared memory that contains `memory`.
    #[must_use]
    pub fn new(memory: GraphMemory) -> Self {
        Self { memory: RwLock::new(memory), writing: Mutex::new(()) }
    }

    /// Locks the memory for reading. Any number of threads can read at the same time.
    ///
    /// # Errors
    /// [`Error::Internal`] after a panic in a writer.
    pub fn read(&self) -> Result<RwLockReadGuard<'_, GraphMemory>> {
        self.memory.read().map_err(|_| POISONED)
    }

    /// Does the same as [`GraphMemory::insert_parallel`], but lets searches run meanwhile.
    ///
    /// # Errors
    /// As [`Index::insert_parallel`] and [`Self::read`].
    pub fn insert(&self, insertion: Insertion<'_>, stop: &dyn Fn() -> bool) -> Result<()> {
        let _turn = self.turn()?;
        insertion.run(self, stop)
    }

    /// Does the same as [`GraphMemory::partition`], but lets searches run while the clusters are being found.
    ///
    /// # Errors
    /// As [`GraphMemory::partition`] and [`Self::read`].
    pub fn partition(&self, threads: usize, stop: &dyn Fn() -> bool) -> Result<()> {
        let _turn = self.turn()?;
        let found = self.read()?.index().plan_partition(threads, stop)?;
        self.write_lock()?.use_partition(found)
    }

    /// Runs `work` while no other thread uses the memory.
    ///
    /// For all changes but insertions, which [`Self::insert`] makes.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn change<T>(&self, work: impl FnOnce(&mut GraphMemory) -> T) -> Result<T> {
        let _turn = self.turn()?;
        Ok(work(&mut *self.write_lock()?))
    }

    /// Does the same as [`GraphMemory::save`], but lets searches run meanwhile. Changes wait.
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

impl IndexAccess for &SharedMemory {
    fn read<T>(&mut self, work: impl FnOnce(&Index) -> T) -> Result<T> {
        Ok(work(SharedMemory::read(self)?.index()))
    }
    fn write<T>(&mut self, work: impl FnOnce(&mut Index) -> T) -> Result<T> {
        Ok(work(self.write_lock()?.index_mut()))
    }
    fn link(&mut self, key: u64, node: NewNode, plan: &Plan) -> Result<()> {
        self.write_lock()?.link_node(key, node, plan);
        Ok(())
    }
}
