//! One query against several rows of a plane. A plane holds rows of the query's length, one after another.
//!
//! Rows are met in the order of the graph, which is none that the hardware could foresee, so the rows ahead are asked
//! for while the present one is multiplied.

use super::lines::prefetch;

/// Rows asked for ahead of the one in work. On a Xeon of 2023, searches took the same time from 6 to 16, more below.
const AHEAD: usize = 8;

/// `out[i] = term(query, row slots[i] of plane)`.
///
/// Inlined into functions compiled for an instruction set, so that `term` is too.
///
/// # Panics
/// When `slots` and `out` differ in length, or a row is outside the plane.
#[inline(always)]
pub(super) fn each<T, R>(query: &[T], plane: &[T], slots: &[u32], out: &mut [R], term: impl Fn(&[T], &[T]) -> R) {
    assert_eq!(slots.len(), out.len(), "as many results as rows");
    let row = |slot: u32| &plane[slot as usize * query.len()..][..query.len()];
    slots.iter().take(AHEAD).for_each(|slot| prefetch(row(*slot)));
    for (i, result) in out.iter_mut().enumerate() {
        if let Some(slot) = slots.get(i + AHEAD) {
            prefetch(row(*slot));
        }
        *result = term(query, row(slots[i]));
    }
}
