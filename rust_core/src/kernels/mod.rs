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
//! | `neon` | NEON, aarch64 |
//! | `parity` | the test that holds every table of this machine to an f64 reference |
//!
//! The environment variable `SANDERLING_KERNELS` forces a table by its name, mostly `scalar`. A name that is unknown or
//! not available on this machine is passed over and detection decides; [`active`] reports the table really in use.

// The crate denies unsafe code; loads into vector registers and calls into functions compiled for a detected
// instruction set cannot be written without it, so it is allowed in this folder and nowhere else.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(test)]
mod parity;
mod scalar;

use std::sync::OnceLock;

/// One instruction set's functions. Both panic when the slices differ in length.
#[derive(Debug)]
pub struct Kernels {
    /// `scalar`, `avx2` or `neon`.
    pub name: &'static str,
    /// Sum of `a[i] · b[i]`.
    pub dot: fn(&[f32], &[f32]) -> f32,
    /// Sum of `(a[i] − b[i])²`.
    pub l2_squared: fn(&[f32], &[f32]) -> f32,
}

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
    tables.extend(avx2::table());
    #[cfg(target_arch = "aarch64")]
    tables.extend(neon::table());
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
