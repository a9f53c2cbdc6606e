//! Checks of attention's inputs (query, subgraph, vectors and features), and the bounds on their values.

use super::weights::Parameters;
use crate::error::{Error, Result};
use crate::graph::Subgraph;

/// Largest absolute value allowed for a feature.
pub(super) const MAX_FEATURE: f32 = 1e6;

/// Allowed squared lengths of nonzero vectors. Within them no product of a vector with parameters up to
/// [`MAX_MAGNITUDE`](super::heads::MAX_MAGNITUDE) overflows f32, and no length underflows.
const SQUARED_LENGTHS: std::ops::RangeInclusive<f64> = 1e-30..=MAX_LENGTH * MAX_LENGTH;

/// Length of the longest vector accepted.
pub(super) const MAX_LENGTH: f64 = 1e13;

/// Checks that the lengths of the arrays agree and that the subgraph is well formed.
///
/// The values of the vectors are not checked.
pub(super) fn check(parameters: &Parameters, query: &[f32], vectors: &[f32], graph: &Subgraph) -> Result<()> {
    parameters.check_dim(query.len())?;
    let nodes = graph.keys.len();
    if nodes.checked_mul(query.len()) != Some(vectors.len()) {
        let expected = nodes.saturating_mul(query.len());
        return Err(Error::Length { what: "values in the nodes' vectors", expected, got: vectors.len() });
    }
    // An empty graph may come without the leading 0.
    let offsets = if nodes == 0 && graph.offsets.is_empty() { &[0][..] } else { &graph.offsets };
    let ordered = offsets.len() == nodes + 1 && offsets[0] == 0 && offsets.is_sorted();
    if !ordered || offsets[nodes] as usize != graph.neighbours.len() {
        let what = "offsets must rise from 0 to the number of neighbours, one more than there are nodes";
        return Err(Error::Parameter { what, got: format!("{} offsets", offsets.len()) });
    }
    for neighbour in &graph.neighbours {
        if neighbour.node as usize >= nodes {
            return Err(Error::Parameter { what: "a neighbour must be a node", got: neighbour.node.to_string() });
        }
        if !(neighbour.weight > 0.0 && neighbour.weight.is_finite()) {
            let got = neighbour.weight.to_string();
            return Err(Error::Parameter { what: "edge weights must be finite and above 0", got });
        }
    }
    Ok(())
}

/// Checks that `features` has one row for each of `nodes` nodes, and that all values are within bounds.
pub(super) fn check_features(parameters: &Parameters, features: &[f32], nodes: usize) -> Result<()> {
    let width = parameters.features();
    if nodes.checked_mul(width) != Some(features.len()) {
        let expected = nodes.saturating_mul(width);
        return Err(Error::Length { what: "values in the nodes' features", expected, got: features.len() });
    }
    // Without a branch, so that several are compared at once: a comparison with NaN is false.
    if features.iter().fold(true, |within, value| within & (value.abs() <= MAX_FEATURE)) {
        return Ok(());
    }
    match features.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(Error::NotFinite { row: at / width }),
        None => Err(Error::Parameter { what: "features must be from -1e6 to 1e6", got: "larger ones".into() }),
    }
}

/// Returns 1 divided by the length of `vector`, whose squared length is `squared`; 0 for the zero vector.
pub(super) fn inverse_length(row: usize, vector: &[f32], squared: f64) -> Result<f64> {
    if SQUARED_LENGTHS.contains(&squared) {
        return Ok(squared.sqrt().recip());
    }
    if !vector.iter().all(|value| value.is_finite()) {
        return Err(Error::NotFinite { row });
    }
    if vector.iter().all(|value| *value == 0.0) {
        return Ok(0.0);
    }
    Err(Error::Parameter { what: "vectors must be zero or 1e-15 to 1e13 long", got: format!("row {row}") })
}
