//! Residuals: the differences between vectors and their int8 codes, stored as one more int8 per value. Code and residual
//! together are the vector in 16 bits of fixed point, which take half the memory of an f32 row.
//!
//! A vector `x` with the code `scale · c` has the residual `r = round(254 · (x / scale − c))`. A code errs by half a
//! step at most, so `r` is from −127 to 127, and `x` is `scale · (c + r / 254)` to within `scale / 508` per value: a
//! 64,516th of the largest value. A dot product of two such vectors is a sum of four dot products of int8, which are
//! exact integers, so the distances are the same on every machine.

use super::codes::{Codes, Codes64, View};
use crate::error::{Error, Result};
use crate::kernels::{self, Kernels, Line, Plane, bytes as kernel_bytes, flat, flat_mut, prefetch};
use crate::snapshot::{Blocks, Mapped, Rows};

const WIDTH: usize = 64;

/// Number of steps of a residual within one step of a code: both ends of a code's step have a residual.
const STEPS: f64 = kernel_bytes::STEPS as f64;

/// The residuals of all slots.
#[derive(Debug)]
pub(super) struct Residuals {
    /// Number of cache lines per row.
    width: usize,
    lines: Rows<Codes64>,
    /// Checksums of the rows that come from a snapshot. Such a row must be checked with [`Self::check_rows`] before
    /// each use.
    blocks: Blocks,
    kernels: &'static Kernels,
}

impl Residuals {
    pub(super) fn new(dim: usize) -> Self {
        let width = dim.div_ceil(WIDTH);
        Self { width, lines: Rows::new(width), blocks: Blocks::default(), kernels: kernels::active() }
    }

    /// Prefetches the row of `slot`.
    pub(super) fn prefetch(&self, slot: u32) {
        prefetch(self.lines.row(slot));
    }

    /// Returns the residual of `vector`, whose code is `code`.
    pub(super) fn encode(&self, vector: &[f32], code: View<'_>) -> Vec<Codes64> {
        let mut lines = vec![Line([0; WIDTH]); self.width];
        // As in `Codes::encode`: the code of a vector that is too short to be divided is all zeros.
        let inverse = code.scale.recip();
        let inverse = if inverse.is_finite() { inverse } else { 0.0 };
        (self.kernels.round_rest_i8)(vector, code.values, inverse, flat_mut(&mut lines));
        lines
    }

    /// Writes the residual of `vector`, whose code is `code`, into `slot`. The slot must be an existing one or the next
    /// new one.
    ///
    /// # Errors
    /// [`Error::Checksum`] when the block to be changed is damaged.
    pub(super) fn set(&mut self, slot: u32, vector: &[f32], code: View<'_>) -> Result<()> {
        if slot as usize == self.lines.count() {
            self.lines.grow();
        }
        self.check_rows(&[slot])?;
        let lines = self.encode(vector, code);
        self.lines.row_mut(slot).copy_from_slice(&lines);
        Ok(())
    }

    pub(super) fn reserve(&mut self, count: usize) {
        self.lines.reserve(count);
    }

    /// Returns the vector in `slot`, whose code is `code`.
    pub(super) fn decode(&self, slot: u32, code: View<'_>, dim: usize) -> Vec<f32> {
        let pairs = code.values.iter().zip(flat(self.lines.row(slot))).take(dim);
        pairs.map(|(c, r)| code.scale * (f32::from(*c) + f32::from(*r) / STEPS as f32)).collect()
    }

    /// Computes the dot products of one vector with the vectors in `slots`, and writes them to `out`. The vector is
    /// given as code and residual.
    ///
    /// With `a = s (c + r / 254)` and `b = s' (c' + r' / 254)` it is `s s' (254² c·c' + 254 (c·r' + r·c') + r·r') / 254²`.
    /// The sum in brackets is an integer below 2⁴⁷ at 65,536 values, and so are its terms: f64 holds them exactly.
    pub(super) fn dots(
        &self,
        (code, residual): (View<'_>, &[Codes64]),
        codes: &Codes,
        slots: &[u32],
        products: &mut Vec<i32>,
        out: &mut Vec<f64>,
    ) {
        let (coarse, fine, residual) = (bytes(codes.arrays().0), bytes(&self.lines), flat(residual));
        products.clear();
        products.resize(slots.len(), 0);
        out.clear();
        out.resize(slots.len(), 0.0);
        for (values, plane, factor) in [
            (code.values, coarse, STEPS * STEPS),
            (code.values, fine, STEPS),
            (residual, coarse, STEPS),
            (residual, fine, 1.0),
        ] {
            (self.kernels.dot_i8_rows)(values, plane, slots, products);
            out.iter_mut().zip(products.iter()).for_each(|(sum, product)| *sum += factor * f64::from(*product));
        }
        let scale = f64::from(code.scale) / (STEPS * STEPS);
        out.iter_mut().zip(slots).for_each(|(sum, slot)| *sum *= scale * f64::from(codes.get(*slot).scale));
    }

    /// Returns a bound on the rounding error in the product of two unit vectors, given their codes' scales.
    ///
    /// As for codes, see [`Codes::margin`], but no value is off by more than `scale / 508`.
    pub(super) fn margin(&self, one: f32, other: f32) -> f32 {
        let off = |scale: f32| ((self.width * WIDTH) as f32).sqrt() * scale / (2.0 * STEPS) as f32;
        let (one, other) = (off(one), off(other));
        one + (1.0 + one) * other
    }

    /// Whether code and residual in `slot` have values that the kernels accept. No others are returned by
    /// [`Self::encode`].
    pub(super) fn is_in_range(&self, slot: u32, code: View<'_>) -> bool {
        !code.values.iter().chain(flat(self.lines.row(slot))).any(|value| *value == i8::MIN)
    }

    /// Returns a bound on the distance between a vector and the one decoded from its code and residual.
    pub(super) fn tolerance(&self, code: View<'_>) -> f64 {
        // A hundredth more for the roundings of f32 in `encode` and `decode`, which are far below a step.
        1.01 * ((self.width * WIDTH) as f64).sqrt() * f64::from(code.scale) / (2.0 * STEPS)
    }

    /// Keeps only the rows of the slots in `order`, in that order. All rows must have been checked.
    pub(super) fn reorder(&mut self, order: &[u32]) {
        (self.lines, self.blocks) = (self.lines.reordered(order), Blocks::default());
    }

    /// Checks the rows in `slots` against the snapshot's checksums.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn check_rows(&self, slots: &[u32]) -> Result<()> {
        let (section, length) = (self.section(), self.width * WIDTH);
        slots.iter().try_for_each(|slot| {
            let start = *slot as usize * length;
            self.blocks.check(section, start..start + length)
        })
    }

    fn section(&self) -> &[u8] {
        bytemuck::cast_slice(self.lines.plane().base)
    }

    /// Returns the rows of all slots, including free ones.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn rows(&self) -> Result<&Rows<Codes64>> {
        self.blocks.check_all(self.section())?;
        Ok(&self.lines)
    }

    /// Replaces the rows with the rows of a snapshot. They are checked only when used.
    ///
    /// # Errors
    /// [`Error::Corrupt`] unless there are `slots` of them.
    pub(super) fn restore(&mut self, slots: usize, lines: Mapped<Codes64>, blocks: Blocks) -> Result<()> {
        if Some(lines.len()) != slots.checked_mul(self.width) {
            return Err(Error::Corrupt { what: "residuals and slots do not add up" });
        }
        (self.lines, self.blocks) = (Rows::of(self.width, lines), blocks);
        Ok(())
    }
}

fn bytes(rows: &Rows<Codes64>) -> Plane<'_, i8> {
    let Plane { base, tail } = rows.plane();
    Plane { base: flat(base), tail: flat(tail) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hnsw::Metric;
    use proptest::prelude::*;

    fn product(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    }

    fn length(vector: &[f32]) -> f64 {
        product(vector, vector).sqrt()
    }

    fn stored(vectors: &[&[f32]]) -> (Codes, Residuals) {
        let dim = vectors[0].len();
        let (mut codes, mut residuals) = (Codes::new(dim, Metric::Cosine), Residuals::new(dim));
        for (slot, vector) in (0..).zip(vectors) {
            let code = codes.encode(vector);
            residuals.set(slot, vector, code.view()).unwrap();
            codes.set(slot, &code);
        }
        (codes, residuals)
    }

    fn values() -> impl Strategy<Value = Vec<f32>> {
        (prop::collection::vec(-1f32..1.0, 70), prop_oneof![Just(1f32), Just(1e-30), Just(1e15)])
            .prop_map(|(values, size)| values.into_iter().map(|value| value * size).collect())
    }

    proptest! {
        /// A value is off by half a step at most; f32 adds three roundings of the code's quotient, 2⁻²⁴ each, times 127.
        #[test]
        fn a_vector_comes_back_to_within_half_a_step(vector in values()) {
            let (codes, residuals) = stored(&[&vector]);
            let code = codes.get(0);
            let step = f64::from(code.scale) / STEPS;
            let back = residuals.decode(0, code, vector.len());
            prop_assert_eq!(back.len(), vector.len());
            for (x, y) in vector.iter().zip(&back) {
                prop_assert!((f64::from(*x) - f64::from(*y)).abs() <= step * 0.51, "{} {} {}", x, y, step);
            }
            // And is then the same for ever.
            let (codes, residuals) = stored(&[&back]);
            let again = residuals.decode(0, codes.get(0), back.len());
            for (x, y) in back.iter().zip(&again) {
                prop_assert!((f64::from(*x) - f64::from(*y)).abs() <= step * 0.02, "{} {}", x, y);
            }
        }

        /// Checks products against those of the decoded vectors, where decoding rounds each value twice in f32.
        #[test]
        fn products_are_those_of_the_decoded_vectors(a in values(), b in values()) {
            let (codes, residuals) = stored(&[&a, &b]);
            let (mut products, mut out) = (Vec::new(), Vec::new());
            let code = codes.encode(&a);
            let residual = residuals.encode(&a, code.view());
            residuals.dots((code.view(), &residual), &codes, &[1, 0], &mut products, &mut out);
            let decoded = [1, 0].map(|slot| residuals.decode(slot, codes.get(slot), a.len()));
            for (other, got) in decoded.iter().zip(out) {
                let bound = length(&decoded[1]) * length(other) * 4.0 / (1 << 23) as f64;
                let off = (got - product(&decoded[1], other)).abs();
                prop_assert!(off <= bound, "{} > {}", off, bound);
            }
        }

        #[test]
        fn no_product_of_unit_vectors_is_off_by_more_than_the_margin(a in values(), b in values()) {
            let [a, b] = [a, b].map(|vector| {
                let length = length(&vector);
                vector.into_iter().map(|value| (f64::from(value) / length) as f32).collect::<Vec<_>>()
            });
            let (codes, residuals) = stored(&[&a, &b]);
            let mut out = Vec::new();
            let residual = residuals.encode(&a, codes.get(0));
            residuals.dots((codes.get(0), &residual), &codes, &[1], &mut Vec::new(), &mut out);
            let margin = f64::from(residuals.margin(codes.get(0).scale, codes.get(1).scale));
            prop_assert!((out[0] - product(&a, &b)).abs() <= margin, "{} {}", out[0], margin);
            prop_assert!((length(&residuals.decode(1, codes.get(1), b.len())) - 1.0).abs() <= residuals.tolerance(codes.get(1)));
        }
    }

    #[test]
    fn a_zero_vector_and_the_shortest_one_are_kept_as_zeros() {
        for value in [0.0, f32::from_bits(1)] {
            let (codes, residuals) = stored(&[&[value; 70]]);
            assert!(residuals.decode(0, codes.get(0), 70).iter().all(|x| x.abs() <= value));
        }
    }
}
