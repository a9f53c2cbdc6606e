//! Dot products and squared distances, implemented for each instruction set.
//!
//! Nearly all time is spent in them.
//!
//! ```text
//! detection (once) ─► one table of function pointers ─► hnsw, attention, fastgrnn
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `table` | the table of one instruction set's functions |
//! | `dispatch` | the choice of a table, once per process |
//! | `scalar` | portable Rust, on every machine |
//! | `avx2` | AVX2 with FMA, x86-64 |
//! | `avx512` | AVX-512 with VNNI, x86-64 |
//! | `neon` | NEON, without and with dotprod, aarch64 |
//! | [`half`] | floating-point numbers of 16 bits |
//! | [`bytes`] | numbers of 8 bits |
//! | [`nibbles`] | numbers of 4 bits, two in a byte |
//! | `rows` | one query against several rows, with prefetch |
//! | `lines` | memory aligned to cache lines; prefetch |
//! | `parity` | tests of every table of this machine against an f64 reference |
//!
//! The environment variable `SANDERLING_KERNELS` forces a table by name, such as `scalar`. A name that is unknown or
//! not available on this machine is ignored; [`active`] returns the table in use.
//!
//! ```
//! use sanderling_core::kernels::{active, available, dot};
//!
//! assert_eq!(dot(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
//! assert!(available().iter().any(|table| table.name == active().name));
//! ```

// The crate denies unsafe code; loads into vector registers and calls into functions compiled for a detected
// instruction set cannot be written without it, so it is allowed in this folder and nowhere else.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod bytes;
mod dispatch;
pub mod half;
mod lines;
#[cfg(target_arch = "aarch64")]
mod neon;
pub mod nibbles;
#[cfg(test)]
mod parity;
mod rows;
mod scalar;
mod table;

pub use dispatch::{active, available, dot};
pub use lines::{Line, flat, flat_mut, prefetch};
pub use rows::Plane;
pub use table::{Kernels, Rounding, Rows};
