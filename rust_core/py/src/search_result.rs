//! `SearchResult`.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use sanderling_core::hnsw::{Hits, Stats};

/// What a search found.
#[pyclass(name = "SearchResult", module = "sanderling._core", frozen)]
pub struct PySearchResult {
    keys: Py<PyArray1<u64>>,
    distances: Py<PyArray1<f32>>,
    stats: Stats,
}

impl PySearchResult {
    pub fn wrap(py: Python<'_>, found: Hits) -> Self {
        Self {
            keys: found.keys.into_pyarray(py).unbind(),
            distances: found.distances.into_pyarray(py).unbind(),
            stats: found.stats,
        }
    }
}

#[pymethods]
impl PySearchResult {
    #[getter]
    fn keys(&self, py: Python<'_>) -> Py<PyArray1<u64>> {
        self.keys.clone_ref(py)
    }
    #[getter]
    fn distances(&self, py: Python<'_>) -> Py<PyArray1<f32>> {
        self.distances.clone_ref(py)
    }
    #[getter]
    fn mean_distance(&self) -> f64 {
        self.stats.mean
    }
    #[getter]
    fn std_distance(&self) -> f64 {
        self.stats.std
    }
    #[getter]
    fn min_distance(&self) -> f64 {
        self.stats.min
    }
    #[getter]
    fn max_distance(&self) -> f64 {
        self.stats.max
    }
    #[getter]
    fn exact(&self) -> bool {
        self.stats.exact
    }
}
