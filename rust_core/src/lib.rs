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

#![deny(missing_docs)]

pub mod attention;
pub mod bytes;
pub mod error;
pub mod fastgrnn;

pub use error::{Error, Result};
