//! Reads the Python record `SearchParams` when it is passed as an argument.

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use sanderling_core::search_params::SearchParams;

/// Search parameters, as read from the fields of a `sanderling.records.SearchParams`.
pub struct PySearchParams(SearchParams);

impl PySearchParams {
    /// Returns the parameters as the core's type.
    ///
    /// If `rerank` is `None`, the distances of all nodes in the beam are computed again.
    pub fn get(&self, rerank: Option<usize>) -> SearchParams {
        SearchParams { rerank: rerank.unwrap_or(usize::MAX), ..self.0 }
    }
}

impl<'py> FromPyObject<'_, 'py> for PySearchParams {
    type Error = PyErr;

    fn extract(record: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = record.py();
        let field = |name: &Bound<'py, PyString>| {
            record.getattr(name).map_err(|error| {
                if !error.is_instance_of::<PyAttributeError>(py) {
                    return error;
                }
                let got = record.get_type().name().map_or_else(|_| "another type".into(), |name| name.to_string());
                PyTypeError::new_err(format!("expected a SearchParams, got {got}"))
            })
        };
        Ok(Self(SearchParams {
            k: field(intern!(py, "k"))?.extract()?,
            ef_search: field(intern!(py, "ef_search"))?.extract()?,
            nprobe: field(intern!(py, "nprobe"))?.extract()?,
            hops: field(intern!(py, "hops"))?.extract()?,
            max_nodes: field(intern!(py, "max_nodes"))?.extract()?,
            ..SearchParams::default()
        }))
    }
}
