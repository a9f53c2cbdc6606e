//! The Python function `feature_table`.

use crate::arrays::{contiguous, keys as key_array};
use crate::run::detached;
use numpy::{IntoPyArray, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use sanderling_core::features::{Anchors, FEATURES, Nodes, table};

/// Return the features of n candidates, ``float32[n, features]``, each from -2 to 2.
///
/// ``nodes`` ``float64[6, n]``: cosine, mention of the title, citation, first score, and the ranks from first and
/// second scores. ``words`` ``float64[words, n]``: the idf share of each word that a node has, else 0. For m anchors,
/// ``places`` ``uint64[m]`` among the candidates; ``own`` ``bool[m, n]``, whether both are of one document; ``related``
/// ``float64[4, m, n]``: cosine, and the worth of the rarest shared name, of all, and of those that open the title. Of
/// the anchors, ``with_columns``, numbers of hits and of bridges after them, have columns of their own, two of each.
/// Raises ValueError for arrays that do not fit each other.
#[pyfunction]
pub fn feature_table<'py>(
    py: Python<'py>,
    nodes: &Bound<'py, PyAny>,
    words: &Bound<'py, PyAny>,
    places: &Bound<'py, PyAny>,
    own: &Bound<'py, PyAny>,
    related: &Bound<'py, PyAny>,
    with_columns: (usize, usize),
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let places = key_array("places", places)?;
    let nodes = contiguous::<f64, 2>("nodes", "float64[6, n]", nodes)?;
    let words = contiguous::<f64, 2>("words", "float64[words, n]", words)?;
    let own = contiguous::<bool, 2>("own", "bool[m, n]", own)?;
    let related = contiguous::<f64, 3>("related", "float64[4, m, n]", related)?;
    let given = Nodes { columns: &nodes, words: &words };
    let anchors =
        Anchors { places: &places, own: &own, related: &related, hits: with_columns.0, bridges: with_columns.1 };
    let found = detached(py, || table(&given, &anchors))?;
    let count = found.len() / FEATURES;
    found.into_pyarray(py).reshape([count, FEATURES])
}
