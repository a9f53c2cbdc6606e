//! What the fuzz targets share.
//!
//! ```text
//! examples/seeds ─► corpus/<target> ─► libFuzzer's changes ─► as they are  ─► from_bytes ─► an error, or a value that works
//!                                                         └─► sealed again ─┘
//! ```
//!
//! A changed file mostly ends at its checksum; sealed again, it reaches the parser behind it.
//!
//! | file | holds |
//! |---|---|
//! | `frame` | files in a frame, sealed again |
//! | `memory` | a memory with something of everything, and what must work with any that loads |

mod frame;
mod memory;

pub use frame::sealed_frame;
pub use memory::{SAMPLES, sample, use_memory};
