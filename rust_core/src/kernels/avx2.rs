//! Kernels for AVX2 with FMA and F16C: eight f32 values or 32 codes per instruction.
//!
//! A fused multiply-add takes four cycles and two start per cycle, so a single running sum would stall; four
//! independent sums hide most of the latency and still fit the registers.
//!
//! The byte product of AVX2 is unsigned by signed, `|a|` by `b` with the sign of `a`, and adds pairs in sixteen bits
//! that saturate: with codes from −127 to 127 a pair is at most `2 · 127² = 32,258 < 2¹⁵`.

use super::table::{Kernels, detected};
use super::{Plane, bytes, half, nibbles, rows};
use std::arch::x86_64::{
    __m256, __m256i, _mm_add_epi32, _mm_add_ps, _mm_add_ss, _mm_cvtsi128_si32, _mm_cvtss_f32, _mm_loadu_si128,
    _mm_movehdup_ps, _mm_movehl_ps, _mm_shuffle_epi32, _mm256_abs_epi8, _mm256_add_epi16, _mm256_add_epi32,
    _mm256_add_ps, _mm256_and_si256, _mm256_castps256_ps128, _mm256_castsi256_si128, _mm256_cvtph_ps,
    _mm256_extractf128_ps, _mm256_extracti128_si256, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256,
    _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_setzero_ps,
    _mm256_setzero_si256, _mm256_sign_epi8, _mm256_srli_epi16, _mm256_sub_ps,
};

const LANES: usize = 8;
const BYTES: usize = 32;
const SUMS: usize = 4;

/// Returns the table if this machine has all three instruction sets.
///
/// The other functions of this file are called only through the table.
pub(super) fn table() -> Option<&'static Kernels> {
    static TABLE: Kernels = Kernels {
        name: "avx2",
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
    let found = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c");
    found.then_some(&TABLE)
}

detected! { "avx2,fma,f16c":
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

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum_floats<const DIFFERENCE: bool>(a: &[f32], b: &[f32]) -> f32 {
    sum::<DIFFERENCE, _>(a, b, |y| floats(y), |y| *y)
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum_halves<const DIFFERENCE: bool>(a: &[f32], b: &[u16]) -> f32 {
    sum::<DIFFERENCE, _>(a, b, |y| halves(y), |y| half::to_f32(*y))
}

/// Returns the sum of squared differences if `DIFFERENCE` is true, else the sum of products.
///
/// `lanes` reads eight values of `b` at once, `value` a single one.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum<const DIFFERENCE: bool, T>(
    a: &[f32],
    b: &[T],
    lanes: impl Fn(&[T; LANES]) -> __m256,
    value: impl Fn(&T) -> f32,
) -> f32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<LANES>();
    let (b_lanes, b_tail) = b.as_chunks::<LANES>();
    let (a_blocks, a_rest) = a_lanes.as_chunks::<SUMS>();
    let (b_blocks, b_rest) = b_lanes.as_chunks::<SUMS>();
    let mut sums = [_mm256_setzero_ps(); SUMS];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for i in 0..SUMS {
            sums[i] = add_term::<DIFFERENCE>(floats(&x[i]), lanes(&y[i]), sums[i]);
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] = add_term::<DIFFERENCE>(floats(x), lanes(y), sums[0]);
    }
    let [s0, s1, s2, s3] = sums;
    let mut total = across(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
    for (x, y) in a_tail.iter().zip(b_tail) {
        let y = value(y);
        total = if DIFFERENCE { (x - y).mul_add(x - y, total) } else { x.mul_add(y, total) };
    }
    total
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add_term<const DIFFERENCE: bool>(x: __m256, y: __m256, sum: __m256) -> __m256 {
    if DIFFERENCE {
        let difference = _mm256_sub_ps(x, y);
        _mm256_fmadd_ps(difference, difference, sum)
    } else {
        _mm256_fmadd_ps(x, y, sum)
    }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn floats(x: &[f32; LANES]) -> __m256 {
    // SAFETY: an array of eight f32 is 32 readable bytes, and this load needs no alignment.
    unsafe { _mm256_loadu_ps(x.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn halves(x: &[u16; LANES]) -> __m256 {
    // SAFETY: an array of eight u16 is 16 readable bytes, and this load needs no alignment.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(x.as_ptr().cast()) })
}

/// Returns the sum of the eight lanes. It adds the upper four to the lower four, then pairs.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn across(lanes: __m256) -> f32 {
    let four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps::<1>(lanes));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum_i8(a: &[i8], b: &[i8]) -> i32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<BYTES>();
    let (b_lanes, b_tail) = b.as_chunks::<BYTES>();
    let (a_pairs, a_rest) = a_lanes.as_chunks::<2>();
    let (b_pairs, b_rest) = b_lanes.as_chunks::<2>();
    let mut sums = [_mm256_setzero_si256(); 2];
    for (x, y) in a_pairs.iter().zip(b_pairs) {
        for i in 0..2 {
            sums[i] = add_codes(&x[i], &y[i], sums[i]);
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] = add_codes(x, y, sums[0]);
    }
    across_i32(_mm256_add_epi32(sums[0], sums[1]))
        + a_tail.iter().zip(b_tail).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum::<i32>()
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add_codes(x: &[i8; BYTES], y: &[i8; BYTES], sum: __m256i) -> __m256i {
    let (x, y) = (codes(x), codes(y));
    let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));
    _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
}

/// Returns the sum of the eight lanes, as [`across`] does.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn across_i32(lanes: __m256i) -> i32 {
    let four = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256::<1>(lanes));
    let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b01_00_11_10>(four));
    _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<0b10_11_00_01>(two)))
}

/// Multiplies nibbles as the first factor of `vpmaddubsw`, which must be unsigned. Four products are added in sixteen
/// bits before they are widened: `4 · 15 · 128 < 2¹⁵`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum_i4(a: &[i8], b: &[u8]) -> i32 {
    let (low, ones) = (_mm256_set1_epi8(0x0f), _mm256_set1_epi16(1));
    let mut sums = [_mm256_setzero_si256(); 2];
    for (x, y) in nibbles::pairs(a, b) {
        let (x, y) = (x.as_chunks::<BYTES>().0, y.as_chunks::<BYTES>().0);
        for i in 0..2 {
            let packed = packed(&y[i]);
            let first = _mm256_maddubs_epi16(_mm256_and_si256(packed, low), codes(&x[i]));
            let second = _mm256_and_si256(_mm256_srli_epi16::<4>(packed), low);
            let pairs = _mm256_add_epi16(first, _mm256_maddubs_epi16(second, codes(&x[2 + i])));
            sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(pairs, ones));
        }
    }
    across_i32(_mm256_add_epi32(sums[0], sums[1]))
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn codes(x: &[i8; BYTES]) -> __m256i {
    // SAFETY: an array of 32 i8 is 32 readable bytes, and this load needs no alignment.
    unsafe { _mm256_loadu_si256(x.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn packed(x: &[u8; BYTES]) -> __m256i {
    // SAFETY: an array of 32 u8 is 32 readable bytes, and this load needs no alignment.
    unsafe { _mm256_loadu_si256(x.as_ptr().cast()) }
}
