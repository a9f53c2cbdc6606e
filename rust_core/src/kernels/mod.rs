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
pub mod half;
mod lines;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(test)]
mod parity;
mod rows;
mod scalar;

pub use lines::{Line, flat, flat_mut, prefetch};
pub use rows::Plane;

use std::sync::OnceLock;

/// One instruction set's functions. All panic when slices that belong together differ in length.
///
/// Halves are as in [`half`]; they are widened and the sum is kept in f32. Codes are from −127 to 127, so that their
/// negatives are codes too, and sums over up to 65,536 of them are exact. The functions over rows take a query, a
/// [`Plane`] of rows of the query's length, the rows wanted and a place for each result; they panic when a row is outside
/// the plane.
#[derive(Debug)]
pub struct Kernels {
    /// `scalar`, `avx2`, `avx512`, `neon` or `neon_dotprod`.
    pub name: &'static str,
    /// Sum of `a[i] · b[i]`.
    pub dot: fn(&[f32], &[f32]) -> f32,
    /// Sum of `(a[i] − b[i])²`.
    pub l2_squared: fn(&[f32], &[f32]) -> f32,
    /// Sum of `a[i] · b[i]`, `b` in halves.
    pub dot_f16: fn(&[f32], &[u16]) -> f32,
    /// Sum of `(a[i] − b[i])²`, `b` in halves.
    pub l2_squared_f16: fn(&[f32], &[u16]) -> f32,
    /// Sum of `a[i] · b[i]` over codes.
    pub dot_i8: fn(&[i8], &[i8]) -> i32,
    /// [`Self::dot`] over rows.
    pub dot_rows: Rows<f32, f32, f32>,
    /// [`Self::l2_squared`] over rows.
    pub l2_squared_rows: Rows<f32, f32, f32>,
    /// [`Self::dot_f16`] over rows.
    pub dot_f16_rows: Rows<f32, u16, f32>,
    /// [`Self::l2_squared_f16`] over rows.
    pub l2_squared_f16_rows: Rows<f32, u16, f32>,
    /// [`Self::dot_i8`] over rows.
    pub dot_i8_rows: Rows<i8, i8, i32>,
}

/// A kernel over rows: query, plane, rows, results.
pub type Rows<Q, T, R> = fn(&[Q], Plane<'_, T>, &[u32], &mut [R]);

/// Functions of the plain types that a table holds, compiled for an instruction set.
///
/// They must be reached through a table alone that is handed out once the set has been detected.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! detected {
    ($set:literal: $(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => {$(
        fn $name($($argument: $type),*) $(-> $result)? {
            #[target_feature(enable = $set)]
            fn compiled($($argument: $type),*) $(-> $result)? $body
            // SAFETY: as this macro asks, the instruction set has been detected.
            unsafe { compiled($($argument),*) }
        }
    )*};
}
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use detected;

/// The table in use, chosen at the first call.
#[must_use]
pub fn active() -> &'static Kernels {
    static ACTIVE: OnceLock<&'static Kernels> = OnceLock::new();
    ACTIVE.get_or_init(|| choose(std::env::var("SANDERLING_KERNELS").ok().as_deref(), &available()))
}

/// Every table this machine can run, slowest first.
#[must_use]
pub fn available() -> Vec<&'static Kernels> {
    let mut tables = vec![&scalar::TABLE];
    #[cfg(target_arch = "x86_64")]
    tables.extend(avx2::table().into_iter().chain(avx512::table()));
    #[cfg(target_arch = "aarch64")]
    tables.extend(neon::table().into_iter().chain(neon::dotprod_table()));
    tables
}

/// Dot product by the table in use.
///
/// # Panics
/// When the slices differ in length.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    (active().dot)(a, b)
}

fn choose(requested: Option<&str>, tables: &[&'static Kernels]) -> &'static Kernels {
    let forced = tables.iter().find(|table| Some(table.name) == requested);
    forced.or(tables.last()).unwrap_or(&&scalar::TABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_forces_its_table_and_an_unknown_name_does_not() {
        let tables = available();
        let best = tables[tables.len() - 1].name;
        assert_eq!(choose(Some("scalar"), &tables).name, "scalar");
        assert_eq!(choose(Some("no such set"), &tables).name, best);
        assert_eq!(choose(None, &tables).name, best);
    }
}
