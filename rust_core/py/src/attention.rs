//! `Attention` parameters and its result.

use crate::run::detached;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use sanderling_core::attention::Parameters;
use sanderling_core::memory::Attended;
use std::sync::Arc;

/// Graph attention parameters.
#[pyclass(name = "Attention", module = "sanderling._core", frozen)]
pub struct PyAttention(Arc<Parameters>);

impl PyAttention {
    pub fn get(&self) -> &Arc<Parameters> {
        &self.0
    }
}

#[pymethods]
impl PyAttention {
    #[staticmethod]
    #[pyo3(signature = (layers = 1))]
    fn prior(py: Python<'_>, layers: usize) -> PyResult<Self> {
        detached(py, || Parameters::prior(layers)).map(Arc::new).map(Self)
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        detached(py, || Parameters::from_bytes(data)).map(Arc::new).map(Self)
    }

    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    #[getter]
    fn features(&self) -> usize {
        self.0.features()
    }

    #[getter]
    fn features_version(&self) -> u32 {
        self.0.features_version()
    }
}

/// Weights over a neighbourhood, heaviest first.
#[pyclass(name = "AttentionResult", module = "sanderling._core", frozen)]
pub struct PyAttentionResult {
    keys: Py<PyArray1<u64>>,
    weights: Py<PyArray1<f32>>,
    #[pyo3(get)]
    entropy: f32,
    #[pyo3(get)]
    depth_touched: u32,
}

impl PyAttentionResult {
    pub fn wrap(py: Python<'_>, found: Attended) -> Self {
        Self {
            keys: found.keys.into_pyarray(py).unbind(),
            weights: found.weights.into_pyarray(py).unbind(),
            entropy: found.entropy,
            depth_touched: found.depth_touched,
        }
    }
}

#[pymethods]
impl PyAttentionResult {
    #[getter]
    fn keys(&self, py: Python<'_>) -> Py<PyArray1<u64>> {
        self.keys.clone_ref(py)
    }
    #[getter]
    fn weights(&self, py: Python<'_>) -> Py<PyArray1<f32>> {
        self.weights.clone_ref(py)
    }
}
