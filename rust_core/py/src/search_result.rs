//! The Python class `SearchResult`.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use sanderling_core::hnsw::{SearchResult, SearchStats};

/// The nodes nearest to a query, nearest first.
///
/// Nodes at equal distances are in ascending order of keys. The four statistics are 0 for an empty result.
#[pyclass(name = "SearchResult", module = "sanderling._core", frozen)]
pub struct PySearchResult {
    keys: Py<PyArray1<u64>>,
    distances: Py<PyArray1<f32>>,
    stats: SearchStats,
}

impl PySearchResult {
    /// Returns the Python object for a result of the core.
    pub fn wrap(py: Python<'_>, found: SearchResult) -> Self {
        Self {
            keys: found.keys.into_pyarray(py).unbind(),
            distances: found.distances.into_pyarray(py).unbind(),
            stats: found.stats,
        }
    }
}

#[pymethods]
impl PySearchResult {
    /// Keys of the nodes.
    #[getter]
    fn keys(&self, py: Python<'_>) -> Py<PyArray1<u64>> {
        self.keys.clone_ref(py)
    }
    /// Distances of the nodes from the query, by the memory's metric.
    ///
    /// 1 - cosine, 1 - inner product, or the squared Euclidean distance.
    #[getter]
    fn distances(&self, py: Python<'_>) -> Py<PyArray1<f32>> {
        self.distances.clone_ref(py)
    }
    /// Mean of the distances.
    #[getter]
    fn mean_distance(&self) -> f64 {
        self.stats.mean
    }
    /// Standard deviation of the distances, with divisor n.
    #[getter]
    fn std_distance(&self) -> f64 {
        self.stats.std
    }
    /// Smallest distance.
    #[getter]
    fn min_distance(&self) -> f64 {
        self.stats.min
    }
    /// Largest distance.
    #[getter]
    fn max_distance(&self) -> f64 {
        self.stats.max
    }
    /// Whether the query was compared with every allowed node.
    ///
    /// If so, no nearer node was missed.
    #[getter]
    fn exact(&self) -> bool {
        self.stats.exact
    }
}
