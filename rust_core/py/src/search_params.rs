//! The Python record `SearchParams` as an argument.

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use sanderling_core::search_params::SearchParams;

/// Search parameters read from the fields of a `sanderling.records.SearchParams`.
pub struct PySearchParams(SearchParams);

impl PySearchParams {
    /// The core's parameters; `rerank` `None` computes every distance in the beam again.
    pub fn get(&self, rerank: Option<usize>) -> SearchParams {
        SearchParams { rerank: rerank.unwrap_or(usize::MAX), ..self.0 }
    }
}

impl<'py> FromPyObject<'_, 'py> for PySearchParams {
    type Error = PyErr;

    fn extract(record: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let field = |name: &str| {
            record.getattr(name).map_err(|error| {
                if !error.is_instance_of::<PyAttributeError>(record.py()) {
                    return error;
                }
                let got = record.get_type().name().map_or_else(|_| "another type".into(), |name| name.to_string());
                PyTypeError::new_err(format!("expected a SearchParams, got {got}"))
            })
        };
        Ok(Self(SearchParams {
            k: field("k")?.extract()?,
            ef_search: field("ef_search")?.extract()?,
            hops: field("hops")?.extract()?,
            max_nodes: field("max_nodes")?.extract()?,
            ..SearchParams::default()
        }))
    }
}
