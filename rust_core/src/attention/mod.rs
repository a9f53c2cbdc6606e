//! Graph attention: a query, a subgraph and its nodes' vectors in; one weight per node out, and their entropy.
//!
//! ```text
//! query f32[d] ───────────────┐
//! vectors f32[n × d] ─► unit length ─► per head: project, attend over edges (1 or 2 layers), score ─► softmax ─► weights
//! Subgraph (edges, relations, weights) ───────┘
//! ```
//!
//! Multi-head graph attention after Veličković et al., arXiv 1710.10903, with relation embeddings, an edge-weight bias
//! and a query term, and without a nonlinearity between the layers. With x_j the vector of node j and q the query, both
//! scaled to unit length so that the constants mean the same under every metric (zero stays zero), per head:
//!
//! ```text
//! u_j  = W x_j          g = Q q                                                        W, Q: r × d, or the identity
//! e_ij = LeakyReLU(a_dst·u_i + a_src·u_j + b_ij) + γ (g·u_j) + ln w_ij                 slope 0.2, as in the paper
//! α_ij = softmax of e_ij over j                                                        for j in N(i) and j = i
//! u'_i = Σ_j α_ij u_j
//! ```
//!
//! A second layer repeats the last three lines on u' with its own γ and a. Then, over the heads h and the nodes i:
//!
//! ```text
//! s_i = Σ_h m_h τ_h (g_h·u'_ih)          weights = softmax of s over i          entropy = −Σ p_i ln p_i  [nats]
//! ```
//!
//! N(i) are the edges in the list of node i. The bias of an edge is b_ij = a_rel·r, with r the embedding of its slot
//! `2 · relation + reverse`; relations the parameters do not know get b = 0. Every node also attends to itself once with
//! weight 1 and the last slot, `self`, whether or not the graph has a self-loop. Embeddings are shared by all heads and
//! layers, a_rel is not.
//!
//! Everything between projection and score is linear in u for given α, and only products of u with three kinds of fixed
//! vectors are ever used. `fused` therefore folds W into those vectors (a·(W x) = (Wᵀa)·x), reduces each node to five
//! numbers per head and sends only these along the edges; `reference` computes the equations as they stand. Of the five
//! only g·u depends on the query, and where W has few rows `projected` keeps u and the other four for every node.
//!
//! The parameters' file is a [frame](crate::bytes) with magic `SNDRATTN`, version 1 and this body, matrices row by row:
//!
//! ```text
//! layers u32 · heads u32 · dim u32 · rank u32 · relations u32 · relation_dim u32
//! r f32[(2 · relations + 1) × relation_dim]
//! per head:  W f32[rank × dim] · Q f32[rank × dim] · m f32 · τ f32
//!            per layer:  γ f32 · a_rel f32[relation_dim] · a_dst f32[r] · a_src f32[r]
//! ```
//!
//! A rank of 0 stands for identity projections: W and Q are absent and r = dim. With them dim may be 0: then a_dst and
//! a_src are absent, which means zero, and vectors of every length are taken.
//!
//! | file | holds |
//! |---|---|
//! | `weights` | the parameters, validated and frozen, and their file |
//! | `prior` | the parameters used before any training, and why |
//! | `folded` | the parameters in the form of the fast passes |
//! | `lanes` | four heads side by side, and their exponential |
//! | `projected` | what of the nodes' vectors the fast form needs, computed once for all queries |
//! | `fused` | the fast form: the query, the nodes' states, the scores |
//! | `layer` | the fast form: one pass over the edges per group of heads and layer |
//! | `reference` | the equations as plain loops in f64 |
//! | `parity` | tests that the two agree within derived bounds |

mod folded;
mod fused;
mod lanes;
mod layer;
#[cfg(test)]
mod parity;
mod prior;
mod projected;
pub mod reference;
mod weights;

pub use fused::attend;
pub(crate) use fused::{Nodes, Scratch, attend_over};
pub(crate) use projected::Projected;
pub use weights::Parameters;

use crate::error::{Error, Result};
use crate::graph::Subgraph;

/// Slope of LeakyReLU below zero (arXiv 1710.10903, section 3.3).
const SLOPE: f32 = 0.2;

/// Squared lengths of vectors that are not zero. Within these, no product of [`weights::MAX_MAGNITUDE`]-bounded
/// parameters with vectors overflows f32, and a length is not lost to underflow.
const SQUARED_LENGTHS: std::ops::RangeInclusive<f64> = 1e-30..=1e30;

/// Attention over the nodes of a subgraph.
#[derive(Debug, Clone, PartialEq)]
pub struct Attended {
    /// One weight per node in the order of the subgraph's keys; they sum to 1.
    pub weights: Vec<f32>,
    /// Entropy of the weights in nats: 0 for one node or none, ln n for n equal ones.
    pub entropy: f32,
}

/// Checks everything but the vectors' values.
fn check(parameters: &Parameters, query: &[f32], vectors: &[f32], graph: &Subgraph) -> Result<()> {
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

/// One over the length of the vector in `row`, from its squared length; 0 for the zero vector.
fn inverse_length(row: usize, vector: &[f32], squared: f64) -> Result<f64> {
    if SQUARED_LENGTHS.contains(&squared) {
        return Ok(squared.sqrt().recip());
    }
    if !vector.iter().all(|value| value.is_finite()) {
        return Err(Error::NotFinite { row });
    }
    if vector.iter().all(|value| *value == 0.0) {
        return Ok(0.0);
    }
    Err(Error::Parameter { what: "vectors must be zero or 1e-15 to 1e15 long", got: format!("row {row}") })
}
