//! The Python class `RetrievalResult`.

use crate::attention::PyAttentionResult;
use crate::search_result::PySearchResult;
use pyo3::prelude::*;
use sanderling_core::memory::RetrievalResult;

/// The nodes a search found, and the weights over their neighbourhood.
#[pyclass(name = "RetrievalResult", module = "sanderling._core", frozen)]
pub struct PyRetrievalResult {
    /// The nearest nodes.
    #[pyo3(get)]
    hits: Py<PySearchResult>,
    /// Weights over the neighbourhood of the hits.
    #[pyo3(get)]
    attended: Py<PyAttentionResult>,
}

impl PyRetrievalResult {
    /// The Python object for a result of the core.
    pub fn wrap(py: Python<'_>, found: RetrievalResult) -> PyResult<Self> {
        Ok(Self {
            hits: Py::new(py, PySearchResult::wrap(py, found.hits))?,
            attended: Py::new(py, PyAttentionResult::wrap(py, found.attended))?,
        })
    }
}
