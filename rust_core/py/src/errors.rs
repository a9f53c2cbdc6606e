//! Core errors to Python classes, in one exhaustive place.

use pyo3::exceptions::{PyException, PyKeyError, PyOSError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use sanderling_core::Error;

pyo3::create_exception!(
    sanderling._core,
    CoreError,
    PyException,
    "A file is damaged, of another version, or of another kind."
);

/// The Python exception for a core error. No `_` arm: a new variant must choose its class here.
pub fn to_python(error: Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Dimension { .. } => PyTypeError::new_err(message),
        Error::Length { .. } | Error::NotFinite { .. } | Error::ZeroVector { .. } | Error::Parameter { .. } => {
            PyValueError::new_err(message)
        }
        Error::UnknownKey(_) => PyKeyError::new_err(message),
        Error::Magic { .. }
        | Error::Version { .. }
        | Error::Truncated { .. }
        | Error::Checksum
        | Error::Corrupt { .. }
        | Error::Stopped => CoreError::new_err(message),
        Error::Io { .. } => PyOSError::new_err(message),
    }
}
