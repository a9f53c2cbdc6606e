//! The Python classes `Attention` and `AttentionResult`.

use crate::run::detached;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use sanderling_core::attention::Parameters;
use sanderling_core::memory::AttentionResult;
use std::sync::Arc;

/// Immutable parameters of graph attention.
#[pyclass(name = "Attention", module = "sanderling._core", frozen)]
pub struct PyAttention(Arc<Parameters>);

impl PyAttention {
    /// Returns the core's object for these parameters.
    pub fn get(&self) -> &Arc<Parameters> {
        &self.0
    }
}

#[pymethods]
impl PyAttention {
    /// Return the untrained parameters for 1 or 2 layers.
    ///
    /// They weigh a node by its similarity to the query and by that of the nodes up to ``layers`` edges away. They take
    /// vectors of any dimension and no features. Raises ValueError for another number of layers.
    #[staticmethod]
    #[pyo3(signature = (layers = 1))]
    fn prior(py: Python<'_>, layers: usize) -> PyResult<Self> {
        detached(py, || Parameters::prior(layers)).map(Arc::new).map(Self)
    }

    /// Read the parameters from ``data``, the content of a weights file.
    ///
    /// Raises DamageError for a damaged file or one of another kind, VersionError for another format version.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        detached(py, || Parameters::from_bytes(data)).map(Arc::new).map(Self)
    }

    /// Checksum of the parameters, 8 hexadecimal digits.
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    /// Number of features per node; 0 for the prior.
    #[getter]
    fn features(&self) -> usize {
        self.0.features()
    }

    /// Version of the table that defines the features; 0 for the prior.
    #[getter]
    fn features_version(&self) -> u32 {
        self.0.features_version()
    }
}

/// The attention weights of the hits and of the nodes near them, heaviest first.
///
/// Nodes of equal weight are in ascending order of keys.
#[pyclass(name = "AttentionResult", module = "sanderling._core", frozen)]
pub struct PyAttentionResult {
    keys: Py<PyArray1<u64>>,
    weights: Py<PyArray1<f32>>,
    /// Shannon entropy of the weights, in nats.
    #[pyo3(get)]
    entropy: f32,
    /// Number of edges from the hits to the farthest node in the result.
    #[pyo3(get)]
    depth_touched: u32,
}

impl PyAttentionResult {
    /// Returns the Python object for a result of the core.
    pub fn wrap(py: Python<'_>, found: AttentionResult) -> Self {
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
    /// Keys of the nodes.
    #[getter]
    fn keys(&self, py: Python<'_>) -> Py<PyArray1<u64>> {
        self.keys.clone_ref(py)
    }
    /// Weights of the nodes; they sum to 1.
    #[getter]
    fn weights(&self, py: Python<'_>) -> Py<PyArray1<f32>> {
        self.weights.clone_ref(py)
    }
}
