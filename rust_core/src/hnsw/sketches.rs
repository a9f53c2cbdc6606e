//! Sketches: copies of the codes with four bits per value, for walks through large indexes. They take half of the
//! memory that codes do, and the nodes found are compared again by their codes.
//!
//! With `m` the mean of all vectors, `x = m + y`, and the nearest nodes of `q` are those with the largest
//! `q·x = q·m + m·y + (q − m)·y`. The first term belongs to the query, the second is kept per node, and of `y` a node has
//! a sketch: `y_i ≈ factor · (u_i − 7½)`, `u_i` from 0 to 15. Without the mean, which takes up to three quarters of the
//! squared length in some encoders, all of the error would fall on the differences that remain.
//!
//! `factor = |y|² / Σ (u_i − 7½)·y_i` makes the sketch of `y` agree with `y` itself, so that vectors are not taken for
//! shorter than they are (Gao & Long, "RaBitQ", arXiv 2405.12497, section 3.2).
//!
//! Sketches are computed from codes when an index is opened or has grown, and are not in its snapshot.

use super::codes::View;
use crate::kernels::nibbles::PER_LINE;
use crate::kernels::{self, Kernels, Line, Plane, flat, flat_mut};
use crate::snapshot::Rows;

/// Number of codes, spread over all slots, whose mean stands for the mean of all codes.
const SAMPLE: usize = 4096;

/// A query's difference from the mean, in eight bits.
#[derive(Debug, Clone)]
pub(super) struct Target {
    codes: Vec<Line<[i8; 64]>>,
    /// Value of half a unit of the codes.
    half: f32,
    /// 15 times the sum of the codes.
    shift: i32,
    /// `1 − q·m`.
    base: f32,
}

/// Values kept of a node beside its sketch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Terms {
    factor: f32,
    /// `m·y`.
    along: f32,
}

/// The sketches of all slots.
#[derive(Debug)]
pub(super) struct Sketches {
    /// The mean, padded with zeros to whole lines.
    mean: Vec<f32>,
    lines: Rows<Line<[u8; 64]>>,
    terms: Vec<Terms>,
    /// Number of slots when the mean was computed.
    first: usize,
    kernels: &'static Kernels,
}

impl Sketches {
    /// Sketches the codes of the slots from 0 to `count`.
    pub(super) fn of<'a>(dim: usize, count: usize, code: impl Fn(u32) -> View<'a>) -> Self {
        let width = dim.div_ceil(PER_LINE);
        let mut mean = vec![0.0; width * PER_LINE];
        let sample = (0..count as u32).step_by(count.div_ceil(SAMPLE).max(1));
        let share = 1.0 / sample.len().max(1) as f32;
        for slot in sample {
            let View { values, scale, .. } = code(slot);
            mean.iter_mut().zip(values).for_each(|(sum, value)| *sum += share * scale * f32::from(*value));
        }
        let mut sketches =
            Self { mean, lines: Rows::new(width), terms: Vec::new(), first: count, kernels: kernels::active() };
        sketches.reserve(count);
        (0..count as u32).for_each(|slot| sketches.set(slot, code(slot)));
        sketches
    }

    /// Number of slots when the mean was computed.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Sketches a code into `slot`. The slot must be an existing one or the next new one.
    pub(super) fn set(&mut self, slot: u32, code: View<'_>) {
        if slot as usize == self.terms.len() {
            self.lines.grow();
            self.terms.push(Terms::default());
        }
        let (mean, kernels) = (&self.mean, self.kernels);
        self.terms[slot as usize] = round(kernels, code, mean, flat_mut(self.lines.row_mut(slot)));
    }

    /// Whether the sketch in `slot` is the sketch of `code`.
    pub(super) fn is_of(&self, slot: u32, code: View<'_>) -> bool {
        let mut line = vec![0; flat(self.lines.row(slot)).len()];
        let terms = round(self.kernels, code, &self.mean, &mut line);
        (line.as_slice(), terms) == (flat(self.lines.row(slot)), self.terms[slot as usize])
    }

    pub(super) fn reserve(&mut self, count: usize) {
        self.lines.reserve(count);
        self.terms.reserve(count);
    }

    /// Returns the target for a unit vector.
    pub(super) fn target(&self, vector: &[f32]) -> Target {
        let differences: Vec<f32> = vector.iter().zip(&self.mean).map(|(value, mean)| value - mean).collect();
        let mut codes = vec![Line([0; 64]); self.lines.width() * 2];
        let largest = (self.kernels.round_i8)(&differences, flat_mut(&mut codes));
        let sum: i32 = flat(&codes).iter().map(|code| i32::from(*code)).sum();
        let along = (self.kernels.dot)(vector, &self.mean[..vector.len()]);
        Target { codes, half: largest / 254.0, shift: 15 * sum, base: 1.0 - along }
    }

    /// Computes the approximate distance between `target` and the node in `slots[i]`, and writes it to `out[i]`.
    pub(super) fn distances(&self, target: &Target, slots: &[u32], products: &mut Vec<i32>, out: &mut Vec<f32>) {
        products.clear();
        products.resize(slots.len(), 0);
        let Plane { base, tail } = self.lines.plane();
        let plane = Plane { base: flat(base), tail: flat(tail) };
        (self.kernels.dot_i4_rows)(flat(&target.codes), plane, slots, products);
        out.clear();
        out.extend(slots.iter().zip(products.iter()).map(|(&slot, &product)| {
            let Terms { factor, along } = self.terms[slot as usize];
            target.base - along - (2 * product - target.shift) as f32 * (target.half * factor)
        }));
    }
}

/// Writes the sketch of `code` to `row`, and returns the values kept beside it.
fn round(kernels: &Kernels, code: View<'_>, mean: &[f32], row: &mut [u8]) -> Terms {
    let [squared, agreement, along] = (kernels.round_i4)(code.values, code.scale, mean, row);
    // A vector that is the mean, or so near that nothing is left of the difference, has a factor of 0.
    let factor = if agreement >= f32::MIN_POSITIVE { squared / agreement } else { 0.0 };
    Terms { factor, along }
}

#[cfg(test)]
mod tests {
    use super::super::codes::Codes;
    use super::super::params::Metric;
    use super::*;
    use proptest::prelude::*;

    const DIM: usize = 200;

    fn unit(values: Vec<f32>, mean: f32) -> Vec<f32> {
        let values: Vec<f32> = values.into_iter().map(|value| value + mean).collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        values.into_iter().map(|value| value / length).collect()
    }

    /// Vectors of some length, about the origin or far to one side of it.
    fn vectors() -> impl Strategy<Value = Vec<Vec<f32>>> {
        let values = prop::collection::vec(-1f32..1.0, DIM).prop_filter("not 0", |v| v.iter().any(|x| x.abs() > 0.1));
        (prop::collection::vec(values, 2..20), prop::sample::select(&[0f32, 3.0]))
            .prop_map(|(rows, mean)| rows.into_iter().map(|row| unit(row, mean)).collect())
    }

    fn sketched(rows: &[Vec<f32>]) -> (Codes, Sketches) {
        let mut codes = Codes::new(DIM, Metric::Cosine);
        for (slot, row) in (0..).zip(rows) {
            let code = codes.encode(row);
            codes.set(slot, &code);
        }
        let sketches = Sketches::of(DIM, rows.len(), |slot| codes.get(slot));
        (codes, sketches)
    }

    fn wide(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    }

    proptest! {
        /// Checks distances against `1 − q·m − m·y − (q − m)·ŷ` in f64, where `ŷ` is read from the sketch bit by bit.
        ///
        /// The query's difference is rounded to eight bits, which moves the last product by no more than
        /// `√n · largest / 254 · |ŷ|`; sums of f32 add less than 2⁻¹⁸ of a length that is below 3.
        #[test]
        fn distances_are_those_of_the_numbers_kept(rows in vectors()) {
            let (_, sketches) = sketched(&rows);
            let slots: Vec<u32> = (0..rows.len() as u32).collect();
            let (query, mean) = (&rows[0], &sketches.mean[..DIM]);
            let mut out = Vec::new();
            sketches.distances(&sketches.target(query), &slots, &mut Vec::new(), &mut out);
            let difference: Vec<f32> = query.iter().zip(mean).map(|(value, mean)| value - mean).collect();
            let largest = difference.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            for (slot, got) in slots.iter().zip(out) {
                let bytes = flat(sketches.lines.row(*slot));
                let Terms { factor, along } = sketches.terms[*slot as usize];
                let number = |at: usize| bytes[at / 128 * 64 + at % 64] >> (at % 128 / 64 * 4) & 0x0f;
                let kept: Vec<f32> = (0..DIM).map(|at| factor * (f32::from(number(at)) - 7.5)).collect();
                let expected = 1.0 - wide(query, mean) - f64::from(along) - wide(&difference, &kept);
                let bound = (DIM as f64).sqrt() * f64::from(largest) / 254.0 * wide(&kept, &kept).sqrt();
                let off = (f64::from(got) - expected).abs();
                prop_assert!(off <= bound + 3.0 / (1 << 18) as f64, "{} > {}", off, bound);
            }
        }

        /// Checks that sketches written one by one equal those written together, as long as the mean is the same.
        #[test]
        fn a_sketch_is_that_of_its_code(rows in vectors()) {
            let (codes, mut sketches) = sketched(&rows);
            sketches.set(rows.len() as u32, codes.get(0));
            sketches.set(1, codes.get(0));
            prop_assert!(sketches.is_of(rows.len() as u32, codes.get(0)) && sketches.is_of(1, codes.get(0)));
            prop_assert!(rows[0] == rows[1] || !sketches.is_of(1, codes.get(1)));
        }
    }

    #[test]
    fn equal_vectors_have_equal_finite_distances() {
        for value in [1.0, f32::MIN_POSITIVE] {
            let rows = vec![vec![value; DIM]; 3];
            let (_, sketches) = sketched(&rows);
            let mut out = Vec::new();
            sketches.distances(&sketches.target(&rows[0]), &[0, 1, 2], &mut Vec::new(), &mut out);
            assert!(out.iter().all(|distance| distance.is_finite() && *distance == out[0]), "{out:?}");
        }
    }
}
