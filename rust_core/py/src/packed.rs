//! The functions `pack` and `unpack`.

use crate::arrays::table;
use crate::run::detached;
use numpy::{IntoPyArray, PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use sanderling_core::packed;

/// Return the bytes of each of ``vectors`` ``float32[n, dim]`` with finite values, as a memory file keeps them.
///
/// ``precision``: int16 or float32. ``check``: raise ValueError for a vector that is not finite or all zero.
#[pyfunction]
#[pyo3(signature = (vectors, precision, *, check = false))]
pub fn pack<'py>(
    py: Python<'py>,
    vectors: &Bound<'py, PyAny>,
    precision: &str,
    check: bool,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let vectors = table("vectors", vectors)?;
    let (rows, dim) = (vectors.as_slice()?, vectors.shape()[1]);
    let packed = detached(py, || {
        if check {
            packed::check(rows, dim)?;
        }
        Ok(packed::pack_all(rows, dim, precision.parse()?))
    })?;
    Ok(packed.iter().map(|bytes| PyBytes::new(py, bytes)).collect())
}

/// Return the vectors ``float32[n, dim]`` of which ``values`` are the bytes.
///
/// Raises ValueError for bytes that are no such vector.
#[pyfunction]
pub fn unpack<'py>(py: Python<'py>, values: Vec<PyBackedBytes>, dim: usize) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let found = detached(py, || packed::unpack_all(&values, dim))?;
    found.into_pyarray(py).reshape([values.len(), dim])
}
