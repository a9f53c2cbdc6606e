//! The table of functions for one instruction set, and the macro that defines such functions.

use super::rows::Plane;

/// The functions for one instruction set. All panic if slices that must agree differ in length.
///
/// Halves, see [`half`](super::half), are widened and summed in f32. Codes are from −127 to 127, so that their
/// negatives are codes too, and sums over up to 65,536 of them are exact. The functions over rows take a query, a
/// [`Plane`] of rows of the query's length, the numbers of the rows and a slice for the results; they panic if a row is
/// outside the plane.
#[derive(Debug)]
pub struct Kernels {
    /// Name of the instruction set: `scalar`, `avx2`, `avx512`, `neon` or `neon_dotprod`.
    pub name: &'static str,
    /// Sum of `a[i] · b[i]`.
    pub dot: fn(&[f32], &[f32]) -> f32,
    /// Sum of `(a[i] − b[i])²`.
    pub l2_squared: fn(&[f32], &[f32]) -> f32,
    /// Sum of `a[i] · b[i]`, where `b` holds halves.
    pub dot_f16: fn(&[f32], &[u16]) -> f32,
    /// Sum of `(a[i] − b[i])²`, where `b` holds halves.
    pub l2_squared_f16: fn(&[f32], &[u16]) -> f32,
    /// Sum of `a[i] · b[i]`, where both hold codes.
    pub dot_i8: fn(&[i8], &[i8]) -> i32,
    /// [`Self::dot`] of a query and each of several rows.
    pub dot_rows: Rows<f32, f32, f32>,
    /// [`Self::l2_squared`] of a query and each of several rows.
    pub l2_squared_rows: Rows<f32, f32, f32>,
    /// [`Self::dot_f16`] of a query and each of several rows.
    pub dot_f16_rows: Rows<f32, u16, f32>,
    /// [`Self::l2_squared_f16`] of a query and each of several rows.
    pub l2_squared_f16_rows: Rows<f32, u16, f32>,
    /// [`Self::dot_i8`] of a query and each of several rows.
    pub dot_i8_rows: Rows<i8, i8, i32>,
    /// Rounds values to codes, and returns the largest absolute value; see [`bytes`](super::bytes).
    pub round_i8: fn(&[f32], &mut [i8]) -> f32,
    /// Rounds the residuals, which are the differences between values and their codes. Its arguments are
    /// values, codes, the number of the codes' units in 1, and the bytes written to.
    pub round_rest_i8: fn(&[f32], &[i8], f32, &mut [i8]),
    /// Rounds `scale · codes − mean` to a row of nibbles. Its arguments are codes, scale, mean and the row.
    pub round_i4: Rounding,
    /// Sum of `a[i] · b[i]` over codes `a` and [nibbles](super::nibbles) `b`. A byte of `b` holds two nibbles, so `a`
    /// has twice as many codes as `b` has bytes.
    pub dot_i4: fn(&[i8], &[u8]) -> i32,
    /// [`Self::dot_i4`] of a query and each of several rows. A row has half as many bytes as the query has codes.
    pub dot_i4_rows: Rows<i8, u8, i32>,
}

/// A kernel over several rows. Its arguments are query, plane, row numbers and results.
pub type Rows<Q, T, R> = fn(&[Q], Plane<'_, T>, &[u32], &mut [R]);

/// A kernel that rounds codes to nibbles. It returns the sums that [`nibbles`](super::nibbles) names.
pub type Rounding = fn(&[i8], f32, &[f32], &mut [u8]) -> [f32; 3];

/// Defines functions that are compiled for an instruction set but have the plain function types that a table holds.
///
/// They must be called only through a table that is returned after the set has been detected.
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
pub(super) use detected;
