//! Runs calls into the core: releases the GIL, converts errors, catches panics and checks for Ctrl-C.
//!
//! No other module does any of this.

use crate::errors::to_python;
use pyo3::prelude::*;
use sanderling_core::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Time between two checks for signals.
///
/// A person does not notice it, and acquiring the GIL takes far less.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs `work` without the GIL and returns its result; a panic becomes an InternalError.
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work)))
        .map_err(|_| to_python(Error::Internal { what: "a panic; reopen the memory" }))?
        .map_err(to_python)
}

/// Runs `work` without the GIL, and lets Python's signal handlers stop it.
///
/// `work` gets a function that returns true once a handler has raised an exception, and should then stop. That
/// exception is returned.
pub fn interruptible<T: Send>(py: Python<'_>, work: impl FnOnce(&dyn Fn() -> bool) -> Result<T> + Send) -> PyResult<T> {
    let raised: Mutex<Option<PyErr>> = Mutex::new(None);
    let outcome = detached(py, || {
        let last = std::cell::Cell::new(Instant::now());
        let stop = || {
            if last.get().elapsed() < SIGNAL_INTERVAL {
                return false;
            }
            last.set(Instant::now());
            let Err(error) = Python::attach(|py| py.check_signals()) else { return false };
            if let Ok(mut slot) = raised.lock() {
                *slot = Some(error);
            }
            true
        };
        match work(&stop) {
            // The signal handler's exception is raised below, so this value is never seen.
            Err(Error::Stopped) => Ok(None),
            other => other.map(Some),
        }
    })?;
    match (outcome, raised.into_inner().ok().flatten()) {
        (_, Some(error)) => Err(error),
        (Some(value), None) => Ok(value),
        (None, None) => Err(to_python(Error::Stopped)),
    }
}
