//! The core of Sanderling in Rust, without Python: graph memory, graph attention and FastGRNN.
//!
//! ```text
//! query ─► hnsw::search ─► graph::neighbourhood ─► attention ─► weights        features ─► fastgrnn ─► decision
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`attention`] | graph attention over a subgraph: weights and entropy |
//! | [`candidates`] | the candidates for one question, and what is known of them |
//! | [`error`] | the error type |
//! | [`fastgrnn`] | the router's recurrent cell and heads |
//! | [`features`] | the table that graph attention reads of a question's candidates |
//! | [`frame`] | checksummed files, and bounded reading of them |
//! | [`graph`] | typed, weighted edges, and the subgraph around a search's hits |
//! | [`hnsw`] | approximate nearest neighbours |
//! | [`kernels`] | dot products and squared distances; the only unsafe code beside `snapshot/mapped` |
//! | [`memory`] | index and edges together, saved as one file |
//! | [`packed`] | vectors as the memory file keeps them |
//! | [`search_params`] | the numbers that bound a search and the attention over its hits |
//! | [`shared`] | a memory used by several threads at once |
//! | [`snapshot`] | the memory's file: sections that are mapped and used in place |
//! | [`words`] | words, phrases and titles of all nodes, saved as one file |
//! | `files` | opening regular files, replacing files atomically |
//! | `retrieve` | attention over the neighbourhood of a search's hits |
//! | `pool` | reusable buffers |

#![deny(missing_docs)]

pub mod attention;
pub mod candidates;
pub mod error;
pub mod fastgrnn;
pub mod features;
mod files;
pub mod frame;
pub mod graph;
pub mod hnsw;
pub mod kernels;
pub mod memory;
pub mod packed;
mod pool;
mod retrieve;
pub mod search_params;
pub mod shared;
pub mod snapshot;
pub mod words;

pub use error::{Error, Result};
