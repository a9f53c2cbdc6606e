//! Numbers of 4 bits, packed two to a byte in the order in which kernels unpack them. They go from 0 to 15.
//!
//! ```text
//! byte j of line l   low half: number 128·l + j   high half: number 128·l + 64 + j   j = 0 … 63
//! ```
//!
//! A mask and a shift thus turn 64 bytes, or 32 or 16 of them, into consecutive numbers, which meet consecutive codes of
//! a query. A row has whole lines, and its query twice as many codes as it has bytes. Rounding to a row `u` of
//! `y = scale · codes − mean` also returns the sums of `y²`, of `(u − 7½) · y` and of `mean · y`.

/// Number of bytes in a line, and of numbers in each half of a line.
const LINE: usize = 64;

/// How many 4-bit numbers a line holds.
pub const PER_LINE: usize = 2 * LINE;

/// Share of a row's largest value that the numbers reach. Few values are that large, and finer steps serve the others:
/// of 1, .88, .75 and .6 the middle two kept most of the ten nearest, with generated vectors and with those of two
/// sentence encoders.
const SPAN: f32 = 0.8;

/// Smallest f32 from which on every f32 is an integer.
const WHOLE: f32 = (1 << 23) as f32;

/// Number of sums kept side by side. A compiler may not reorder additions of floats, so every table gets the same sums.
const LANES: usize = 16;

/// Rounds `y = scale · codes − mean` to numbers `u` and writes them to the row `out`. Returns the sums of `y²`, of
/// `(u − 7½) · y`, and of `mean · y`.
///
/// `mean` has as many values as the row numbers; codes that are missing count as 0, and so must the mean there.
///
/// # Panics
/// When the mean or the row is not of whole lines, or there are more codes than numbers.
#[inline(always)]
pub(super) fn round(codes: &[i8], scale: f32, mean: &[f32], out: &mut [u8]) -> [f32; 3] {
    let ((mean, few), (out, rest)) = (mean.as_chunks::<PER_LINE>(), out.as_chunks_mut::<LINE>());
    assert!(few.is_empty() && rest.is_empty() && mean.len() == out.len(), "vectors differ in length");
    assert!(codes.len() <= PER_LINE * mean.len(), "vectors differ in length");
    let mut largest = [0f32; LANES];
    for (codes, mean) in codes.chunks(PER_LINE).zip(mean) {
        for lanes in difference(codes, scale, mean).as_chunks::<LANES>().0 {
            for i in 0..LANES {
                let size = lanes[i].abs();
                largest[i] = if size > largest[i] { size } else { largest[i] };
            }
        }
    }
    let inverse = 7.5 / (SPAN * largest.into_iter().fold(0.0, f32::max));
    // Where all values are 0, or so small that the division overflows, every number is 8.
    let inverse = if inverse.is_finite() { inverse } else { 0.0 };
    let mut sums = [[0f32; LANES]; 3];
    for ((codes, mean), out) in codes.chunks(PER_LINE).zip(mean).zip(out) {
        let y = difference(codes, scale, mean);
        let mut numbers = [0; PER_LINE];
        for at in (0..PER_LINE).step_by(LANES) {
            for i in 0..LANES {
                let (mean, y) = (mean[at + i], y[at + i]);
                // Above 2²³ an f32 has no fraction, and its lowest bits are those of the integer: a cast, which takes
                // one value at a time, is not needed.
                let shifted = (y * inverse + 7.5).clamp(0.0, 15.0) + WHOLE;
                numbers[at + i] = shifted.to_bits() as u8 & 0x0f;
                sums[0][i] += y * y;
                sums[1][i] += (shifted - WHOLE - 7.5) * y;
                sums[2][i] += mean * y;
            }
        }
        *out = std::array::from_fn(|at| numbers[at] | numbers[LINE + at] << 4);
    }
    sums.map(|lanes| lanes.into_iter().sum())
}

/// Returns `scale · codes − mean`; missing codes are 0.
#[inline(always)]
fn difference(codes: &[i8], scale: f32, mean: &[f32; PER_LINE]) -> [f32; PER_LINE] {
    let wide: [i8; PER_LINE] = match codes.try_into() {
        Ok(codes) => codes,
        Err(_) => std::array::from_fn(|at| codes.get(at).copied().unwrap_or(0)),
    };
    std::array::from_fn(|at| scale * f32::from(wide[at]) - mean[at])
}

/// Pairs each line of `b` with the codes of `a` that multiply it.
///
/// # Panics
/// When `b` is not of whole lines, or `a` not twice as long.
#[inline(always)]
pub(super) fn pairs<'a>(a: &'a [i8], b: &'a [u8]) -> impl Iterator<Item = (&'a [i8; PER_LINE], &'a [u8; LINE])> {
    let ((a, few), (b, rest)) = (a.as_chunks::<PER_LINE>(), b.as_chunks::<LINE>());
    assert!(few.is_empty() && rest.is_empty() && a.len() == b.len(), "vectors differ in length");
    a.iter().zip(b)
}

/// Computes the dot product of codes and nibbles that every kernel must return.
pub(super) fn dot(a: &[i8], b: &[u8]) -> i32 {
    let product = |code: i8, nibble: u8| i32::from(code) * i32::from(nibble);
    let line = |(a, b): (&[i8; PER_LINE], &[u8; LINE])| -> i32 {
        let (first, second) = a.split_at(LINE);
        let halves = first.iter().zip(second).zip(b);
        halves.map(|((first, second), byte)| product(*first, byte & 0x0f) + product(*second, byte >> 4)).sum()
    };
    pairs(a, b).map(line).sum()
}
