//! The Python class `KeySet`.

use crate::arrays::keys as key_array;
use crate::run::detached;
use pyo3::prelude::*;
use sanderling_core::hnsw::KeySet;

/// A set of keys to which searches can be restricted.
///
/// Build it once per filter; it can be used with any memory. ``keys`` ``uint64[n]``: a key may occur more than once.
#[pyclass(name = "KeySet", module = "sanderling._core", frozen)]
pub struct PyKeySet(KeySet);

impl PyKeySet {
    /// Returns the core's object for this set.
    pub fn get(&self) -> &KeySet {
        &self.0
    }
}

#[pymethods]
impl PyKeySet {
    #[new]
    fn new(py: Python<'_>, keys: &Bound<'_, PyAny>) -> PyResult<Self> {
        let keys = key_array("keys", keys)?;
        detached(py, || Ok(Self(KeySet::new(keys))))
    }
    fn __len__(&self) -> usize {
        self.0.len()
    }
    fn __contains__(&self, key: u64) -> bool {
        self.0.contains(key)
    }
}
