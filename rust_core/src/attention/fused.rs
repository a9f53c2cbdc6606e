//! Attention in f32, one pass over the edges per head and layer.
//!
//! Of a projected vector u only five products are ever needed: c = g·u for the score and the query term, and a_dst·u and
//! a_src·u of either layer. Taking the weighted mean of u and then a product gives what the weighted mean of the products
//! gives, so a node's state is those five numbers, and u itself is never computed: a·(W x) = (Wᵀa)·x. The softmax streams
//! (Milakov & Gimelshein, arXiv 1805.02867): a running maximum, a running sum and a running mean, rescaled whenever the
//! maximum rises, so no logit is stored.

use super::weights::{Head, Parameters, Projection};
use super::{Attended, SLOPE, check, inverse_length};
use crate::error::Result;
use crate::graph::Subgraph;
use crate::kernels::dot;

/// g·u, then a_dst·u and a_src·u of layer 1, then of layer 2.
type State = [f32; 5];

/// One head's parameters in the form the pass over the edges wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Folded {
    /// Wᵀa for the last four entries of [`State`]; empty stands for zero.
    products: [Vec<f32>; 4],
    /// Per layer, the bias of each relation slot, `self` last.
    biases: Vec<Vec<f32>>,
}

impl Folded {
    pub fn new(head: &Head, dim: usize, embeddings: &[f32], relation_dim: usize) -> Self {
        let mut products = [const { Vec::new() }; 4];
        for (layer, pair) in head.layers.iter().zip(products.chunks_exact_mut(2)) {
            pair[0] = head.node.transposed(&layer.a_dst, dim);
            pair[1] = head.node.transposed(&layer.a_src, dim);
        }
        let bias = |a_rel: &[f32]| embeddings.chunks_exact(relation_dim).map(|r| dot(a_rel, r)).collect();
        Self { products, biases: head.layers.iter().map(|layer| bias(&layer.a_rel)).collect() }
    }
}

impl Projection {
    /// Projects `x`.
    fn apply(&self, x: Vec<f32>) -> Vec<f32> {
        match self {
            Self::Identity => x,
            Self::LowRank { matrix, .. } => matrix.chunks_exact(x.len()).map(|row| dot(row, &x)).collect(),
        }
    }

    /// The vector whose product with x is the product of `a` with the projected x; empty when `a` is zero.
    fn transposed(&self, a: &[f32], dim: usize) -> Vec<f32> {
        if a.iter().all(|value| *value == 0.0) {
            return Vec::new();
        }
        match self {
            Self::Identity => a.to_vec(),
            Self::LowRank { matrix, .. } => {
                let mut sum = vec![0.0; dim];
                for (a, row) in a.iter().zip(matrix.chunks_exact(dim)) {
                    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += a * value);
                }
                sum
            }
        }
    }
}

/// Weighs the nodes of `graph` for `query`; `vectors` holds one row of `query.len()` values per node.
///
/// # Errors
/// [`Error::Dimension`](crate::Error::Dimension) when the query is empty or of another length than the parameters were
/// trained for, [`Error::Length`](crate::Error::Length) when `vectors` does not hold one row per node,
/// [`Error::NotFinite`](crate::Error::NotFinite) naming the row (0 also for the query),
/// [`Error::Parameter`](crate::Error::Parameter) for a subgraph that is not well formed or a vector that is not zero and
/// not 1e-15 to 1e15 long.
pub fn attend(parameters: &Parameters, query: &[f32], vectors: &[f32], graph: &Subgraph) -> Result<Attended> {
    check(parameters, query, vectors, graph)?;
    let dim = query.len();
    let scale = |row, vector: &[f32]| Ok(inverse_length(row, vector, f64::from(dot(vector, vector)))? as f32);
    let query_scale: f32 = scale(0, query)?;
    let direction: Vec<f32> = query.iter().map(|value| value * query_scale).collect();
    let scales = vectors.chunks_exact(dim).enumerate().map(|(row, vector)| scale(row, vector));
    let scales = scales.collect::<Result<Vec<f32>>>()?;

    let mut scores = vec![0.0; scales.len()];
    let mut states = vec![State::default(); scales.len()];
    let mut next = states.clone();
    for (head, folded) in parameters.heads.iter().zip(&parameters.folded) {
        let g = head.node.transposed(&head.query.apply(direction.clone()), dim);
        for ((state, vector), scale) in states.iter_mut().zip(vectors.chunks_exact(dim)).zip(&scales) {
            for (value, with) in state.iter_mut().zip([&g].into_iter().chain(&folded.products)) {
                *value = if with.is_empty() { 0.0 } else { dot(with, vector) * scale };
            }
        }
        for (layer, bias) in folded.biases.iter().enumerate() {
            propagate(graph, layer, head.layers[layer].gamma, bias, &states, &mut next);
            std::mem::swap(&mut states, &mut next);
        }
        for (score, state) in scores.iter_mut().zip(&states) {
            *score += head.m * head.tau * state[0];
        }
    }
    Ok(normalise(scores))
}

/// One layer of one head: the attention-weighted mean of each node's own and its neighbours' states.
fn propagate(graph: &Subgraph, layer: usize, gamma: f32, bias: &[f32], states: &[State], next: &mut [State]) {
    let (dst, src) = (1 + 2 * layer, 2 + 2 * layer);
    let (own_bias, bias) = bias.split_last().expect("the self slot is always there");
    for (i, (own, next)) in states.iter().zip(next).enumerate() {
        let logit = |state: &State, bias: f32| leaky(own[dst] + state[src] + bias) + gamma * state[0];
        let mut mean = Mean::start(logit(own, *own_bias), own);
        for edge in &graph.neighbours[graph.offsets[i] as usize..graph.offsets[i + 1] as usize] {
            let slot = 2 * usize::from(edge.relation) + usize::from(edge.reverse);
            let state = &states[edge.node as usize];
            mean.add(logit(state, bias.get(slot).copied().unwrap_or(0.0)) + edge.weight.ln(), state);
        }
        *next = mean.value();
    }
}

fn leaky(x: f32) -> f32 {
    if x < 0.0 { SLOPE * x } else { x }
}

/// A mean weighted by the softmax of logits that arrive one at a time.
struct Mean {
    largest: f32,
    total: f32,
    sum: State,
}

impl Mean {
    fn start(logit: f32, state: &State) -> Self {
        Self { largest: logit, total: 1.0, sum: *state }
    }

    fn add(&mut self, logit: f32, state: &State) {
        // One of the two factors is exactly 1: nothing grows, and the first state need not be special.
        let largest = self.largest.max(logit);
        let (keep, weight) = ((self.largest - largest).exp(), (logit - largest).exp());
        self.largest = largest;
        self.total = self.total * keep + weight;
        for (sum, value) in self.sum.iter_mut().zip(state) {
            *sum = *sum * keep + weight * value;
        }
    }

    fn value(self) -> State {
        self.sum.map(|sum| sum / self.total)
    }
}

/// Softmax and its entropy, H = ln Z − Σ p (s − max), which never takes the logarithm of a weight that underflowed.
fn normalise(mut scores: Vec<f32>) -> Attended {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut total, mut moment) = (0.0f64, 0.0f64);
    for score in &mut scores {
        let below = *score - largest;
        *score = below.exp();
        total += f64::from(*score);
        // An exponential that underflowed to 0 belongs to a finite `below`, so the product is 0 and not NaN.
        moment += f64::from(*score) * f64::from(below);
    }
    scores.iter_mut().for_each(|weight| *weight = (f64::from(*weight) / total) as f32);
    let entropy = if scores.is_empty() { 0.0 } else { (total.ln() - moment / total).max(0.0) as f32 };
    Attended { weights: scores, entropy }
}
