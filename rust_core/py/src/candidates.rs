//! The Python class `Candidates`.

use crate::arrays::{contiguous, keys as key_array, vector};
use crate::attention::{PyAttention, PyAttentionResult};
use crate::keyset::PyKeySet;
use crate::memory::PyGraphMemory;
use crate::run::detached;
use crate::search_params::PySearchParams;
use crate::words::PyWordTable;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use sanderling_core::candidates::{Anchor, Asked, Candidates, Words};
use sanderling_core::features::FEATURES;
use sanderling_core::words::Sharing;
use sanderling_core::{Error, Result};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

const POISONED: Error = Error::Internal { what: "an earlier step of this search failed half-way; ask again" };

/// The candidates for one question, and what is known of them.
///
/// ``question`` ``float32[dim]``: its vector. ``words``: keys ``uint64[n]`` of the nodes with its words, rising, and
/// ``bool[words, n]``, which words each node has. ``named`` and ``cited``: weights of the first nodes of documents that
/// the question names, and of the nodes that these cite. ``nodes``: number of nodes in the memory. ``is_read``: whether
/// the embedder reads the question; otherwise its words take the place of cosines. ``allowed``: the only nodes whose
/// words count; None: all. Raises ValueError for arrays that do not fit each other.
#[pyclass(name = "Candidates", module = "sanderling._core", frozen)]
pub struct PyCandidates {
    inner: Mutex<Candidates>,
}

impl PyCandidates {
    fn lock(&self) -> Result<MutexGuard<'_, Candidates>> {
        self.inner.lock().map_err(|_| POISONED)
    }
}

/// Key, nodes of its document, and names of a hit or a bridge.
type Given = (u64, Vec<u64>, Vec<String>);

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[pymethods]
impl PyCandidates {
    #[new]
    #[pyo3(signature = (question, words, named, cited, *, nodes, is_read = true, allowed = None))]
    #[allow(clippy::too_many_arguments)] // the arguments of a Python class, given by name
    fn new(
        py: Python<'_>,
        question: &Bound<'_, PyAny>,
        words: (Bound<'_, PyAny>, Bound<'_, PyAny>),
        named: HashMap<u64, f64>,
        cited: HashMap<u64, f64>,
        nodes: usize,
        is_read: bool,
        allowed: Option<&PyKeySet>,
    ) -> PyResult<Self> {
        let vector = vector("question", question.len()?, question)?;
        let keys = key_array("keys", &words.0)?;
        let has = contiguous::<bool, 2>("has", "bool[words, n]", &words.1)?;
        let allowed = allowed.map(PyKeySet::get);
        let candidates = detached(py, || {
            let words = Words::new(keys, &has, nodes, allowed)?;
            Ok(Candidates::new(Asked { vector, is_read, words, named, cited, nodes }))
        })?;
        Ok(Self { inner: Mutex::new(candidates) })
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.lock()?.keys().len()))
    }

    /// Keys of the candidates, ``uint64[n]``, in the order in which they were added.
    #[getter]
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u64>>> {
        Ok(detached(py, || Ok(self.lock()?.keys().to_vec()))?.into_pyarray(py))
    }

    /// Share of the question's idf in the words of the first hit; 0 without hits.
    #[getter]
    fn settled(&self, py: Python<'_>) -> PyResult<f64> {
        detached(py, || Ok(self.lock()?.settled()))
    }

    /// Return the ``most`` nodes with the largest share of the question's words, best first.
    ///
    /// Of equals, older nodes come first.
    fn with_words<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Bound<'py, PyArray1<u64>>> {
        Ok(detached(py, || Ok(self.lock()?.asked().words.best(most)))?.into_pyarray(py))
    }

    /// Add those of ``keys`` ``uint64[n]`` that are in ``memory``, each once, until there are ``most`` candidates.
    ///
    /// Raises ValueError for a question of another dimension, DamageError if a vector needed is damaged in the
    /// snapshot; then nothing is added.
    fn extend(&self, py: Python<'_>, memory: &PyGraphMemory, keys: &Bound<'_, PyAny>, most: usize) -> PyResult<()> {
        let keys = key_array("keys", keys)?;
        detached(py, || self.lock()?.extend(&*memory.shared().read()?, &keys, most))
    }

    /// Return the ``most`` best candidates by their first score.
    fn best_first<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Bound<'py, PyArray1<u64>>> {
        Ok(detached(py, || Ok(self.lock()?.best_first(most)))?.into_pyarray(py))
    }

    /// Return the ``most`` best candidates by their second score, without the documents of the first two hits.
    fn best_second<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Bound<'py, PyArray1<u64>>> {
        Ok(detached(py, || self.lock()?.best_second(most))?.into_pyarray(py))
    }

    /// Add hits, or bridges: the key, the nodes of the document, and the names of each.
    ///
    /// A name is lower-case words, joined by blanks. A key that is no candidate is passed over.
    fn add(&self, py: Python<'_>, anchors: Vec<Given>, bridges: bool) -> PyResult<()> {
        detached(py, || {
            let anchor = |(key, document, names): Given| {
                Anchor::new(key, document, names.into_iter().map(String::into_boxed_str).collect())
            };
            self.lock()?.add(bridges, anchors.into_iter().map(anchor).collect());
            Ok(())
        })
    }

    /// Look up, in ``table``, the ``names`` that were not looked up before.
    ///
    /// ``terms``: the terms of names whose words are not all ASCII letters and digits. A name counts if 2 to ``most``
    /// nodes share it. Raises DamageError for a damaged file.
    fn look_up(
        &self,
        py: Python<'_>,
        table: &PyWordTable,
        names: Vec<String>,
        terms: HashMap<String, Vec<String>>,
        most: usize,
    ) -> PyResult<()> {
        detached(py, || {
            let mut candidates = self.lock()?;
            let nodes = candidates.asked().nodes;
            candidates.names().look_up(&*table.read()?, &borrowed(&names), &terms, nodes, most)
        })
    }

    /// Return those of ``names`` that were not looked up before, each once.
    fn not_looked_up(&self, py: Python<'_>, names: Vec<String>) -> PyResult<Vec<String>> {
        detached(py, || {
            let mut candidates = self.lock()?;
            Ok(candidates.names().new_of(&borrowed(&names)).into_iter().map(str::to_owned).collect())
        })
    }

    /// Add ``names`` that were looked up elsewhere: how many nodes have each, and these nodes, ``uint64[k]``.
    ///
    /// ``opens`` ``uint8[k]``: 1 where the name opens the node's title, 0 where not, 2 where that is not known. Raises
    /// ValueError for arrays that do not fit each other.
    fn add_names(
        &self,
        py: Python<'_>,
        names: Vec<String>,
        counts: Vec<u64>,
        keys: &Bound<'_, PyAny>,
        opens: &Bound<'_, PyAny>,
        most: usize,
    ) -> PyResult<()> {
        let keys = key_array("keys", keys)?;
        let opens = contiguous::<u8, 1>("opens", "uint8[k]", opens)?;
        detached(py, || {
            let mut candidates = self.lock()?;
            let nodes = candidates.asked().nodes;
            candidates.names().add(&borrowed(&names), &Sharing { counts, keys, opens }, nodes, most)
        })
    }

    /// Return the candidates, ``uint64[n]``, whose titles must be known to tell whether a name opens them.
    fn untitled<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u64>>> {
        Ok(detached(py, || Ok(self.lock()?.untitled()))?.into_pyarray(py))
    }

    /// Record the titles of the nodes ``keys``, ``uint64[n]``, rising: words joined by blanks, or empty.
    ///
    /// Raises ValueError unless there is a title for each key.
    fn entitle(&self, py: Python<'_>, keys: &Bound<'_, PyAny>, titles: Vec<String>) -> PyResult<()> {
        let keys = key_array("keys", keys)?;
        detached(py, || self.lock()?.names().entitle(&keys, &borrowed(&titles)))
    }

    /// Return at most ``most`` nodes that share names with the first ``anchors`` hits, or bridges, best first.
    ///
    /// ``allowed``: the only nodes to return; None: all.
    #[pyo3(signature = (anchors, most, *, bridges = false, allowed = None))]
    fn tied<'py>(
        &self,
        py: Python<'py>,
        anchors: usize,
        most: usize,
        bridges: bool,
        allowed: Option<&PyKeySet>,
    ) -> PyResult<Bound<'py, PyArray1<u64>>> {
        let allowed = allowed.map(PyKeySet::get);
        Ok(detached(py, || Ok(self.lock()?.tied(bridges, anchors, most, allowed)))?.into_pyarray(py))
    }

    /// Return the features of all candidates, ``float32[n, features]``, each from -2 to 2.
    ///
    /// Raises KeyError for a candidate that is no longer in ``memory``, DamageError as :meth:`extend`.
    fn features<'py>(&self, py: Python<'py>, memory: &PyGraphMemory) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let found = detached(py, || self.lock()?.features(&*memory.shared().read()?))?;
        let count = found.len() / FEATURES;
        found.into_pyarray(py).reshape([count, FEATURES])
    }

    /// Weigh all candidates by ``attention``, which reads their features.
    ///
    /// Raises as :meth:`features`, and ValueError unless ``params`` has no hops and room for all candidates.
    fn attend(
        &self,
        py: Python<'_>,
        memory: &PyGraphMemory,
        params: PySearchParams,
        attention: &PyAttention,
    ) -> PyResult<PyAttentionResult> {
        let params = params.get(None);
        let found = detached(py, || self.lock()?.attend(&*memory.shared().read()?, attention.get(), &params))?;
        Ok(PyAttentionResult::wrap(py, found))
    }
}
