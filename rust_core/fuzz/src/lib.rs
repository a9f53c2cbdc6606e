//! Code shared by the fuzz targets.
//!
//! ```text
//! seeds ─► corpus/<target> ─► libFuzzer's changes ─► as they are  ─► from_bytes ─► an error, or a value that works
//!                                                         └─► sealed again ─┘
//! ```
//!
//! A changed file mostly fails its checksum; sealed again, it reaches the parser behind it.
//!
//! | file | holds |
//! |---|---|
//! | `frame` | files in a frame, sealed again |
//! | `memory` | a small memory that covers every feature, and the operations that must work on any memory that loads |

mod frame;
mod memory;

pub use frame::sealed_frame;
pub use memory::{SAMPLES, sample, use_memory};
