//! Kernels for AVX-512 with VNNI: sixteen f32 values or 64 codes per instruction.
//!
//! `vpdpbusd` multiplies unsigned by signed bytes. Flipping the top bit of `b` makes it `b + 128`, read as unsigned, so
//! `Σ a·b = Σ a·(b + 128) − 128 · Σ a`, and `Σ a` belongs to the query alone. No sum overflows: `255 · 128 · n < 2³¹`
//! for `n ≤ 65,793`, and the longest vector has 65,536 values.

use super::table::{Kernels, detected};
use super::{Plane, bytes, nibbles, rows};
use std::arch::x86_64::{
    __m512, __m512i, _mm256_loadu_si256, _mm256_maskz_loadu_epi16, _mm512_add_epi32, _mm512_add_ps, _mm512_and_si512,
    _mm512_cvtph_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_loadu_si512,
    _mm512_maskz_loadu_epi8, _mm512_maskz_loadu_ps, _mm512_reduce_add_epi32, _mm512_reduce_add_ps, _mm512_set1_epi8,
    _mm512_setzero_ps, _mm512_setzero_si512, _mm512_srli_epi16, _mm512_sub_ps, _mm512_xor_si512,
};

const LANES: usize = 16;
const BYTES: usize = 64;
const SUMS: usize = 4;

/// Returns the table if this machine has every instruction set that the functions of this file use.
///
/// They are called only through the table.
pub(super) fn table() -> Option<&'static Kernels> {
    static TABLE: Kernels = Kernels {
        name: "avx512",
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
    let found = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni");
    found.then_some(&TABLE)
}

detected! { "avx512f,avx512bw,avx512vl,avx512vnni":
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
        shifted(a, b) - 128 * total(a)
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
        let offset = 128 * total(query);
        rows::each(query, plane, slots, out, |a, b| shifted(a, b) - offset);
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
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sum_floats<const DIFFERENCE: bool>(a: &[f32], b: &[f32]) -> f32 {
    sum::<DIFFERENCE, _>(a, b, |y| floats(y), |y| few_floats(y))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sum_halves<const DIFFERENCE: bool>(a: &[f32], b: &[u16]) -> f32 {
    sum::<DIFFERENCE, _>(a, b, |y| halves(y), |y| few_halves(y))
}

/// Returns the sum of squared differences if `DIFFERENCE` is true, else the sum of products.
///
/// `lanes` reads sixteen values of `b` at once, `few` fewer.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sum<const DIFFERENCE: bool, T>(
    a: &[f32],
    b: &[T],
    lanes: impl Fn(&[T; LANES]) -> __m512,
    few: impl Fn(&[T]) -> __m512,
) -> f32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<LANES>();
    let (b_lanes, b_tail) = b.as_chunks::<LANES>();
    let (a_blocks, a_rest) = a_lanes.as_chunks::<SUMS>();
    let (b_blocks, b_rest) = b_lanes.as_chunks::<SUMS>();
    let mut sums = [_mm512_setzero_ps(); SUMS];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for i in 0..SUMS {
            sums[i] = add_term::<DIFFERENCE>(floats(&x[i]), lanes(&y[i]), sums[i]);
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] = add_term::<DIFFERENCE>(floats(x), lanes(y), sums[0]);
    }
    if !a_tail.is_empty() {
        sums[1] = add_term::<DIFFERENCE>(few_floats(a_tail), few(b_tail), sums[1]);
    }
    let [s0, s1, s2, s3] = sums;
    _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add_term<const DIFFERENCE: bool>(x: __m512, y: __m512, sum: __m512) -> __m512 {
    if DIFFERENCE {
        let difference = _mm512_sub_ps(x, y);
        _mm512_fmadd_ps(difference, difference, sum)
    } else {
        _mm512_fmadd_ps(x, y, sum)
    }
}

/// Returns `Σ a · (b + 128)`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn shifted(a: &[i8], b: &[i8]) -> i32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<BYTES>();
    let (b_lanes, b_tail) = b.as_chunks::<BYTES>();
    let (a_pairs, a_rest) = a_lanes.as_chunks::<2>();
    let (b_pairs, b_rest) = b_lanes.as_chunks::<2>();
    let top = _mm512_set1_epi8(i8::MIN);
    let mut sums = [_mm512_setzero_si512(); 2];
    for (x, y) in a_pairs.iter().zip(b_pairs) {
        for i in 0..2 {
            sums[i] = _mm512_dpbusd_epi32(sums[i], _mm512_xor_si512(codes(&y[i]), top), codes(&x[i]));
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_xor_si512(codes(y), top), codes(x));
    }
    if !a_tail.is_empty() {
        // Past the end both are 0, and the flipped 0 meets a 0.
        sums[1] = _mm512_dpbusd_epi32(sums[1], _mm512_xor_si512(few_codes(b_tail), top), few_codes(a_tail));
    }
    _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]))
}

/// Multiplies nibbles as the first factor of `vpdpbusd`, which must be unsigned.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sum_i4(a: &[i8], b: &[u8]) -> i32 {
    let low = _mm512_set1_epi8(0x0f);
    let mut sums = [_mm512_setzero_si512(); 2];
    for (x, y) in nibbles::pairs(a, b) {
        let (x, y) = (x.as_chunks::<BYTES>().0, packed(y));
        sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_and_si512(y, low), codes(&x[0]));
        sums[1] = _mm512_dpbusd_epi32(sums[1], _mm512_and_si512(_mm512_srli_epi16::<4>(y), low), codes(&x[1]));
    }
    _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]))
}

/// Returns `Σ a`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn total(a: &[i8]) -> i32 {
    let (lanes, tail) = a.as_chunks::<BYTES>();
    let ones = _mm512_set1_epi8(1);
    let mut sum = _mm512_dpbusd_epi32(_mm512_setzero_si512(), ones, few_codes(tail));
    for x in lanes {
        sum = _mm512_dpbusd_epi32(sum, ones, codes(x));
    }
    _mm512_reduce_add_epi32(sum)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn floats(x: &[f32; LANES]) -> __m512 {
    // SAFETY: an array of sixteen f32 is 64 readable bytes, and this load needs no alignment.
    unsafe { _mm512_loadu_ps(x.as_ptr()) }
}

/// Loads fewer than sixteen values; zeros fill the other lanes.
#[inline]
#[target_feature(enable = "avx512f")]
fn few_floats(x: &[f32]) -> __m512 {
    // SAFETY: the mask has as many bits as there are values, and what is masked out is not read.
    unsafe { _mm512_maskz_loadu_ps((1u16 << x.len()) - 1, x.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn halves(x: &[u16; LANES]) -> __m512 {
    // SAFETY: an array of sixteen u16 is 32 readable bytes, and this load needs no alignment.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(x.as_ptr().cast()) })
}

/// Loads fewer than sixteen values; zeros fill the other lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn few_halves(x: &[u16]) -> __m512 {
    // SAFETY: as for `few_floats`.
    _mm512_cvtph_ps(unsafe { _mm256_maskz_loadu_epi16((1u16 << x.len()) - 1, x.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn codes(x: &[i8; BYTES]) -> __m512i {
    // SAFETY: an array of 64 i8 is 64 readable bytes, and this load needs no alignment.
    unsafe { _mm512_loadu_si512(x.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn packed(x: &[u8; BYTES]) -> __m512i {
    // SAFETY: an array of 64 u8 is 64 readable bytes, and this load needs no alignment.
    unsafe { _mm512_loadu_si512(x.as_ptr().cast()) }
}

/// Loads fewer than 64 codes; zeros fill the other lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn few_codes(x: &[i8]) -> __m512i {
    // SAFETY: as for `few_floats`.
    unsafe { _mm512_maskz_loadu_epi8((1u64 << x.len()) - 1, x.as_ptr()) }
}
