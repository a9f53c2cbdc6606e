//! Converts between f32 and half precision (IEEE 754 binary16).
//!
//! A half-precision number, a half for short, is held as 16 bits: 1 of sign, 5 of exponent, 10 of fraction.
//!
//! Rust has no stable type for it. The relative error is at most `2⁻¹¹` for magnitudes from `2⁻¹⁴` to 65,504, the
//! absolute error at most `2⁻²⁵` below.

/// Number of fraction bits that f32 has beyond the ten of half precision.
const EXTRA: u32 = 23 - 10;
/// Difference between the exponent biases of f32 and of half precision.
const BIAS: u32 = 127 - 15;
const INFINITY: u16 = 0x7c00;

/// Converts an f32 to the nearest half-precision number, ties to even.
///
/// Magnitudes of 65,520 and above become infinity.
#[must_use]
pub fn from_f32(value: f32) -> u16 {
    let sign = (value.to_bits() >> 16) as u16 & 0x8000;
    let size = value.abs();
    let bits = size.to_bits();
    let half = if size.is_nan() {
        INFINITY | 0x200
    } else if size >= 65_536.0 {
        INFINITY
    } else if size < 2f32.powi(-14) {
        // One ulp of 0.5 is 2⁻²⁴, as that of the subnormal halves: the addition rounds as it should.
        (size + 0.5).to_bits() as u16
    } else {
        // Just less than half of the last place kept, or just half when that place is odd; a carry raises the exponent,
        // the largest one to infinity.
        let odd = bits >> EXTRA & 1;
        ((bits - (BIAS << 23) + (1 << (EXTRA - 1)) - 1 + odd) >> EXTRA) as u16
    };
    sign | half
}

/// Converts a half-precision number to f32 exactly.
#[inline]
#[must_use]
pub fn to_f32(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let bits = u32::from(half & 0x7fff) << EXTRA;
    // Read as f32 the value is too small by 2¹¹², subnormal numbers included, and a power of two is exact.
    let size = f32::from_bits(bits) * f32::from_bits((BIAS + 127) << 23);
    // What was not finite becomes a finite number with the same fraction: its exponent is filled up.
    let fill = if bits < u32::from(INFINITY) << EXTRA { 0 } else { 0x7f80_0000 };
    f32::from_bits(size.to_bits() | fill | sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the value of `half` by the definition of the format.
    fn defined(half: u16) -> f64 {
        let (exponent, fraction) = (i32::from(half >> 10 & 31), f64::from(half & 0x3ff));
        let size = match exponent {
            0 => fraction * 2f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
        };
        if half & 0x8000 == 0 { size } else { -size }
    }

    #[test]
    fn every_half_is_read_and_written() {
        for half in 0..=u16::MAX {
            let (value, expected) = (to_f32(half), defined(half));
            if expected.is_nan() {
                assert!(value.is_nan() && to_f32(from_f32(value)).is_nan(), "{half:#x}");
            } else {
                assert_eq!((f64::from(value), value.is_sign_negative()), (expected, half >= 0x8000), "{half:#x}");
                assert_eq!(from_f32(value), half);
            }
        }
    }

    /// Checks the rounding around every midpoint between neighbouring half-precision numbers.
    ///
    /// Rounding never decreases as the value increases, so it is right everywhere if it is right on both sides of every
    /// midpoint.
    #[test]
    fn every_midpoint_rounds_to_even() {
        for half in 0..INFINITY {
            // The midpoint above the largest half is 65,520, where infinity stands for 65,536.
            let above = if half + 1 == INFINITY { 65_536.0 } else { to_f32(half + 1) };
            let middle = f32::midpoint(to_f32(half), above);
            for (sign, bit) in [(1.0, 0), (-1.0, 0x8000)] {
                assert_eq!(from_f32(sign * middle), bit | (half + (half & 1)), "{half:#x}");
                assert_eq!(from_f32(sign * middle.next_down()), bit | half, "{half:#x}");
                assert_eq!(from_f32(sign * middle.next_up()), bit | (half + 1), "{half:#x}");
            }
        }
        for (value, expected) in [(f32::MAX, INFINITY), (f32::MIN, 0x8000 | INFINITY), (f32::from_bits(1), 0)] {
            assert_eq!(from_f32(value), expected);
        }
    }
}
