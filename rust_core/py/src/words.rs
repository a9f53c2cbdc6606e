//! The Python class `WordTable`, and the function `stems`.

use crate::arrays::keys as key_array;
use crate::errors::to_python;
use crate::run::detached;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use sanderling_core::words::{WordTable, porter};
use sanderling_core::{Error, Result};
use std::path::PathBuf;
use std::sync::{RwLock, RwLockReadGuard};

const POISONED: Error = Error::Internal { what: "an earlier write failed half-way; reopen the memory" };

/// The titles of all nodes, and their words as terms of SQLite's full-text index.
#[pyclass(name = "WordTable", module = "sanderling._core", frozen)]
pub struct PyWordTable {
    inner: RwLock<WordTable>,
}

impl PyWordTable {
    /// Locks the table for reading.
    pub fn read(&self) -> Result<RwLockReadGuard<'_, WordTable>> {
        self.inner.read().map_err(|_| POISONED)
    }

    fn change<T>(&self, work: impl FnOnce(&mut WordTable) -> Result<T>) -> Result<T> {
        work(&mut *self.inner.write().map_err(|_| POISONED)?)
    }
}

/// Nodes, and which groups of phrases each node has.
type Having<'py> = (Bound<'py, PyArray1<u64>>, Bound<'py, PyArray2<bool>>);

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[pymethods]
impl PyWordTable {
    #[new]
    fn new() -> Self {
        Self { inner: RwLock::default() }
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.read()?.len()))
    }

    /// Highest key that was ever added, even if its node was removed; 0 if none was added.
    #[getter]
    fn newest(&self, py: Python<'_>) -> PyResult<u64> {
        detached(py, || Ok(self.read()?.newest()))
    }

    /// Add nodes under ``keys`` ``uint64[n]``, with titles and without words.
    ///
    /// Raises ValueError unless the keys rise and are above all before.
    fn extend(&self, py: Python<'_>, keys: &Bound<'_, PyAny>, titles: Vec<String>) -> PyResult<()> {
        let keys = key_array("keys", keys)?;
        detached(py, || self.change(|table| table.extend(&keys, &borrowed(&titles))))
    }

    /// Add terms to nodes that were added since the table was loaded.
    ///
    /// For each term ``places`` has pairs of numbers divided by blanks: a node's key, and 4 times the word's number in
    /// its column plus the column. Raises ValueError for another text, and for keys that fall; KeyError for an unknown
    /// key.
    fn put(&self, py: Python<'_>, terms: Vec<String>, places: Vec<String>) -> PyResult<()> {
        if terms.len() != places.len() {
            return Err(to_python(Error::Length { what: "places", expected: terms.len(), got: places.len() }));
        }
        let mut pairs = terms.iter().zip(&places);
        detached(py, || self.change(|table| pairs.try_for_each(|(term, places)| table.put(term, places))))
    }

    /// Remove nodes; return how many there were.
    ///
    /// Unknown keys are skipped.
    fn remove(&self, py: Python<'_>, keys: &Bound<'_, PyAny>) -> PyResult<usize> {
        let keys = key_array("keys", keys)?;
        detached(py, || self.change(|table| Ok(table.remove(&keys))))
    }

    /// Return, for each of ``phrases``, the first ``limit`` nodes that contain it, in rising order.
    ///
    /// A phrase is a list of terms; without terms it is in no node. ``limit`` None: all nodes. Raises DamageError for a
    /// damaged file.
    #[pyo3(signature = (phrases, limit = None))]
    fn find<'py>(
        &self,
        py: Python<'py>,
        phrases: Vec<Vec<String>>,
        limit: Option<usize>,
    ) -> PyResult<Vec<Bound<'py, PyArray1<u64>>>> {
        let limit = limit.unwrap_or(usize::MAX);
        let found = detached(py, || {
            let table = self.read()?;
            phrases.iter().map(|terms| table.find(&borrowed(terms), limit)).collect::<Result<Vec<_>>>()
        })?;
        Ok(found.into_iter().map(|keys| keys.into_pyarray(py)).collect())
    }

    /// Return the nodes that match any of ``groups``, and which groups each matches: ``bool[groups, nodes]``.
    ///
    /// A group is a list of phrases, see :meth:`find`; a node matches it if it has one of them. Nodes are in rising
    /// order.
    fn having<'py>(&self, py: Python<'py>, groups: Vec<Vec<Vec<String>>>) -> PyResult<Having<'py>> {
        let count = groups.len();
        let (keys, has) = detached(py, || {
            let groups: Vec<Vec<_>> =
                groups.iter().map(|group| group.iter().map(|terms| borrowed(terms)).collect()).collect();
            self.read()?.having(&groups)
        })?;
        let has = has.into_pyarray(py).reshape([count, keys.len()])?;
        Ok((keys.into_pyarray(py), has))
    }

    /// Return, for each of ``phrases``, the number of nodes that contain it; see :meth:`find`.
    fn counts(&self, py: Python<'_>, phrases: Vec<Vec<String>>) -> PyResult<Vec<usize>> {
        detached(py, || {
            let table = self.read()?;
            phrases.iter().map(|terms| table.count(&borrowed(terms))).collect()
        })
    }

    /// Return the nodes that have a term beginning with ``prefix``, in rising order.
    ///
    /// Raises DamageError for a damaged file.
    fn beginning<'py>(&self, py: Python<'py>, prefix: String) -> PyResult<Bound<'py, PyArray1<u64>>> {
        Ok(detached(py, || self.read()?.beginning(&prefix))?.into_pyarray(py))
    }

    /// Return the title of each node, or None for an unknown or removed node.
    fn titles(&self, py: Python<'_>, keys: &Bound<'_, PyAny>) -> PyResult<Vec<Option<String>>> {
        let keys = key_array("keys", keys)?;
        detached(py, || self.read()?.titles(&keys))
    }

    /// Write the table without its removed nodes to ``path``; if that fails, ``path`` is left unchanged.
    ///
    /// ``generation`` is any number and is returned by :meth:`load`. Raises OSError; DamageError if the file it was
    /// loaded from is damaged.
    fn save(&self, py: Python<'_>, path: PathBuf, generation: u64) -> PyResult<()> {
        detached(py, || self.read()?.save(&path, generation))
    }

    /// Open the table at ``path`` and return it with its generation.
    ///
    /// Raises DamageError or VersionError for a file that cannot be used, OSError for one that is not regular or not
    /// readable. Postings are checked against their checksums when first used. A file larger than 16 MiB stays mapped:
    /// shortening it in place ends the process.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<(Self, u64)> {
        let (table, generation) = detached(py, || WordTable::load(&path))?;
        Ok((Self { inner: RwLock::new(table) }, generation))
    }
}

/// Return the stem of each word, as SQLite's tokenizer ``porter`` makes it.
///
/// Words are lower-case ASCII letters and digits.
#[pyfunction]
pub fn stems(words: Vec<String>) -> Vec<String> {
    words.iter().map(|word| porter::stem(word)).collect()
}
