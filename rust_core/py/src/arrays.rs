//! Checks numpy arrays that are passed as arguments, and gives Rust access to them.
//!
//! Arguments are borrowed, never converted: another dtype, shape or stride raises TypeError with the expected one,
//! because silently copying a million vectors would hide the caller's mistake. A single vector (1.5 KB) is copied
//! before the GIL is released; batches stay borrowed while the core reads them, so the caller must not write to an
//! array that is being inserted, as with any numpy function that releases the GIL.

use numpy::{
    Element, PyArrayDescrMethods, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

fn describe(value: &Bound<'_, PyAny>) -> String {
    let Ok(array) = value.cast::<PyUntypedArray>() else {
        return value.get_type().name().map_or_else(|_| "another type".into(), |name| name.to_string());
    };
    let strides = if array.is_c_contiguous() { "" } else { ", not C-contiguous" };
    format!(
        "{} of shape {:?}{strides}",
        array.dtype().typeobj().name().map_or_else(|_| "?".into(), |n| n.to_string()),
        array.shape()
    )
}

fn refuse(name: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{name}: expected a C-contiguous numpy {expected}, got {}", describe(value)))
}

/// Borrows a one-dimensional, C-contiguous array with elements of type `T`.
///
/// Anything else is a TypeError.
pub fn one_dimensional<'py, T: Element>(
    name: &str,
    dtype: &str,
    value: &Bound<'py, PyAny>,
) -> PyResult<PyReadonlyArray1<'py, T>> {
    let array: PyReadonlyArray1<'py, T> = value.extract().map_err(|_| refuse(name, &format!("{dtype}[n]"), value))?;
    if array.is_c_contiguous() { Ok(array) } else { Err(refuse(name, &format!("{dtype}[n]"), value)) }
}

/// Borrows an array `float32[n, dim]` of any `dim`; TypeError for anything else.
pub fn table<'py>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray2<'py, f32>> {
    let expected = "float32[n, dim]";
    let array: PyReadonlyArray2<'py, f32> = value.extract().map_err(|_| refuse(name, expected, value))?;
    if array.is_c_contiguous() { Ok(array) } else { Err(refuse(name, expected, value)) }
}

/// Borrows an array `float32[n, dim]`; TypeError for anything else.
pub fn rows<'py>(name: &str, dim: usize, value: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray2<'py, f32>> {
    let expected = format!("float32[n, {dim}]");
    let array: PyReadonlyArray2<'py, f32> = value.extract().map_err(|_| refuse(name, &expected, value))?;
    if array.is_c_contiguous() && array.shape()[1] == dim { Ok(array) } else { Err(refuse(name, &expected, value)) }
}

/// Copies an array `float32[dim]`; TypeError for anything else.
pub fn vector(name: &str, dim: usize, value: &Bound<'_, PyAny>) -> PyResult<Vec<f32>> {
    let expected = format!("float32[{dim}]");
    let array: PyReadonlyArray1<'_, f32> = value.extract().map_err(|_| refuse(name, &expected, value))?;
    match array.as_slice() {
        Ok(slice) if slice.len() == dim => Ok(slice.to_vec()),
        _ => Err(refuse(name, &expected, value)),
    }
}

/// Copies an array `uint64[n]`; TypeError for anything else.
pub fn keys(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
    let array = one_dimensional::<u64>(name, "uint64", value)?;
    array.as_slice().map(<[u64]>::to_vec).map_err(|_| refuse(name, "uint64[n]", value))
}

/// Copies a C-contiguous array of `DIMENSIONS` dimensions; TypeError for anything else.
///
/// For the columns of some hundred candidates.
pub fn contiguous<T: Element + Copy, const DIMENSIONS: usize>(
    name: &str,
    expected: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<Vec<T>> {
    let array: PyReadonlyArrayDyn<'_, T> = value.extract().map_err(|_| refuse(name, expected, value))?;
    match array.as_slice() {
        Ok(slice) if array.is_c_contiguous() && array.ndim() == DIMENSIONS => Ok(slice.to_vec()),
        _ => Err(refuse(name, expected, value)),
    }
}
