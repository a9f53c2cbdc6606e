//! Graph attention: weighs the nodes of a subgraph for a query, by their vectors and features.
//!
//! ```text
//! query f32[d] ───────────────┐
//! vectors f32[n × d] ─► unit length ─► per head: project, attend over edges (1 or 2 layers), score ─► softmax ─► weights
//! features f32[n × F] ────────┤
//! Subgraph (edges, relations, weights) ───────┘
//! ```
//!
//! Multi-head graph attention after Veličković et al., arXiv 1710.10903, with relation embeddings, an edge-weight bias
//! and a query term, and without a nonlinearity between the layers. Let x_j be the vector of node j and q the query,
//! both scaled to unit length so that the constants mean the same under every metric (zero stays zero). Then per head:
//!
//! ```text
//! u_j  = [W x_j, φ_j]   g = [κ Q q, p]                                                 W, Q: r × d, or the identity
//! e_ij = LeakyReLU(a_dst·u_i + a_src·u_j + b_ij) + γ (g·u_j) + ln w_ij                 slope 0.2, as in the paper
//! α_ij = softmax of e_ij over j                                                        for j in N(i) and j = i
//! u'_i = Σ_j α_ij u_j
//! ```
//!
//! A second layer repeats the last three lines on u' with its own γ and a. Then, over the heads h and the nodes i:
//!
//! ```text
//! s_i = d·φ_i + Σ_h m_h τ_h (g_h·u'_ih)       weights = softmax of s over i       entropy = −Σ p_i ln p_i  [nats]
//! ```
//!
//! The features φ describe a node by other signals: words, titles, names. The caller computes them by a numbered table;
//! the parameters carry the number of the table they were trained on. The parameters that ship have κ = 0 and identity
//! projections, and take the cosines among the features; `python/sanderling/memory/retrieve/training`, which trains
//! them, gives the reason.
//!
//! N(i) are the edges in the list of node i. The bias of an edge is b_ij = a_rel·r, with r the embedding of its slot
//! `2 · relation + reverse`; relations unknown to the parameters get b = 0. Every node also attends to itself once with
//! weight 1 and the last slot, `self`, whether or not the graph has a self-loop. Embeddings are shared by all heads and
//! layers, a_rel is not.
//!
//! Everything between projection and score is linear in u for given α, and only products of u with three kinds of fixed
//! vectors are ever used. `fused` therefore folds W into those vectors (a·(W x) = (Wᵀa)·x), reduces each node to five
//! numbers per head and sends only these along the edges; `reference` computes the equations as they stand. Of the five
//! only g·u depends on the query, and where W has few rows `projected` keeps u and the other four for every node.
//!
//! The weights file is a [frame](crate::frame) with magic `SNDRATTN`, version 2 and this body, matrices row by row:
//!
//! ```text
//! table u32 · features u32 · layers u32 · heads u32 · dim u32 · rank u32 · relations u32 · relation_dim u32
//! r f32[(2 · relations + 1) × relation_dim] · d f32[features]
//! per head:  W f32[rank × dim] · Q f32[rank × dim] · m f32 · τ f32 · κ f32 · p f32[features]
//!            per layer:  γ f32 · a_rel f32[relation_dim] · a_dst f32[r] · a_src f32[r] · f_dst f32[features] ·
//!                        f_src f32[features]       f: the rest of a, for the features
//! ```
//!
//! A rank of 0 stands for identity projections: W and Q are absent and r = dim. With them dim may be 0: then a_dst and
//! a_src are absent for the vectors, which means zero, and vectors of every length are taken. Without features the
//! table is 0.
//!
//! | file | holds |
//! |---|---|
//! | `heads` | the heads' coefficients, by the equations' names |
//! | `weights` | the parameters, validated and frozen, and their file |
//! | `prior` | the untrained parameters, and the reasons for their constants |
//! | `inputs` | checks of queries, vectors, features and subgraphs |
//! | `lanes` | four heads side by side, a node's state in them, and their exponential |
//! | `folded` | the parameters in the form of the fast passes |
//! | `projected` | projections of the nodes' vectors, computed once for all queries |
//! | `layer` | the fast form: one pass over the edges per group of heads and layer |
//! | `fused` | the fast form: the query, the nodes' states, the scores |
//! | `reference` | the equations as plain loops in f64 |
//! | `parity` | tests that the fast form and the reference agree within derived bounds |

mod folded;
mod fused;
mod heads;
mod inputs;
mod lanes;
mod layer;
#[cfg(test)]
mod parity;
mod prior;
mod projected;
pub mod reference;
mod weights;

pub use fused::{NodeWeights, attend};
pub(crate) use fused::{Nodes, Scratch, attend_over};
pub(crate) use projected::Projected;
pub use weights::Parameters;
