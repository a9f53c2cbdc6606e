//! Arithmetic for four heads at once: each number of the equations becomes an array with one value per head.

/// Number of heads in a group. Four floats fill one vector register on every supported machine, and trained parameters
/// have four heads.
pub(super) const LANES: usize = 4;

/// Slope of LeakyReLU for negative values (arXiv 1710.10903, section 3.3).
pub(super) const SLOPE: f32 = 0.2;

/// One value for each head of a group; 0 in lanes that have no head.
pub(super) type Lanes = [f32; LANES];

/// Five dot products of a node's state u, named as in the parent module. In order: g·u, a_dst·u and a_src·u of layer 1,
/// and a_dst·u and a_src·u of layer 2.
pub(super) type State = [Lanes; 5];

/// Largest sum of the magnitudes of a logit's terms, in nats, for which `layer` multiplies their exponentials.
///
/// Beyond it, `layer` runs the streaming softmax.
pub(super) const RANGE: f32 = 40.0;

/// Returns `f(0)` to `f(3)`, one value per lane.
#[inline(always)]
pub(super) fn map(f: impl Fn(usize) -> f32) -> Lanes {
    std::array::from_fn(f)
}

/// Returns `e^x` for |x| ≤ 80, with a relative error below 3 · 2⁻²⁴.
///
/// The compiler can vectorise all operations used.
///
/// With k the integer next to x / ln 2, e^x = 2^k · e^r and |r| ≤ 0.3466 up to rounding. ln 2 is taken in two parts,
/// the first of ten bits, so that k times it is exact; so r is off by a unit of its size, 0.35, at its two
/// subtractions, and by 0.02 in the second part's product: 0.6 of a unit together at most. The series to r⁷ leaves out
/// less than 0.3467⁸ / 8! · 1.1 < 6e-9 < 0.1 unit. Of Horner's sum 1 + r·q the last addition rounds by a unit at most,
/// and r·q, below 0.42, is off by less than three of its own units, 1.3. The power of two is exact, because |k| ≤ 116.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// A number that, added and then subtracted, rounds a value to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 355.0 / 512.0;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let series = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let sum = series.into_iter().fold(1.0 / 5040.0, |sum, term| sum * r + term);
    // The low bits of `shifted` are k, and what is above them leaves the register.
    sum * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_three_units() {
        let mut worst = 0.0f64;
        for i in -800_000..=800_000 {
            let x = i as f32 * 1e-4;
            let expected = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) / expected - 1.0).abs() * f64::from(1 << 24));
        }
        assert!(worst <= 3.0, "{worst} units");
        assert_eq!(exp(0.0), 1.0);
    }
}
