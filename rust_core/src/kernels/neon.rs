//! Kernels for NEON, with and without the dot product of ARMv8.2: four f32 values or 16 codes per instruction.
//!
//! Four independent sums for the same reason as in `avx2`: the small cores of a phone take four cycles and more for a
//! fused multiply-add. The product of two codes fits sixteen bits, the sum of two does not always (`2 · 128² = 2¹⁵`),
//! so products are widened pair by pair.

use super::table::{Kernels, detected};
use super::{Plane, bytes, half, nibbles, rows};
use std::arch::aarch64::{
    float32x4_t, int8x16_t, int32x4_t, vaddq_f32, vaddq_s32, vaddvq_f32, vaddvq_s32, vandq_u8, vdupq_n_f32,
    vdupq_n_s32, vdupq_n_u8, vfmaq_f32, vget_low_s8, vld1_u16, vld1q_f32, vld1q_s8, vld1q_u8, vmlal_high_s8, vmlal_s8,
    vmull_high_s8, vmull_s8, vpadalq_s16, vreinterpretq_s8_u8, vshrq_n_u8, vsubq_f32,
};
use std::arch::{asm, is_aarch64_feature_detected};

const LANES: usize = 4;
const BYTES: usize = 16;
const SUMS: usize = 4;

/// Returns the table if this machine has NEON.
///
/// The other functions of this file are called only through a table.
pub(super) fn table() -> Option<&'static Kernels> {
    static TABLE: Kernels = Kernels {
        name: "neon",
        dot,
        l2_squared,
        dot_f16,
        l2_squared_f16,
        dot_i8,
        dot_rows,
        l2_squared_rows,
        dot_f16_rows,
        l2_squared_f16_rows,
        dot_i8_rows,
        round_i8,
        round_rest_i8,
        round_i4,
        dot_i4,
        dot_i4_rows,
    };
    is_aarch64_feature_detected!("neon").then_some(&TABLE)
}

/// Returns the table that uses `sdot`, if this machine has that instruction.
///
/// The functions named after it are called only through this table.
pub(super) fn dotprod_table() -> Option<&'static Kernels> {
    static TABLE: Kernels = Kernels {
        name: "neon_dotprod",
        dot,
        l2_squared,
        dot_f16,
        l2_squared_f16,
        dot_i8: dot_i8_sdot,
        dot_rows,
        l2_squared_rows,
        dot_f16_rows,
        l2_squared_f16_rows,
        dot_i8_rows: dot_i8_rows_sdot,
        round_i8,
        round_rest_i8,
        round_i4,
        dot_i4: dot_i4_sdot,
        dot_i4_rows: dot_i4_rows_sdot,
    };
    (is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("dotprod")).then_some(&TABLE)
}

detected! { "neon":
    fn dot(a: &[f32], b: &[f32]) -> f32 {
        sum_floats::<false>(a, b)
    }

    fn dot_f16(a: &[f32], b: &[u16]) -> f32 {
        sum_halves::<false>(a, b)
    }

    fn l2_squared(a: &[f32], b: &[f32]) -> f32 {
        sum_floats::<true>(a, b)
    }

    fn l2_squared_f16(a: &[f32], b: &[u16]) -> f32 {
        sum_halves::<true>(a, b)
    }

    fn dot_i8(a: &[i8], b: &[i8]) -> i32 {
        sum_i8(a, b)
    }

    fn dot_rows(query: &[f32], plane: Plane<f32>, slots: &[u32], out: &mut [f32]) {
        rows::each(query, plane, slots, out, |a, b| sum_floats::<false>(a, b));
    }

    fn dot_f16_rows(query: &[f32], plane: Plane<u16>, slots: &[u32], out: &mut [f32]) {
        rows::each(query, plane, slots, out, |a, b| sum_halves::<false>(a, b));
    }

    fn l2_squared_rows(query: &[f32], plane: Plane<f32>, slots: &[u32], out: &mut [f32]) {
        rows::each(query, plane, slots, out, |a, b| sum_floats::<true>(a, b));
    }

    fn l2_squared_f16_rows(query: &[f32], plane: Plane<u16>, slots: &[u32], out: &mut [f32]) {
        rows::each(query, plane, slots, out, |a, b| sum_halves::<true>(a, b));
    }

    fn dot_i8_rows(query: &[i8], plane: Plane<i8>, slots: &[u32], out: &mut [i32]) {
        rows::each(query, plane, slots, out, |a, b| sum_i8(a, b));
    }

    fn round_i8(values: &[f32], out: &mut [i8]) -> f32 {
        bytes::round(values, out)
    }

    fn round_rest_i8(values: &[f32], codes: &[i8], inverse: f32, out: &mut [i8]) {
        bytes::round_rest(values, codes, inverse, out);
    }

    fn round_i4(codes: &[i8], scale: f32, mean: &[f32], out: &mut [u8]) -> [f32; 3] {
        nibbles::round(codes, scale, mean, out)
    }

    fn dot_i4(a: &[i8], b: &[u8]) -> i32 {
        sum_i4(a, b)
    }

    fn dot_i4_rows(query: &[i8], plane: Plane<u8>, slots: &[u32], out: &mut [i32]) {
        rows::each_of(query.len() / 2, query, plane, slots, out, |a, b| sum_i4(a, b));
    }
}

detected! { "neon,dotprod":
    fn dot_i8_sdot(a: &[i8], b: &[i8]) -> i32 {
        sum_i8_sdot(a, b)
    }

    fn dot_i8_rows_sdot(query: &[i8], plane: Plane<i8>, slots: &[u32], out: &mut [i32]) {
        rows::each(query, plane, slots, out, |a, b| sum_i8_sdot(a, b));
    }

    fn dot_i4_sdot(a: &[i8], b: &[u8]) -> i32 {
        sum_i4_sdot(a, b)
    }

    fn dot_i4_rows_sdot(query: &[i8], plane: Plane<u8>, slots: &[u32], out: &mut [i32]) {
        rows::each_of(query.len() / 2, query, plane, slots, out, |a, b| sum_i4_sdot(a, b));
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn sum_floats<const DIFFERENCE: bool>(a: &[f32], b: &[f32]) -> f32 {
    sum::<DIFFERENCE, _>(a, b, |y| floats(y), |y| *y)
}

#[inline]
#[target_feature(enable = "neon")]
fn sum_halves<const DIFFERENCE: bool>(a: &[f32], b: &[u16]) -> f32 {
    sum::<DIFFERENCE, _>(a, b, |y| halves(y), |y| half::to_f32(*y))
}

/// Returns the sum of squared differences if `DIFFERENCE` is true, else the sum of products.
///
/// `lanes` reads four values of `b` at once, `value` a single one.
#[inline]
#[target_feature(enable = "neon")]
fn sum<const DIFFERENCE: bool, T>(
    a: &[f32],
    b: &[T],
    lanes: impl Fn(&[T; LANES]) -> float32x4_t,
    value: impl Fn(&T) -> f32,
) -> f32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<LANES>();
    let (b_lanes, b_tail) = b.as_chunks::<LANES>();
    let (a_blocks, a_rest) = a_lanes.as_chunks::<SUMS>();
    let (b_blocks, b_rest) = b_lanes.as_chunks::<SUMS>();
    let mut sums = [vdupq_n_f32(0.0); SUMS];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for i in 0..SUMS {
            sums[i] = add_term::<DIFFERENCE>(floats(&x[i]), lanes(&y[i]), sums[i]);
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] = add_term::<DIFFERENCE>(floats(x), lanes(y), sums[0]);
    }
    let [s0, s1, s2, s3] = sums;
    let mut total = vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
    for (x, y) in a_tail.iter().zip(b_tail) {
        let y = value(y);
        total = if DIFFERENCE { (x - y).mul_add(x - y, total) } else { x.mul_add(y, total) };
    }
    total
}

#[inline]
#[target_feature(enable = "neon")]
fn add_term<const DIFFERENCE: bool>(x: float32x4_t, y: float32x4_t, sum: float32x4_t) -> float32x4_t {
    if DIFFERENCE {
        let difference = vsubq_f32(x, y);
        vfmaq_f32(sum, difference, difference)
    } else {
        vfmaq_f32(sum, x, y)
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn floats(x: &[f32; LANES]) -> float32x4_t {
    // SAFETY: an array of four f32 is 16 readable bytes, and this load needs no alignment beyond that of f32.
    unsafe { vld1q_f32(x.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn halves(x: &[u16; LANES]) -> float32x4_t {
    // SAFETY: an array of four u16 is 8 readable bytes, and this load needs no alignment beyond that of u16.
    let x = unsafe { vld1_u16(x.as_ptr()) };
    let wide: float32x4_t;
    // SAFETY: the instruction belongs to NEON, which this function requires, and works on registers alone. (Its
    // intrinsic is stable since Rust 1.94 only. A signalling NaN raises a flag, so flags are not preserved.)
    unsafe {
        asm!("fcvtl {wide:v}.4s, {x:v}.4h", wide = lateout(vreg) wide, x = in(vreg) x, options(pure, nomem, nostack));
    }
    wide
}

#[inline]
#[target_feature(enable = "neon")]
fn sum_i8(a: &[i8], b: &[i8]) -> i32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<BYTES>();
    let (b_lanes, b_tail) = b.as_chunks::<BYTES>();
    let (a_pairs, a_rest) = a_lanes.as_chunks::<2>();
    let (b_pairs, b_rest) = b_lanes.as_chunks::<2>();
    let mut sums = [vdupq_n_s32(0); 2];
    for (x, y) in a_pairs.iter().zip(b_pairs) {
        for i in 0..2 {
            sums[i] = add_codes(&x[i], &y[i], sums[i]);
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] = add_codes(x, y, sums[0]);
    }
    vaddvq_s32(vaddq_s32(sums[0], sums[1])) + tail_i8(a_tail, b_tail)
}

#[inline]
#[target_feature(enable = "neon")]
fn add_codes(x: &[i8; BYTES], y: &[i8; BYTES], sum: int32x4_t) -> int32x4_t {
    let (x, y) = (codes(x), codes(y));
    let sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(x), vget_low_s8(y)));
    vpadalq_s16(sum, vmull_high_s8(x, y))
}

#[inline]
#[target_feature(enable = "neon,dotprod")]
fn sum_i8_sdot(a: &[i8], b: &[i8]) -> i32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<BYTES>();
    let (b_lanes, b_tail) = b.as_chunks::<BYTES>();
    let (a_pairs, a_rest) = a_lanes.as_chunks::<2>();
    let (b_pairs, b_rest) = b_lanes.as_chunks::<2>();
    let mut sums = [vdupq_n_s32(0); 2];
    for (x, y) in a_pairs.iter().zip(b_pairs) {
        for i in 0..2 {
            sums[i] = add_codes_sdot(&x[i], &y[i], sums[i]);
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] = add_codes_sdot(x, y, sums[0]);
    }
    vaddvq_s32(vaddq_s32(sums[0], sums[1])) + tail_i8(a_tail, b_tail)
}

#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_codes_sdot(x: &[i8; BYTES], y: &[i8; BYTES], sum: int32x4_t) -> int32x4_t {
    sdot(codes(x), codes(y), sum)
}

/// Adds to each lane of `sum` the products of four bytes.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn sdot(x: int8x16_t, y: int8x16_t, sum: int32x4_t) -> int32x4_t {
    let mut sum = sum;
    // SAFETY: the instruction belongs to `dotprod`, which this function requires, and works on registers alone. (Its
    // intrinsic is unstable.)
    unsafe {
        asm!("sdot {sum:v}.4s, {x:v}.16b, {y:v}.16b", sum = inout(vreg) sum, x = in(vreg) x, y = in(vreg) y,
            options(pure, nomem, nostack, preserves_flags));
    }
    sum
}

/// Multiplies nibbles. Eight products are added in sixteen bits before they are widened: `8 · 15 · 128 < 2¹⁵`.
#[inline]
#[target_feature(enable = "neon")]
fn sum_i4(a: &[i8], b: &[u8]) -> i32 {
    let mut sums = [vdupq_n_s32(0); 2];
    for (x, y) in nibbles::pairs(a, b) {
        let (x, y) = (x.as_chunks::<BYTES>().0, y.as_chunks::<BYTES>().0);
        for i in 0..4 {
            let (low, high) = halves_of(&y[i]);
            let (first, second) = (codes(&x[i]), codes(&x[4 + i]));
            let products = vmull_s8(vget_low_s8(low), vget_low_s8(first));
            let products = vmlal_high_s8(products, low, first);
            let products = vmlal_s8(products, vget_low_s8(high), vget_low_s8(second));
            sums[i % 2] = vpadalq_s16(sums[i % 2], vmlal_high_s8(products, high, second));
        }
    }
    vaddvq_s32(vaddq_s32(sums[0], sums[1]))
}

#[inline]
#[target_feature(enable = "neon,dotprod")]
fn sum_i4_sdot(a: &[i8], b: &[u8]) -> i32 {
    let mut sums = [vdupq_n_s32(0); 4];
    for (x, y) in nibbles::pairs(a, b) {
        let (x, y) = (x.as_chunks::<BYTES>().0, y.as_chunks::<BYTES>().0);
        for i in 0..4 {
            let (low, high) = halves_of(&y[i]);
            sums[i] = sdot(low, codes(&x[i]), sums[i]);
            sums[i] = sdot(high, codes(&x[4 + i]), sums[i]);
        }
    }
    let [s0, s1, s2, s3] = sums;
    vaddvq_s32(vaddq_s32(vaddq_s32(s0, s1), vaddq_s32(s2, s3)))
}

/// Returns the lower and the upper nibbles of sixteen bytes.
#[inline]
#[target_feature(enable = "neon")]
fn halves_of(x: &[u8; BYTES]) -> (int8x16_t, int8x16_t) {
    // SAFETY: an array of sixteen u8 is 16 readable bytes.
    let x = unsafe { vld1q_u8(x.as_ptr()) };
    (vreinterpretq_s8_u8(vandq_u8(x, vdupq_n_u8(0x0f))), vreinterpretq_s8_u8(vshrq_n_u8::<4>(x)))
}

#[inline]
#[target_feature(enable = "neon")]
fn codes(x: &[i8; BYTES]) -> int8x16_t {
    // SAFETY: an array of sixteen i8 is 16 readable bytes.
    unsafe { vld1q_s8(x.as_ptr()) }
}

fn tail_i8(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum()
}
