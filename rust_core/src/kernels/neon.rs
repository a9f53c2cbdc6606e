//! NEON: four lanes, four independent sums, for the same reason as in `avx2`: the small cores of a phone take four
//! cycles and more for a fused multiply-add.

use super::Kernels;
use std::arch::aarch64::{float32x4_t, vaddq_f32, vaddvq_f32, vdupq_n_f32, vfmaq_f32, vld1q_f32, vsubq_f32};
use std::arch::is_aarch64_feature_detected;

const LANES: usize = 4;
const SUMS: usize = 4;

/// The table, when this machine has NEON: the only way to the functions of this file.
pub(super) fn table() -> Option<&'static Kernels> {
    static TABLE: Kernels = Kernels { name: "neon", dot, l2_squared };
    is_aarch64_feature_detected!("neon").then_some(&TABLE)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: this function is reached through `table` alone, which has detected NEON.
    unsafe { sum::<false>(a, b) }
}

fn l2_squared(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: as for `dot`.
    unsafe { sum::<true>(a, b) }
}

/// Sum of squared differences, or of products.
#[target_feature(enable = "neon")]
fn sum<const DIFFERENCE: bool>(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "vectors differ in length");
    let (a_lanes, a_tail) = a.as_chunks::<LANES>();
    let (b_lanes, b_tail) = b.as_chunks::<LANES>();
    let (a_blocks, a_rest) = a_lanes.as_chunks::<SUMS>();
    let (b_blocks, b_rest) = b_lanes.as_chunks::<SUMS>();
    let mut sums = [vdupq_n_f32(0.0); SUMS];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for i in 0..SUMS {
            sums[i] = add_term::<DIFFERENCE>(&x[i], &y[i], sums[i]);
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] = add_term::<DIFFERENCE>(x, y, sums[0]);
    }
    let [s0, s1, s2, s3] = sums;
    let mut total = vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
    for (&x, &y) in a_tail.iter().zip(b_tail) {
        total = if DIFFERENCE { (x - y).mul_add(x - y, total) } else { x.mul_add(y, total) };
    }
    total
}

#[inline]
#[target_feature(enable = "neon")]
fn add_term<const DIFFERENCE: bool>(x: &[f32; LANES], y: &[f32; LANES], sum: float32x4_t) -> float32x4_t {
    // SAFETY: an array of four f32 is 16 readable bytes, and this load needs no alignment beyond that of f32.
    let (x, y) = unsafe { (vld1q_f32(x.as_ptr()), vld1q_f32(y.as_ptr())) };
    if DIFFERENCE {
        let difference = vsubq_f32(x, y);
        vfmaq_f32(sum, difference, difference)
    } else {
        vfmaq_f32(sum, x, y)
    }
}
