//! Attention in f32 for four heads at a time. It makes one pass over the nodes, then one pass over the edges for each
//! layer.
//!
//! Of a projected vector u only five products are ever needed: c = g·u for the score and the query term, and a_dst·u
//! and a_src·u of either layer. Taking the weighted mean of u and then a product gives what the weighted mean of the
//! products gives, so a node's state is those five numbers, and u itself is not computed: a·(W x) = (Wᵀa)·x. Where u is
//! kept instead, so are the products with a, and only c is computed. Features are further components of u, and add
//! their products to the same five numbers.

use super::heads::Head;
use super::inputs::{check, check_features, inverse_length};
use super::lanes::{LANES, Lanes, State, map};
use super::layer::{Edges, Pass, Sender};
use super::projected::Projected;
use super::weights::Parameters;
use crate::error::Result;
use crate::graph::Subgraph;
use crate::kernels::{dot, prefetch};
use std::borrow::Cow;
use std::iter;

/// The attention weights of a subgraph's nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeWeights {
    /// One weight per node in the order of the subgraph's keys; they sum to 1.
    pub weights: Vec<f32>,
    /// Entropy of the weights in nats: 0 for a single node or none, ln n for n equal weights.
    pub entropy: f32,
}

/// Number of nodes whose vectors are prefetched ahead of the current one.
const AHEAD: usize = 6;

/// Source of the nodes' vectors.
///
/// A node is given by its index in the subgraph.
#[derive(Clone, Copy)]
pub(crate) enum Nodes<'a> {
    /// A function that returns the vector of a node, and one that prefetches it.
    Vectors(&'a dyn Fn(usize) -> Cow<'a, [f32]>, &'a dyn Fn(usize)),
    /// The cosine of each vector with the query, for parameters that need nothing else.
    Cosines(&'a [f32]),
    /// The stored projections of the vectors, and the slot of each node.
    Projected(&'a Projected, &'a [u32]),
    /// No vectors, for parameters that use only features.
    Unread,
}

/// Buffers that runs reuse, so that no run allocates memory in proportion to the subgraph.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    states: Vec<State>,
    next: Vec<State>,
    senders: Vec<Sender>,
    scores: Vec<f32>,
}

/// Returns a weight for each node of `graph`, given `query`.
///
/// `vectors` holds one row of `query.len()` values per node, `features` one row of as many values as the parameters
/// take.
///
/// ```
/// use sanderling_core::attention::{Parameters, attend};
/// use sanderling_core::graph::{Neighbour, Subgraph};
///
/// // Two nodes and an edge 8 → 9, which stands in the lists of both its ends.
/// let edge = |node, reverse| Neighbour { node, relation: 0, reverse, weight: 1.0 };
/// let graph = Subgraph {
///     keys: vec![8, 9],
///     offsets: vec![0, 1, 2],
///     neighbours: vec![edge(1, true), edge(0, false)],
///     depth_touched: 1,
/// };
/// let vectors = [1.0, 0.0, 0.0, 1.0];
/// let found = attend(&Parameters::prior(1)?, &[0.8, 0.6], &vectors, &[], &graph)?;
/// assert!(found.weights[0] > found.weights[1] && found.entropy > 0.0);
/// # Ok::<(), sanderling_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Dimension`](crate::Error::Dimension) when the query is empty or of another length than the parameters were
/// trained for, [`Error::Length`](crate::Error::Length) when `vectors` or `features` does not hold one row per node,
/// [`Error::NotFinite`](crate::Error::NotFinite) naming the row (0 also for the query),
/// [`Error::Parameter`](crate::Error::Parameter) for a subgraph that is not well formed, a feature beyond 1e6 or a
/// vector that is not zero and not 1e-15 to 1e13 long.
pub fn attend(
    parameters: &Parameters,
    query: &[f32],
    vectors: &[f32],
    features: &[f32],
    graph: &Subgraph,
) -> Result<NodeWeights> {
    check(parameters, query, vectors, graph)?;
    let row = |node: usize| &vectors[node * query.len()..][..query.len()];
    let nodes = Nodes::Vectors(&|node| Cow::Borrowed(row(node)), &|node| prefetch(row(node)));
    attend_over(parameters, query, nodes, features, graph, &mut Scratch::default())
}

/// Does the same as [`attend`] for vectors from any source. The subgraph must be well formed.
pub(crate) fn attend_over(
    parameters: &Parameters,
    query: &[f32],
    nodes: Nodes<'_>,
    features: &[f32],
    graph: &Subgraph,
    scratch: &mut Scratch,
) -> Result<NodeWeights> {
    parameters.check_dim(query.len())?;
    check_features(parameters, features, graph.keys.len())?;
    let query_scale = scale(0, query)?;
    let direction: Vec<f32> = query.iter().map(|value| value * query_scale).collect();
    let count = graph.keys.len();
    let Scratch { states, next, senders, scores } = scratch;
    states.clear();
    states.resize(count * parameters.groups.len(), State::default());
    match nodes {
        Nodes::Vectors(row, soon) => states_of_vectors(parameters, &direction, count, row, soon, states)?,
        Nodes::Cosines(cosines) => {
            for (at, state) in states.iter_mut().enumerate() {
                state[0] = parameters.groups[at / count].kappa.map(|kappa| kappa * cosines[at % count]);
            }
        }
        Nodes::Unread => {}
        Nodes::Projected(projected, slots) => states_of_projected(parameters, &direction, projected, slots, states),
    }
    let width = parameters.features();
    let phi = |node: usize| &features[node * width..][..width];
    if width > 0 {
        for (group, states) in parameters.groups.iter().zip(states.chunks_exact_mut(count.max(1))) {
            match group.layers.len() {
                1 => add_features::<3>(states, &group.features, features),
                _ => add_features::<5>(states, &group.features, features),
            }
        }
    }
    let edges = Edges::new(graph);
    scores.clear();
    scores.extend((0..count).map(|node| dot(&parameters.features.direct, phi(node))));
    next.resize(count, State::default());
    for (group, states) in parameters.groups.iter().zip(states.chunks_exact_mut(count.max(1))) {
        for (layer, of) in group.layers.iter().enumerate() {
            if layer > 0 {
                states.copy_from_slice(next);
            }
            let pass = Pass { edges, layer: of, at: layer, last: layer + 1 == group.layers.len() };
            pass.run(states, senders, next);
        }
        for (score, state) in scores.iter_mut().zip(&*next) {
            *score += group.scale.iter().zip(state[0]).map(|(scale, c)| scale * c).sum::<f32>();
        }
    }
    Ok(normalise(scores))
}

/// Computes the states of `count` nodes from their vectors, and writes them to `states`.
///
/// All states of one group of heads come before those of the next.
fn states_of_vectors<'a>(
    parameters: &Parameters,
    direction: &[f32],
    count: usize,
    row: &dyn Fn(usize) -> Cow<'a, [f32]>,
    soon: &dyn Fn(usize),
    states: &mut [State],
) -> Result<()> {
    let g = |head: &Head| head.node.transposed(&head.g(direction), direction.len());
    let g: Vec<Vec<f32>> = parameters.heads.iter().map(g).collect();
    (0..count.min(AHEAD)).for_each(soon);
    for node in 0..count {
        if node + AHEAD < count {
            soon(node + AHEAD);
        }
        let vector = &*row(node);
        let scale = scale(node, vector)?;
        for (at, (group, g)) in parameters.groups.iter().zip(g.chunks(LANES)).enumerate() {
            let state = &mut states[at * count + node];
            for (h, (g, products)) in g.iter().zip(&group.products).enumerate() {
                for (lanes, with) in state.iter_mut().zip(iter::once(g).chain(products)) {
                    lanes[h] = if with.is_empty() { 0.0 } else { dot(with, vector) * scale };
                }
            }
        }
    }
    Ok(())
}

/// Computes the states of the nodes in `slots` from their projections, and writes them to `states`.
fn states_of_projected(
    parameters: &Parameters,
    direction: &[f32],
    projected: &Projected,
    slots: &[u32],
    states: &mut [State],
) {
    let g = parameters.heads.chunks(LANES).map(|heads| -> Vec<Lanes> {
        let g: Vec<Vec<f32>> = heads.iter().map(|head| head.g(direction)).collect();
        (0..g[0].len()).map(|k| map(|h| g.get(h).map_or(0.0, |g| g[k]))).collect()
    });
    let g: Vec<Vec<Lanes>> = g.collect();
    slots.iter().take(AHEAD).for_each(|slot| projected.prefetch(*slot));
    for (node, slot) in slots.iter().enumerate() {
        slots.get(node + AHEAD).into_iter().for_each(|ahead| projected.prefetch(*ahead));
        for (group, g) in g.iter().enumerate() {
            states[group * slots.len() + node] = projected.state(*slot, group, g);
        }
    }
}

/// Adds the contributions of the nodes' features to their states.
///
/// Only the first `USED` numbers of a state count: one layer needs three. Two nodes are taken at a time, because the
/// sums of one alone would wait for one another.
fn add_features<const USED: usize>(states: &mut [State], per_feature: &[State], features: &[f32]) {
    let mut pairs = states.chunks_exact_mut(2);
    let mut rows = features.chunks_exact(2 * per_feature.len());
    for (pair, both) in pairs.by_ref().zip(rows.by_ref()) {
        let (one, two) = both.split_at(per_feature.len());
        let [mut first, mut second] = [pair[0], pair[1]];
        for ((with, one), two) in per_feature.iter().zip(one).zip(two) {
            for at in 0..USED {
                first[at] = map(|h| first[at][h] + one * with[at][h]);
                second[at] = map(|h| second[at][h] + two * with[at][h]);
            }
        }
        (pair[0], pair[1]) = (first, second);
    }
    for (state, row) in pairs.into_remainder().iter_mut().zip(rows.remainder().chunks_exact(per_feature.len())) {
        for (with, feature) in per_feature.iter().zip(row) {
            for at in 0..USED {
                state[at] = map(|h| state[at][h] + feature * with[at][h]);
            }
        }
    }
}

/// Returns 1 divided by the length of `vector`.
fn scale(row: usize, vector: &[f32]) -> Result<f32> {
    Ok(inverse_length(row, vector, f64::from(dot(vector, vector)))? as f32)
}

/// Returns the softmax of `scores` and its entropy.
///
/// The entropy is computed as ln Z − Σ p (s − max), which needs no logarithm of a weight: a weight may be 0.
fn normalise(scores: &[f32]) -> NodeWeights {
    let mut weights = scores.to_vec();
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut total, mut moment) = (0.0f64, 0.0f64);
    for weight in &mut weights {
        let below = *weight - largest;
        *weight = below.exp();
        total += f64::from(*weight);
        // An exponential that underflowed to 0 belongs to a finite `below`, so the product is 0 and not NaN.
        moment += f64::from(*weight) * f64::from(below);
    }
    weights.iter_mut().for_each(|weight| *weight = (f64::from(*weight) / total) as f32);
    let entropy = if weights.is_empty() { 0.0 } else { (total.ln() - moment / total).max(0.0) as f32 };
    NodeWeights { weights, entropy }
}
