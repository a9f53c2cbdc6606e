//! `Retrieved`.

use crate::attention::PyAttentionResult;
use crate::search_result::PySearchResult;
use pyo3::prelude::*;
use sanderling_core::memory::Retrieved;

/// Hits, and weights over their neighbourhood.
#[pyclass(name = "Retrieved", module = "sanderling._core", frozen)]
pub struct PyRetrieved {
    #[pyo3(get)]
    hits: Py<PySearchResult>,
    #[pyo3(get)]
    attended: Py<PyAttentionResult>,
}

impl PyRetrieved {
    pub fn wrap(py: Python<'_>, found: Retrieved) -> PyResult<Self> {
        Ok(Self {
            hits: Py::new(py, PySearchResult::wrap(py, found.hits))?,
            attended: Py::new(py, PyAttentionResult::wrap(py, found.attended))?,
        })
    }
}
