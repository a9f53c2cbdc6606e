//! The pure core of Sanderling: graph memory, graph attention and FastGRNN, without Python.
//!
//! ```text
//! query ─► hnsw::search ─► graph::neighbourhood ─► attention ─► weights        features ─► fastgrnn ─► decision
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`attention`] | graph attention over a subgraph: weights and entropy |
//! | [`bytes`] | checksummed files, bounded reading |
//! | [`error`] | the one error type |
//! | [`fastgrnn`] | the router's recurrent cell and heads |
//! | [`graph`] | typed, weighted edges and the subgraph around some hits |
//! | [`hnsw`] | approximate nearest neighbours |
//! | [`kernels`] | dot product and squared distance per instruction set; with `snapshot/mapped` the only unsafe code |
//! | [`memory`] | index and edges together, saved as one file |
//! | [`shared`] | a memory that several threads use at once |
//! | [`snapshot`] | that file: sections that are mapped and used where they lie |
//! | `retrieve` | attention over the neighbourhood of some slots |
//! | `pool` | what calls write to, used again |

#![deny(missing_docs)]

pub mod attention;
pub mod bytes;
pub mod error;
pub mod fastgrnn;
pub mod graph;
pub mod hnsw;
pub mod kernels;
pub mod memory;
mod pool;
mod retrieve;
pub mod shared;
pub mod snapshot;

pub use error::{Error, Result};
