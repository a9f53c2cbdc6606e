//! The equations of graph attention as plain loops in f64, for tests and for people who read the code.

use super::heads::{Head, Projection};
use super::inputs::{check, check_features, inverse_length};
use super::lanes::SLOPE;
use super::weights::Parameters;
use crate::error::Result;
use crate::graph::Subgraph;

/// Weights of a subgraph's nodes in f64; see [`NodeWeights`](super::NodeWeights).
#[derive(Debug, Clone, PartialEq)]
pub struct NodeWeights {
    /// One weight per node; they sum to 1.
    pub weights: Vec<f64>,
    /// Entropy of the weights in nats.
    pub entropy: f64,
}

/// Returns the same weights as [`attend`](super::attend), computed directly from the equations.
///
/// # Errors
/// As [`attend`](super::attend).
pub fn attend(
    parameters: &Parameters,
    query: &[f32],
    vectors: &[f32],
    features: &[f32],
    graph: &Subgraph,
) -> Result<NodeWeights> {
    check(parameters, query, vectors, graph)?;
    check_features(parameters, features, graph.keys.len())?;
    let width = parameters.features();
    let phi: Vec<Vec<f64>> = (0..graph.keys.len()).map(|node| wide(&features[node * width..][..width])).collect();
    let q = unit(0, query)?;
    let x = vectors.chunks_exact(query.len()).enumerate().map(|(row, vector)| unit(row, vector));
    let x = x.collect::<Result<Vec<_>>>()?;
    let mut s: Vec<f64> = phi.iter().map(|phi| product(&wide(&parameters.features.direct), phi)).collect();
    for head in &parameters.heads {
        let g = project(&head.query, &q).into_iter().map(|value| f64::from(head.kappa) * value);
        let g = [g.collect(), wide(&head.p)].concat();
        let u = x.iter().zip(&phi).map(|(x, phi)| [project(&head.node, x), phi.clone()].concat());
        let u = propagate(parameters, head, &g, u.collect(), graph);
        for (s, u) in s.iter_mut().zip(&u) {
            *s += f64::from(head.m) * f64::from(head.tau) * product(&g, u);
        }
    }
    let weights = softmax(&s);
    let entropy = -weights.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>();
    Ok(NodeWeights { weights, entropy })
}

/// Runs all layers of one head on the nodes' projected vectors `u` and returns the result.
fn propagate(parameters: &Parameters, head: &Head, g: &[f64], mut u: Vec<Vec<f64>>, graph: &Subgraph) -> Vec<Vec<f64>> {
    for layer in &head.layers {
        let bias = |slot: usize| -> f64 {
            let embedding = &parameters.embeddings[slot * parameters.relation_dim..][..parameters.relation_dim];
            product(&wide(&layer.a_rel), &wide(embedding))
        };
        let self_slot = parameters.embeddings.len() / parameters.relation_dim - 1;
        // An absent vector of coefficients is zero.
        let width = u.first().map_or(0, |u| u.len() - parameters.features());
        let joined = |a: &[f32], f: &[f32]| {
            let mut a = wide(a);
            a.resize(width, 0.0);
            [a, wide(f)].concat()
        };
        let (a_dst, a_src) = (joined(&layer.a_dst, &layer.f_dst), joined(&layer.a_src, &layer.f_src));
        let logit = |i: usize, j: usize, b: f64, weight: f64| {
            let x = product(&a_dst, &u[i]) + product(&a_src, &u[j]) + b;
            let leaky = if x < 0.0 { f64::from(SLOPE) * x } else { x };
            leaky + f64::from(layer.gamma) * product(g, &u[j]) + weight.ln()
        };
        let next = (0..u.len()).map(|i| {
            let mut from = vec![i];
            let mut logits = vec![logit(i, i, bias(self_slot), 1.0)];
            for edge in &graph.neighbours[graph.offsets[i] as usize..graph.offsets[i + 1] as usize] {
                let j = edge.node as usize;
                let slot = 2 * usize::from(edge.relation) + usize::from(edge.reverse);
                let b = if slot < self_slot { bias(slot) } else { 0.0 };
                from.push(j);
                logits.push(logit(i, j, b, f64::from(edge.weight)));
            }
            let alpha = softmax(&logits);
            (0..u[i].len()).map(|k| from.iter().zip(&alpha).map(|(j, alpha)| alpha * u[*j][k]).sum()).collect()
        });
        u = next.collect();
    }
    u
}

fn unit(row: usize, vector: &[f32]) -> Result<Vec<f64>> {
    let vector64 = wide(vector);
    let scale = inverse_length(row, vector, product(&vector64, &vector64))?;
    Ok(vector64.iter().map(|value| value * scale).collect())
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

fn project(projection: &Projection, x: &[f64]) -> Vec<f64> {
    match projection {
        Projection::Identity => x.to_vec(),
        Projection::LowRank { matrix, .. } => matrix.chunks_exact(x.len()).map(|row| product(&wide(row), x)).collect(),
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn softmax(values: &[f64]) -> Vec<f64> {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials: Vec<f64> = values.iter().map(|value| (value - largest).exp()).collect();
    let total: f64 = exponentials.iter().sum();
    exponentials.iter().map(|value| value / total).collect()
}
