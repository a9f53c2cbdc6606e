//! Rounds vectors to 8-bit codes, and the rounding errors to residuals. Codes go from −127 to 127.
//!
//! Every search rounds its query, so this must not take one value at a time.

/// Number of partial maxima kept side by side.
const LANES: usize = 16;

/// Number of residual units in one step between codes. A residual goes from −127 to 127, so that both ends of a step
/// have one.
pub const STEPS: f32 = 254.0;

/// Rounds `127 · values / largest` to `out`, and returns `largest`. Halves are rounded away from 0; `largest` is the
/// largest absolute value.
///
/// Bytes beyond the values are left as they are. If all values are 0, or so small that the division overflows, all are 0.
///
/// # Panics
/// When there are more values than bytes.
#[inline(always)]
pub(super) fn round(values: &[f32], out: &mut [i8]) -> f32 {
    let out = &mut out[..values.len()];
    let largest = largest(values);
    let inverse = 127.0 / largest;
    let inverse = if inverse.is_finite() { inverse } else { 0.0 };
    for (code, value) in out.iter_mut().zip(values) {
        // Adding half away from zero and truncating rounds to nearest in one instruction, unlike `round`. By way of an
        // i32 several values are converted at once.
        *code = (value * inverse + 0.5f32.copysign(*value)) as i32 as i8;
    }
    largest
}

/// Writes the residuals of `values` to `out`, rounded to 8 bits. They are in [`STEPS`] per unit of the codes; `inverse` is
/// the number of units in 1.
///
/// # Panics
/// When there are fewer codes or bytes than values.
#[inline(always)]
pub(super) fn round_rest(values: &[f32], codes: &[i8], inverse: f32, out: &mut [i8]) {
    let (codes, out) = (&codes[..values.len()], &mut out[..values.len()]);
    for ((residual, value), code) in out.iter_mut().zip(values).zip(codes) {
        let left = (value * inverse - f32::from(*code)) * STEPS;
        *residual = (left + 0.5f32.copysign(left)).clamp(-127.0, 127.0) as i32 as i8;
    }
}

#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    let (lanes, few) = values.as_chunks::<LANES>();
    let mut largest = [0f32; LANES];
    for lane in lanes {
        for i in 0..LANES {
            let size = lane[i].abs();
            largest[i] = if size > largest[i] { size } else { largest[i] };
        }
    }
    few.iter().map(|value| value.abs()).chain(largest).fold(0.0, f32::max)
}
