//! Defines the Python exceptions of the core and converts each core error to one of them.

use pyo3::exceptions::{PyException, PyKeyError, PyOSError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use sanderling_core::Error;
use sanderling_core::error::Class;

pyo3::create_exception!(
    sanderling._core,
    CoreError,
    PyException,
    "Base of DamageError, VersionError and InternalError."
);
pyo3::create_exception!(
    sanderling._core,
    DamageError,
    CoreError,
    "A file is damaged or of another kind: make it again from its source."
);
pyo3::create_exception!(
    sanderling._core,
    VersionError,
    CoreError,
    "A file is intact, but in an older or newer format version that this build does not read."
);
pyo3::create_exception!(
    sanderling._core,
    InternalError,
    CoreError,
    "A bug in this package: report it; no file is at fault."
);

/// Returns the Python exception for a core error. There is no `_` arm: a new class must choose its exception here.
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
