//! The Python class `GraphMemory`.

use crate::arrays::{keys as key_array, one_dimensional, rows, vector};
use crate::attention::{PyAttention, PyAttentionResult};
use crate::keyset::PyKeySet;
use crate::retrieval_result::PyRetrievalResult;
use crate::run::{detached, interruptible};
use crate::search_params::PySearchParams;
use crate::search_result::PySearchResult;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use sanderling_core::hnsw::{Insertion, Metric, Params, Precision};
use sanderling_core::memory::GraphMemory;
use sanderling_core::shared::SharedMemory;
use std::path::PathBuf;
use std::sync::Arc;

/// An HNSW index over vectors, with typed and weighted edges between its nodes.
///
/// ``dim`` is the length of the vectors. ``metric`` cosine, inner_product or l2; cosine normalises stored
/// vectors. ``m`` 2 to 128: links per node and level. ``ef_construction`` 1 to 65,536: beam width of an
/// insertion. ``seed`` draws the nodes' levels. ``precision`` float32, or int16: vectors of 64 numbers and more
/// are kept in 16 bits of fixed point, with steps of a 32,258th of their largest number; not for l2. Raises
/// ValueError for a value out of range.
#[pyclass(name = "GraphMemory", module = "sanderling._core", frozen)]
pub struct PyGraphMemory {
    /// The core's memory. Its locks are only taken without the GIL, so that a thread that waits for one never
    /// keeps Python from running.
    inner: SharedMemory,
    dim: usize,
    metric: Metric,
    precision: Precision,
}

impl PyGraphMemory {
    /// Returns the core's memory.
    pub fn shared(&self) -> &SharedMemory {
        &self.inner
    }

    fn wrap(memory: GraphMemory) -> Self {
        let (dim, Params { metric, precision, .. }) = (memory.index().dim(), *memory.index().params());
        Self { inner: SharedMemory::new(memory), dim, metric, precision }
    }
}

#[pymethods]
impl PyGraphMemory {
    #[new]
    #[pyo3(signature = (dim, *, metric = "cosine", m = 32, ef_construction = 200, seed = 0, precision = "float32"))]
    fn new(
        py: Python<'_>,
        dim: usize,
        metric: &str,
        m: usize,
        ef_construction: usize,
        seed: u64,
        precision: &str,
    ) -> PyResult<Self> {
        detached(py, || {
            let (metric, precision) = (metric.parse()?, precision.parse()?);
            let params = Params { metric, m, ef_construction, seed, precision };
            GraphMemory::new(dim, params)
        })
        .map(Self::wrap)
    }

    /// Length of the vectors.
    #[getter]
    fn dim(&self) -> usize {
        self.dim
    }

    /// Name of the metric: cosine, inner_product or l2.
    #[getter]
    fn metric(&self) -> &'static str {
        self.metric.name()
    }

    /// How vectors are kept: float32 or int16.
    #[getter]
    fn precision(&self) -> &'static str {
        self.precision.name()
    }

    /// Number of edges.
    #[getter]
    fn edge_count(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.inner.read()?.graph().edge_count()))
    }

    /// Number of clusters; 0 while the index is one graph, see :meth:`partition`.
    #[getter]
    fn clusters(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.inner.read()?.index().clusters()))
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.inner.read()?.index().len()))
    }

    fn __contains__(&self, py: Python<'_>, key: u64) -> PyResult<bool> {
        detached(py, || Ok(self.inner.read()?.index().contains(key)))
    }

    /// Return the ``keys`` that are in the memory, in the given order.
    fn known<'py>(&self, py: Python<'py>, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<u64>>> {
        let keys = key_array("keys", keys)?;
        let known = detached(py, || Ok(self.inner.read()?.index().known(&keys)))?;
        Ok(known.into_pyarray(py))
    }

    /// Insert ``vectors`` ``float32[n, dim]`` under ``keys`` ``uint64[n]``.
    ///
    /// An existing key gets the new vector and keeps its edges; if a key is given twice, the last row counts.
    /// Other threads can search meanwhile. ``threads`` affects only the time. Raises ValueError, and inserts
    /// nothing, for a row that is not finite, is too long, or is zero under cosine. Ctrl-C stops between rows and
    /// keeps those inserted.
    #[pyo3(signature = (keys, vectors, *, threads = 1))]
    fn insert(
        &self,
        py: Python<'_>,
        keys: &Bound<'_, PyAny>,
        vectors: &Bound<'_, PyAny>,
        threads: usize,
    ) -> PyResult<()> {
        let keys = key_array("keys", keys)?;
        let vectors = rows("vectors", self.dim, vectors)?;
        let vectors = vectors.as_slice()?;
        let insertion = Insertion { keys: &keys, vectors, threads };
        interruptible(py, |stop| self.inner.insert(insertion, stop))
    }

    /// Delete the nodes with these keys, and their edges; return the number of nodes deleted.
    ///
    /// Unknown keys are skipped.
    fn delete(&self, py: Python<'_>, keys: &Bound<'_, PyAny>) -> PyResult<usize> {
        let keys = key_array("keys", keys)?;
        detached(py, || self.inner.change(|memory| memory.delete(&keys)))
    }

    /// Add edges given as four arrays of equal length.
    ///
    /// An edge with the same ``src``, ``dst`` and ``rel`` gets the new ``weight``, which is finite and above 0.
    /// Raises KeyError for an end that is not in the memory, ValueError for a weight out of range; then no edge
    /// is added.
    fn link(
        &self,
        py: Python<'_>,
        src: &Bound<'_, PyAny>,
        dst: &Bound<'_, PyAny>,
        rel: &Bound<'_, PyAny>,
        weight: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (src, dst) = (key_array("src", src)?, key_array("dst", dst)?);
        let rel = one_dimensional::<u16>("rel", "uint16", rel)?.as_slice()?.to_vec();
        let weight = one_dimensional::<f32>("weight", "float32", weight)?.as_slice()?.to_vec();
        detached(py, || self.inner.change(|memory| memory.link(&src, &dst, &rel, &weight))?)
    }

    /// Remove edges and return how many were removed.
    ///
    /// Edges that do not exist are skipped.
    fn unlink(
        &self,
        py: Python<'_>,
        src: &Bound<'_, PyAny>,
        dst: &Bound<'_, PyAny>,
        rel: &Bound<'_, PyAny>,
    ) -> PyResult<usize> {
        let (src, dst) = (key_array("src", src)?, key_array("dst", dst)?);
        let rel = one_dimensional::<u16>("rel", "uint16", rel)?.as_slice()?.to_vec();
        detached(py, || self.inner.change(|memory| memory.unlink(&src, &dst, &rel))?)
    }

    /// Return the stored vectors of ``keys``, ``float32[n, dim]``.
    ///
    /// Under the cosine metric they are normalised. Raises KeyError for an unknown key.
    fn vectors<'py>(&self, py: Python<'py>, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let keys = key_array("keys", keys)?;
        let flat = detached(py, || self.inner.read()?.vectors(&keys))?;
        flat.into_pyarray(py).reshape([keys.len(), self.dim])
    }

    /// Find the ``params.k`` nodes nearest to ``query`` ``float32[dim]``.
    ///
    /// The beam has width ``max(ef_search, k)``; an index in clusters compares the nodes of ``nprobe`` clusters, and
    /// the best ``ef_search`` of them exactly. ``allowed`` restricts the result; None allows every key. The result is
    /// shorter than ``k`` only if fewer keys are allowed. The graph is walked on rounded vectors; the distances of the
    /// best ``max(rerank, k)`` nodes of the beam, or of all of them for None, are then computed exactly. Raises
    /// DamageError if a vector needed is damaged in the snapshot.
    #[pyo3(signature = (query, params, *, rerank = None, allowed = None))]
    fn search(
        &self,
        py: Python<'_>,
        query: &Bound<'_, PyAny>,
        params: PySearchParams,
        rerank: Option<usize>,
        allowed: Option<&PyKeySet>,
    ) -> PyResult<PySearchResult> {
        let query = vector("query", self.dim, query)?;
        let (params, allowed) = (params.get(rerank), allowed.map(PyKeySet::get));
        let found = detached(py, || self.inner.read()?.search(&query, &params, allowed))?;
        Ok(PySearchResult::wrap(py, found))
    }

    /// Return ``float32[m, n]``: the cosine of each row of ``queries`` with the vector of each key.
    ///
    /// ``queries`` is ``float32[m, dim]``. A zero vector has cosine 0 with every other. Raises KeyError for an unknown
    /// key.
    fn cosines<'py>(
        &self,
        py: Python<'py>,
        queries: &Bound<'py, PyAny>,
        keys: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let queries = rows("queries", self.dim, queries)?;
        let keys = key_array("keys", keys)?;
        let count = queries.shape()[0];
        let queries = queries.as_slice()?;
        let flat = detached(py, || self.inner.read()?.cosines(queries, &keys))?;
        flat.into_pyarray(py).reshape([count, keys.len()])
    }

    /// Return ``float32[n]``: the personalised PageRank of each of ``keys`` over the edges among them.
    ///
    /// ``seeds`` ``float32[n]``, at least 0, are the keys' shares of the walks' starts, in any unit; the ranks sum to
    /// 1, or are all 0 where the seeds are. Edges are taken both ways, each followed with probability .5. Raises
    /// KeyError for an unknown key, ValueError for a key given twice.
    fn page_rank<'py>(
        &self,
        py: Python<'py>,
        keys: &Bound<'py, PyAny>,
        seeds: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let keys = key_array("keys", keys)?;
        let seeds = vector("seeds", keys.len(), seeds)?;
        let ranks = detached(py, || self.inner.read()?.page_rank(&keys, &seeds))?;
        Ok(ranks.into_pyarray(py))
    }

    /// Return the weights of at most ``params.max_nodes`` nodes within ``params.hops`` edges of ``hits``.
    ///
    /// ``attention`` None: the parameters of :meth:`set_attention`, or ``Attention.prior(1)`` if there are none.
    /// ``hits`` is ``uint64[n]``. ``features`` ``float32[n, attention.features]``: required by parameters that take
    /// features, which weigh the hits alone and therefore need 0 hops. Raises KeyError for an unknown hit.
    #[pyo3(signature = (query, hits, params, *, features = None, attention = None))]
    fn attend(
        &self,
        py: Python<'_>,
        query: &Bound<'_, PyAny>,
        hits: &Bound<'_, PyAny>,
        params: PySearchParams,
        features: Option<&Bound<'_, PyAny>>,
        attention: Option<&PyAttention>,
    ) -> PyResult<PyAttentionResult> {
        let query = vector("query", self.dim, query)?;
        let hits = key_array("hits", hits)?;
        let width = attention.map_or(0, |attention| attention.get().features());
        let features = features.map(|features| rows("features", width, features)).transpose()?;
        let features = features.as_ref().map_or(Ok(&[][..]), |features| features.as_slice())?;
        let params = params.get(None);
        let found = detached(py, || {
            let memory = self.inner.read()?;
            let parameters = attention.map_or_else(|| memory.attention(), PyAttention::get);
            memory.attend(parameters, &query, &hits, features, &params)
        })?;
        Ok(PyAttentionResult::wrap(py, found))
    }

    /// Set the default attention parameters of this memory, and project all vectors with them in advance.
    ///
    /// That makes attending with this same object faster. The projections of a vector take 4 (rank + 2 layers) bytes
    /// per head, heads rounded up to a multiple of 4, and are not saved. Parameters without projections need none kept.
    /// Raises TypeError for parameters of another dimension, ValueError for a vector longer than 1e13 or shorter than
    /// 1e-15.
    #[pyo3(signature = (attention, *, threads = 1))]
    fn set_attention(&self, py: Python<'_>, attention: &PyAttention, threads: usize) -> PyResult<()> {
        detached(py, || self.inner.change(|memory| memory.set_attention(Arc::clone(attention.get()), threads))?)
    }

    /// Call :meth:`search`, then :meth:`attend` on the hits, both restricted to ``allowed`` nodes.
    #[pyo3(signature = (query, params, *, rerank = None, allowed = None, attention = None))]
    fn retrieve(
        &self,
        py: Python<'_>,
        query: &Bound<'_, PyAny>,
        params: PySearchParams,
        rerank: Option<usize>,
        allowed: Option<&PyKeySet>,
        attention: Option<&PyAttention>,
    ) -> PyResult<PyRetrievalResult> {
        let query = vector("query", self.dim, query)?;
        let (params, allowed) = (params.get(rerank), allowed.map(PyKeySet::get));
        let found = detached(py, || {
            let memory = self.inner.read()?;
            let parameters = attention.map_or_else(|| memory.attention(), PyAttention::get);
            memory.retrieve(parameters, &query, &params, allowed)
        })?;
        PyRetrievalResult::wrap(py, found)
    }

    /// Check all content, and raise DamageError if it is damaged or inconsistent.
    fn verify(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.inner.read()?.verify())
    }

    /// Return the number of clusters that a search looks at if told ``nprobe``; 0 while the index is one graph.
    fn probes(&self, py: Python<'_>, nprobe: usize) -> PyResult<usize> {
        detached(py, || Ok(self.inner.read()?.index().probes(nprobe)))
    }

    /// Return whether :meth:`partition` is due.
    ///
    /// That is when there are at least ``least`` nodes, and no clusters yet or twice as many nodes as suit them. False
    /// under other metrics than cosine, and for vectors of fewer than 64 numbers.
    fn is_partition_due(&self, py: Python<'_>, least: usize) -> PyResult<bool> {
        detached(py, || Ok(self.inner.read()?.index().is_partition_due(least)))
    }

    /// Form clusters of like nodes, and search the clusters nearest to a query from now on, instead of one graph.
    ///
    /// Searches wait only while the rows are put into the order of the clusters. ``threads`` affects only the time.
    /// Raises ValueError without nodes, under other metrics than cosine, and for vectors of fewer than 64 numbers;
    /// DamageError if the snapshot this memory was loaded from is damaged. Ctrl-C stops it and changes nothing.
    #[pyo3(signature = (*, threads = 1))]
    fn partition(&self, py: Python<'_>, threads: usize) -> PyResult<()> {
        interruptible(py, |stop| self.inner.partition(threads, stop))
    }

    /// Write a snapshot to ``path``; if that fails, ``path`` is left unchanged.
    ///
    /// ``generation`` is any number and is returned by :meth:`load`. Raises OSError; DamageError if the snapshot
    /// this memory was loaded from is damaged.
    fn save(&self, py: Python<'_>, path: PathBuf, generation: u64) -> PyResult<()> {
        detached(py, || self.inner.save(&path, generation))
    }

    /// Return the name and the number of bytes of each section of the snapshot at ``path``.
    ///
    /// Raises as :meth:`load` does; the sections themselves are not read.
    #[staticmethod]
    fn sections(py: Python<'_>, path: PathBuf) -> PyResult<Vec<(&'static str, usize)>> {
        detached(py, || GraphMemory::sections(&path))
    }

    /// Open the snapshot at ``path`` and return its memory and its generation.
    ///
    /// Raises DamageError or VersionError for a file that cannot be used, OSError for one that is not regular or
    /// not readable. Vectors are checked against their checksums when first used. A file larger than 16 MiB stays
    /// mapped: shortening it in place ends the process.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<(Self, u64)> {
        let (memory, generation) = detached(py, || GraphMemory::load(&path))?;
        Ok((Self::wrap(memory), generation))
    }
}
