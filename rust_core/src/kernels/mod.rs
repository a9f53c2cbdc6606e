//! The arithmetic that everything else spends its time in, once per instruction set.
//!
//! ```text
//! detection (once) ─► one table of function pointers ─► hnsw, attention, fastgrnn
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `scalar` | portable Rust, on every machine |
//! | `avx2` | AVX2 with FMA, x86-64 |
//! | `avx512` | AVX-512 with VNNI, x86-64 |
//! | `neon` | NEON, without and with dotprod, aarch64 |
//! | [`half`] | numbers of sixteen bits |
//! | `rows` | one query against several rows, with prefetch |
//! | `lines` | memory aligned to cache lines; prefetch |
//! | `parity` | the test that holds every table of this machine to an f64 reference |
//!
//! The environment variable `SANDERLING_KERNELS` forces a table by its name, mostly `scalar`. A name that is unknown or
//! not available on this machine is passed over and detection decides; [`active`] reports the table really in use.

// The crate denies unsafe code; loads into vector registers and calls into functions compiled for a detected
// instruction set cannot be written without it, so it is allowed in this folder and nowhere else.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod dispatch;
pub mod half;
mod lines;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(test)]
mod parity;
mod rows;
mod scalar;
mod table;

pub use dispatch::{active, available, dot};
pub use lines::{Line, flat, flat_mut, prefetch};
pub use rows::Plane;
pub use table::{Kernels, Rows};
