//! Portable kernels, for machines without AVX2, AVX-512 and NEON.
//!
//! They are also the simplest code to compare the other kernels with.
//!
//! Sums are kept in eight partial sums, because the compiler may not reorder floating-point additions; written this
//! way, it can use the target's default vector registers. Integer sums need no such help.

use super::table::Kernels;
use super::{bytes, half, nibbles, rows};

const LANES: usize = 8;

pub(super) static TABLE: Kernels = Kernels {
    name: "scalar",
    dot,
    l2_squared,
    dot_f16,
    l2_squared_f16,
    dot_i8,
    dot_rows: |query, plane, slots, out| rows::each(query, plane, slots, out, dot),
    l2_squared_rows: |query, plane, slots, out| rows::each(query, plane, slots, out, l2_squared),
    dot_f16_rows: |query, plane, slots, out| rows::each(query, plane, slots, out, dot_f16),
    l2_squared_f16_rows: |query, plane, slots, out| rows::each(query, plane, slots, out, l2_squared_f16),
    dot_i8_rows: |query, plane, slots, out| rows::each(query, plane, slots, out, dot_i8),
    round_i8: bytes::round,
    round_rest_i8: bytes::round_rest,
    round_i4: nibbles::round,
    dot_i4: nibbles::dot,
    dot_i4_rows: |query, plane, slots, out| rows::each_of(query.len() / 2, query, plane, slots, out, nibbles::dot),
};

fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum(a, b, |x, y| x * y)
}

fn l2_squared(a: &[f32], b: &[f32]) -> f32 {
    sum(a, b, |x, y| (x - y) * (x - y))
}

fn dot_f16(a: &[f32], b: &[u16]) -> f32 {
    sum(a, b, |x, y| x * half::to_f32(y))
}

fn l2_squared_f16(a: &[f32], b: &[u16]) -> f32 {
    sum(a, b, |x, y| (x - half::to_f32(y)) * (x - half::to_f32(y)))
}

fn sum<T: Copy>(a: &[f32], b: &[T], term: impl Fn(f32, T) -> f32) -> f32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<LANES>();
    let (b_lanes, b_tail) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (x, y) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += term(x[lane], y[lane]);
        }
    }
    let tail: f32 = a_tail.iter().zip(b_tail).map(|(x, y)| term(*x, *y)).sum();
    sums.iter().sum::<f32>() + tail
}

fn dot_i8(a: &[i8], b: &[i8]) -> i32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    a.iter().zip(b).map(|(x, y)| i32::from(i16::from(*x) * i16::from(*y))).sum()
}
