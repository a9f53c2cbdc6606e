//! The Python classes `NameFinder` and `EntityFinder`.

use crate::run::detached;
use pyo3::prelude::*;
use sanderling_core::words::{Capitals, Entities};
use std::collections::HashSet;

/// Finds names in plain texts: runs of capitalised words.
///
/// ``small``: words that may stand between two capitalised words. ``opening``: lower-case words that are no names, for
/// they are capitalised at the beginning of a sentence. ``least_letters``: letters and digits of the shortest name;
/// ``most_words``: words kept of one.
#[pyclass(name = "NameFinder", module = "sanderling._core", frozen)]
pub struct PyNameFinder(Capitals);

#[pymethods]
impl PyNameFinder {
    #[new]
    fn new(small: HashSet<String>, opening: HashSet<String>, least_letters: usize, most_words: usize) -> Self {
        Self(Capitals { small, opening, least_letters, most_words })
    }

    /// Return the first ``most`` names in ``text``, each lower-case words joined by blanks, or None.
    ///
    /// Names made only of ``known`` words are skipped. None: the text has letters beyond ASCII, or words that are not
    /// simply runs of letters and digits.
    fn find(&self, py: Python<'_>, text: &str, known: Vec<String>, most: usize) -> PyResult<Option<Vec<String>>> {
        let known: HashSet<&str> = known.iter().map(String::as_str).collect();
        detached(py, || Ok(self.0.names(text, &known, most)))
    }
}

/// Finds entities: runs of two or more capitalised words.
///
/// ``small``: words that may stand between two capitalised words, ``most_small`` of them in a row. ``leading``:
/// lower-case words that may open a sentence before an entity.
#[pyclass(name = "EntityFinder", module = "sanderling._core", frozen)]
pub struct PyEntityFinder(Entities);

#[pymethods]
impl PyEntityFinder {
    #[new]
    fn new(small: HashSet<String>, leading: HashSet<String>, most_small: usize) -> Self {
        Self(Entities { small, leading, most_small })
    }

    /// Return the entities in ``text`` in lower case, as often as they stand there.
    ///
    /// None: the text has other letters than those of Latin and Cyrillic.
    fn find(&self, py: Python<'_>, text: &str) -> PyResult<Option<Vec<String>>> {
        detached(py, || Ok(self.0.find(text)))
    }
}
