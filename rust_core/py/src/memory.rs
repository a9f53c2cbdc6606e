//! `GraphMemory`.

use crate::arrays::{keys as key_array, one_dimensional, rows, vector};
use crate::attention::{PyAttention, PyAttentionResult};
use crate::keyset::PyKeySet;
use crate::retrieved::PyRetrieved;
use crate::run::{detached, interruptible};
use crate::search_result::PySearchResult;
use numpy::{IntoPyArray, PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use sanderling_core::hnsw::{Effort, Insertion, Metric, Params};
use sanderling_core::memory::GraphMemory;
use sanderling_core::shared::SharedMemory;
use std::path::PathBuf;
use std::sync::Arc;

/// The memory behind its locks, which are only ever taken without the GIL, so that a thread waiting for one never keeps
/// Python from running.
#[pyclass(name = "GraphMemory", module = "sanderling._core", frozen)]
pub struct PyGraphMemory {
    inner: SharedMemory,
    dim: usize,
    metric: Metric,
}

impl PyGraphMemory {
    fn wrap(memory: GraphMemory) -> Self {
        let (dim, metric) = (memory.index().dim(), memory.index().params().metric);
        Self { inner: SharedMemory::new(memory), dim, metric }
    }
}

fn effort<'a>(ef_search: usize, rerank: Option<usize>, allowed: Option<&'a PyKeySet>) -> Effort<'a> {
    Effort { rerank: rerank.unwrap_or(usize::MAX), allowed: allowed.map(PyKeySet::get), ..Effort::new(ef_search) }
}

#[pymethods]
impl PyGraphMemory {
    #[new]
    #[pyo3(signature = (dim, *, metric = "cosine", m = 32, ef_construction = 200, seed = 0))]
    fn new(py: Python<'_>, dim: usize, metric: &str, m: usize, ef_construction: usize, seed: u64) -> PyResult<Self> {
        detached(py, || {
            let params = Params { metric: metric.parse()?, m, ef_construction, seed };
            GraphMemory::new(dim, params)
        })
        .map(Self::wrap)
    }

    #[getter]
    fn dim(&self) -> usize {
        self.dim
    }

    #[getter]
    fn metric(&self) -> &'static str {
        self.metric.name()
    }

    #[getter]
    fn edge_count(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.inner.read()?.graph().edge_count()))
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.inner.read()?.index().len()))
    }

    fn __contains__(&self, py: Python<'_>, key: u64) -> PyResult<bool> {
        detached(py, || Ok(self.inner.read()?.index().contains(key)))
    }

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

    fn delete(&self, py: Python<'_>, keys: &Bound<'_, PyAny>) -> PyResult<usize> {
        let keys = key_array("keys", keys)?;
        detached(py, || self.inner.change(|memory| memory.delete(&keys)))
    }

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

    fn vectors<'py>(&self, py: Python<'py>, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let keys = key_array("keys", keys)?;
        let flat = detached(py, || self.inner.read()?.vectors(&keys))?;
        flat.into_pyarray(py).reshape([keys.len(), self.dim])
    }

    #[pyo3(signature = (query, k = 64, *, ef_search = 64, rerank = None, allowed = None))]
    fn search(
        &self,
        py: Python<'_>,
        query: &Bound<'_, PyAny>,
        k: usize,
        ef_search: usize,
        rerank: Option<usize>,
        allowed: Option<&PyKeySet>,
    ) -> PyResult<PySearchResult> {
        let query = vector("query", self.dim, query)?;
        let effort = effort(ef_search, rerank, allowed);
        let found = detached(py, || self.inner.read()?.search_with(&query, k, &effort))?;
        Ok(PySearchResult::wrap(py, found))
    }

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

    #[pyo3(signature = (query, hits, *, features = None, hops = 2, max_nodes = 256, attention = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python call")]
    fn attend(
        &self,
        py: Python<'_>,
        query: &Bound<'_, PyAny>,
        hits: &Bound<'_, PyAny>,
        features: Option<&Bound<'_, PyAny>>,
        hops: u32,
        max_nodes: usize,
        attention: Option<&PyAttention>,
    ) -> PyResult<PyAttentionResult> {
        let query = vector("query", self.dim, query)?;
        let hits = key_array("hits", hits)?;
        let width = attention.map_or(0, |attention| attention.get().features());
        let features = features.map(|features| rows("features", width, features)).transpose()?;
        let features = features.as_ref().map_or(Ok(&[][..]), |features| features.as_slice())?;
        let found = detached(py, || {
            let memory = self.inner.read()?;
            let parameters = attention.map_or_else(|| memory.attention(), PyAttention::get);
            memory.attend(parameters, &query, &hits, features, hops, max_nodes)
        })?;
        Ok(PyAttentionResult::wrap(py, found))
    }

    #[pyo3(signature = (attention, *, threads = 1))]
    fn set_attention(&self, py: Python<'_>, attention: &PyAttention, threads: usize) -> PyResult<()> {
        detached(py, || self.inner.change(|memory| memory.set_attention(Arc::clone(attention.get()), threads))?)
    }

    #[pyo3(signature = (
        query, k = 64, *, ef_search = 64, rerank = None, allowed = None, hops = 2, max_nodes = 256, attention = None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python call")]
    fn retrieve(
        &self,
        py: Python<'_>,
        query: &Bound<'_, PyAny>,
        k: usize,
        ef_search: usize,
        rerank: Option<usize>,
        allowed: Option<&PyKeySet>,
        hops: u32,
        max_nodes: usize,
        attention: Option<&PyAttention>,
    ) -> PyResult<PyRetrieved> {
        let query = vector("query", self.dim, query)?;
        let effort = effort(ef_search, rerank, allowed);
        let found = detached(py, || {
            let memory = self.inner.read()?;
            let parameters = attention.map_or_else(|| memory.attention(), PyAttention::get);
            memory.retrieve(parameters, &query, k, &effort, hops, max_nodes)
        })?;
        PyRetrieved::wrap(py, found)
    }

    fn verify(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.inner.read()?.verify())
    }

    fn save(&self, py: Python<'_>, path: PathBuf, generation: u64) -> PyResult<()> {
        detached(py, || self.inner.save(&path, generation))
    }

    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<(Self, u64)> {
        let (memory, generation) = detached(py, || GraphMemory::load(&path))?;
        Ok((Self::wrap(memory), generation))
    }
}
