//! Chooses the table of kernels, once per process.
//!
//! An environment variable can name the table; otherwise it is the fastest that this machine can run.

#[cfg(target_arch = "aarch64")]
use super::neon;
use super::scalar;
use super::table::Kernels;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use std::sync::OnceLock;

/// Returns the table in use, which is chosen at the first call.
#[must_use]
pub fn active() -> &'static Kernels {
    static ACTIVE: OnceLock<&'static Kernels> = OnceLock::new();
    ACTIVE.get_or_init(|| choose(std::env::var("SANDERLING_KERNELS").ok().as_deref(), &available()))
}

/// Returns all tables that this machine can run, slowest first.
#[must_use]
pub fn available() -> Vec<&'static Kernels> {
    let mut tables = vec![&scalar::TABLE];
    #[cfg(target_arch = "x86_64")]
    tables.extend(avx2::table().into_iter().chain(avx512::table()));
    #[cfg(target_arch = "aarch64")]
    tables.extend(neon::table().into_iter().chain(neon::dotprod_table()));
    tables
}

/// Returns the dot product of `a` and `b`, computed with the table in use.
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
