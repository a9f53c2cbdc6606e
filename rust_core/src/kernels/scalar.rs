//! Portable kernels: the fallback, and what the others are easiest compared with.
//!
//! The sum is kept in eight partial sums because floating-point addition may not be reordered by the compiler: written
//! this way it can use whatever vector registers the target has by default.

use super::Kernels;

const LANES: usize = 8;

pub(super) static TABLE: Kernels = Kernels { name: "scalar", dot, l2_squared };

fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum(a, b, |x, y| x * y)
}

fn l2_squared(a: &[f32], b: &[f32]) -> f32 {
    sum(a, b, |x, y| (x - y) * (x - y))
}

fn sum(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
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
