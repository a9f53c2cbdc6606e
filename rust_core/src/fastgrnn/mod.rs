//! FastGRNN, the router's network: a recurrent cell that reads a request's features, and six heads that make the
//! decisions.
//!
//! ```text
//! features f32[input] ─► (x - mean) / std ─► cell ─► h' ─► heads ─► model · context · plan · temperature · top_p · escalate
//!                             hidden h ──────┘        └──► hidden state for the conversation's next step
//! ```
//!
//! The cell, with W and U shared by gate and candidate (Kusupati et al., arXiv 1901.02358, equation 6):
//!
//! ```text
//! z = σ(W x + U h + b_z)      h̃ = tanh(W x + U h + b_h)      h' = (ζ(1 − z) + ν) ⊙ h̃ + z ⊙ h      ζ, ν ∈ (0, 1)
//! ```
//!
//! W and U are full, or products of two thin matrices, W = W1 W2ᵀ and U = U1 U2ᵀ (equation 7).
//!
//! Sharing W and U halves the network, tanh keeps the state signed and bounded, and this form has published results and
//! a proof of stable gradients.
//!
//! The heads read the new hidden state, `y = A h' + c`, fourteen rows:
//!
//! | rows | head | value |
//! |---|---|---|
//! | 0..4 | model | logits |
//! | 4..8 | context | logits: tiny, small, medium, large |
//! | 8..11 | plan | logits: search by vector and words, search by attention too, quote a sentence; read if the card says so |
//! | 11 | temperature | clip(softplus(y), 0, 1.5) |
//! | 12 | top_p | 0.7 + 0.3 σ(y) |
//! | 13 | escalate | σ(y) |
//!
//! The weights file is a [frame](crate::frame) with magic `SNDRGRNN`, version 3 and this body, matrices row by row:
//!
//! ```text
//! version of the feature table u32
//! input u32 · hidden u32 · rank_w u32 · rank_u u32                 a rank of 0 stands for a full matrix
//! encoding u32                                                     0: matrices in f32, 1: in codes
//! mean f32[input] · std f32[input]
//! W [hidden × input]        or  W1 [hidden × rank_w] · W2ᵀ [rank_w × input]
//! U [hidden × hidden]       or  U1 [hidden × rank_u] · U2ᵀ [rank_u × hidden]
//! b_z f32[hidden] · b_h f32[hidden] · ζ f32 · ν f32                ζ and ν before their sigmoid, as in EdgeML
//! A [14 × hidden] · c f32[14]
//! card: length u32 · UTF-8                                         JSON, at most 16 KiB
//! ```
//!
//! In codes a matrix is one f32 scale per row, then the rows in i8; a value is the f32 product of scale and code, in
//! both languages. The card holds the labels' names and how the weights were made; the core does not parse it.
//!
//! | file | holds |
//! |---|---|
//! | `weights` | the weights, validated and frozen, and their file |
//! | `matrix` | products of full and low-rank matrices with a vector |
//! | `forward` | one step of the cell and the heads |
//!
//! `python/sanderling/router/fastgrnn.py` is the same in float64 numpy, for training; both are tested against
//! `tests/golden/fastgrnn.json`.

mod forward;
mod matrix;
mod weights;

pub use forward::Step;
pub use weights::{FastGrnn, OUTPUTS};
