//! The Python class `RetrievalResult`.

use crate::attention::PyAttentionResult;
use crate::search_result::PySearchResult;
use pyo3::prelude::*;
use sanderling_core::memory::RetrievalResult;

/// The hits of a search, and the attention weights of the hits and of the nodes near them.
#[pyclass(name = "RetrievalResult", module = "sanderling._core", frozen)]
pub struct PyRetrievalResult {
    /// The nearest nodes.
    #[pyo3(get)]
    hits: Py<PySearchResult>,
    /// The attention weights of the hits and the nodes near them.
    #[pyo3(get)]
    attended: Py<PyAttentionResult>,
}

impl PyRetrievalResult {
    /// Returns the Python object for a result of the core.
    pub fn wrap(py: Python<'_>, found: RetrievalResult) -> PyResult<Self> {
        Ok(Self {
            hits: Py::new(py, PySearchResult::wrap(py, found.hits))?,
            attended: Py::new(py, PyAttentionResult::wrap(py, found.attended))?,
        })
    }
}
