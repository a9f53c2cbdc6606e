//! Core errors to Python classes, in one exhaustive place.

use pyo3::exceptions::{PyException, PyKeyError, PyOSError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use sanderling_core::Error;
use sanderling_core::error::Class;

pyo3::create_exception!(sanderling._core, CoreError, PyException, "Base of the next three.");
pyo3::create_exception!(sanderling._core, DamageError, CoreError, "A file is damaged or of another kind.");
pyo3::create_exception!(sanderling._core, VersionError, CoreError, "A file is of another format version, and sound.");
pyo3::create_exception!(
    sanderling._core,
    InternalError,
    CoreError,
    "This package broke a promise of its own: no file is to blame."
);

/// The Python exception for a core error. No `_` arm: a new class must choose its exception here.
pub fn to_python(error: Error) -> PyErr {
    let message = error.to_string();
    match error.class() {
        Class::Type => PyTypeError::new_err(message),
        Class::Value => PyValueError::new_err(message),
        Class::Key => PyKeyError::new_err(message),
        Class::Damage => DamageError::new_err(message),
        Class::Version => VersionError::new_err(message),
        Class::System => PyOSError::new_err(message),
        Class::Internal => InternalError::new_err(message),
    }
}
