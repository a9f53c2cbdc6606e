//! Graph attention: a query, a subgraph and its nodes' vectors and features in; one weight per node out, and their
//! entropy.
//!
//! ```text
//! query f32[d] ───────────────┐
//! vectors f32[n × d] ─► unit length ─► per head: project, attend over edges (1 or 2 layers), score ─► softmax ─► weights
//! features f32[n × F] ────────┤
//! Subgraph (edges, relations, weights) ───────┘
//! ```
//!
//! Multi-head graph attention after Veličković et al., arXiv 1710.10903, with relation embeddings, an edge-weight bias
//! and a query term, and without a nonlinearity between the layers. With x_j the vector of node j and q the query, both
//! scaled to unit length so that the constants mean the same under every metric (zero stays zero), per head:
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
//! The features φ are what other ways of looking say of a node: words, titles, names. They come from the caller, who
//! computes them by a numbered table; the parameters carry the number of the table they were trained on. The parameters
//! that ship have κ = 0 and identity projections, and read the vectors' cosines among the features: see
//! `python/sanderling/memory/training`, which trains them, for why.
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
//! The parameters' file is a [frame](crate::frame) with magic `SNDRATTN`, version 2 and this body, matrices row by row:
//!
//! ```text
//! table u32 · features u32 · layers u32 · heads u32 · dim u32 · rank u32 · relations u32 · relation_dim u32
//! r f32[(2 · relations + 1) × relation_dim] · d f32[features]
//! per head:  W f32[rank × dim] · Q f32[rank × dim] · m f32 · τ f32 · κ f32 · p f32[features]
//!            per layer:  γ f32 · a_rel f32[relation_dim] · a_dst f32[r] · a_src f32[r] · the rest of a_dst, a_src, which
//!                        is that of the features: f32[features] each
//! ```
//!
//! A rank of 0 stands for identity projections: W and Q are absent and r = dim. With them dim may be 0: then a_dst and
//! a_src are absent for the vectors, which means zero, and vectors of every length are taken. Without features the table
//! is 0.
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
