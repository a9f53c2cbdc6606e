//! Codes: int8 copies of the vectors, one per slot, used for distances while the graph is traversed. They take a
//! quarter of the memory of the f32 rows, and memory is what a search waits for; the distances of the best candidates
//! are then computed again on the f32 rows.
//!
//! A vector `x` is `scale · code` with `scale = max |x_i| / 127`, rounded to nearest, so that no value errs by more
//! than `scale / 2`. Each vector has its own scale, so that nothing need be known about later vectors. Rows are padded
//! with zeros to whole cache lines.

use super::params::Metric;
use crate::error::{Error, Result};
use crate::kernels::{self, Kernels, Line, Plane, flat, flat_mut};
use crate::snapshot::{Blocks, Mapped, Rows};

const WIDTH: usize = 64;
pub(super) type Codes64 = Line<[i8; WIDTH]>;

/// The code of a vector that is not stored in a slot, such as a query.
#[derive(Debug, Clone)]
pub(super) struct Code {
    lines: Vec<Codes64>,
    scale: f32,
    squared: f32,
}

/// A borrowed code, either from a slot or from a [`Code`].
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) values: &'a [i8],
    pub(super) scale: f32,
    /// Squared length of `scale · code`; 0 if the metric does not need it.
    squared: f32,
}

impl Code {
    pub(super) fn view(&self) -> View<'_> {
        View { values: flat(&self.lines), scale: self.scale, squared: self.squared }
    }
}

#[derive(Debug)]
pub(super) struct Codes {
    metric: Metric,
    /// Number of cache lines per row.
    width: usize,
    lines: Rows<Codes64>,
    /// Checksums of the rows that come from a snapshot and were not checked when it was opened. Such a row must be checked
    /// with [`Self::check_rows`] before each use.
    blocks: Blocks,
    scales: Vec<f32>,
    /// Squared length of each code; empty unless the metric is L2.
    squared: Vec<f32>,
    kernels: &'static Kernels,
}

impl Codes {
    pub(super) fn new(dim: usize, metric: Metric) -> Self {
        let width = dim.div_ceil(WIDTH);
        let (scales, squared) = (Vec::new(), Vec::new());
        let lines = Rows::new(width);
        Self { metric, width, lines, blocks: Blocks::default(), scales, squared, kernels: kernels::active() }
    }

    pub(super) fn encode(&self, vector: &[f32]) -> Code {
        let mut lines = vec![Line([0; WIDTH]); self.width];
        let scale = (self.kernels.round_i8)(vector, flat_mut(&mut lines)) / 127.0;
        let squared = (self.kernels.dot_i8)(flat(&lines), flat(&lines)) as f32 * scale * scale;
        Code { lines, scale, squared }
    }

    /// Returns the code in `slot`.
    pub(super) fn get(&self, slot: u32) -> View<'_> {
        let at = slot as usize;
        let values = flat(self.lines.row(slot));
        View { values, scale: self.scales[at], squared: self.squared.get(at).copied().unwrap_or(0.0) }
    }

    /// Returns a bound on the error of the distance between `code` and the code in `slot`, for unit vectors.
    ///
    /// By the triangle inequality `|q·x − q̂·x̂| ≤ |q − q̂|·|x| + |q̂|·|x − x̂|`; no value of a code is off by more
    /// than half its scale; and f32 adds at most `γ_n` (see `kernels/parity`) here and again in the exact distance. The
    /// bound is infinite under other metrics than cosine.
    pub(super) fn margin(&self, code: View<'_>, slot: u32) -> f32 {
        if self.metric != Metric::Cosine {
            return f32::INFINITY;
        }
        let n = (self.width * WIDTH) as f32;
        let off = |scale: f32| n.sqrt() * scale / 2.0;
        let (query, row) = (off(code.scale), off(self.scales[slot as usize]));
        query + (1.0 + query) * row + (2.0 * n + 16.0) * f32::EPSILON
    }

    /// Writes a code into `slot`. The slot must be an existing one or the next new one.
    pub(super) fn set(&mut self, slot: u32, code: &Code) {
        let at = slot as usize;
        if at == self.scales.len() {
            self.lines.grow();
            self.scales.push(0.0);
        }
        self.lines.row_mut(slot).copy_from_slice(&code.lines);
        self.scales[at] = code.scale;
        if self.metric == Metric::L2 {
            self.squared.resize(self.scales.len(), 0.0);
            self.squared[at] = code.squared;
        }
    }

    /// Number of codes.
    pub(super) fn count(&self) -> usize {
        self.scales.len()
    }

    pub(super) fn reserve(&mut self, count: usize) {
        self.lines.reserve(count);
    }

    /// Returns the arrays that a snapshot stores: rows, scales and squared lengths.
    pub(super) fn arrays(&self) -> (&Rows<Codes64>, &[f32], &[f32]) {
        (&self.lines, &self.scales, &self.squared)
    }

    /// Replaces all codes with the arrays of a snapshot for `slots` slots. Codes that are not checked yet come with
    /// their checksums.
    ///
    /// # Errors
    /// [`Error::Corrupt`] naming what does not hold.
    pub(super) fn restore(
        &mut self,
        slots: usize,
        (lines, blocks): (Mapped<Codes64>, Blocks),
        scales: Vec<f32>,
        squared: Vec<f32>,
    ) -> Result<()> {
        let lengths = if self.metric == Metric::L2 { slots } else { 0 };
        if lines.len() != slots * self.width || scales.len() != slots || squared.len() != lengths {
            return Err(Error::Corrupt { what: "codes and slots do not add up" });
        }
        // Then every distance is finite, as it is for codes made here: see `vectors`.
        let size = |length: f32| (0.0..=f32::MAX / 8.0).contains(&length);
        let fits = |scale: &f32| size((scale * 127.0).powi(2) * (self.width * WIDTH) as f32);
        if !scales.iter().all(fits) || !squared.iter().all(|squared| size(*squared)) {
            return Err(Error::Corrupt { what: "a scale of a code is out of range" });
        }
        (self.lines, self.blocks) = (Rows::of(self.width, lines), blocks);
        (self.scales, self.squared) = (scales, squared);
        Ok(())
    }

    /// Checks the rows in `slots` against the snapshot's checksums.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn check_rows(&self, slots: &[u32]) -> Result<()> {
        if self.blocks.is_empty() {
            return Ok(());
        }
        let (section, length) = (self.section(), self.width * WIDTH);
        slots.iter().try_for_each(|slot| {
            let start = *slot as usize * length;
            self.blocks.check(section, start..start + length)
        })
    }

    /// Checks all rows as [`Self::check_rows`] does.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn check_all_rows(&self) -> Result<()> {
        self.blocks.check_all(self.section())
    }

    fn section(&self) -> &[u8] {
        bytemuck::cast_slice(self.lines.plane().base)
    }

    /// Keeps only the rows of the slots in `order`, in that order. All rows must have been checked.
    pub(super) fn reorder(&mut self, order: &[u32]) {
        (self.lines, self.blocks) = (self.lines.reordered(order), Blocks::default());
        self.scales = order.iter().map(|slot| self.scales[*slot as usize]).collect();
        if self.metric == Metric::L2 {
            self.squared = order.iter().map(|slot| self.squared[*slot as usize]).collect();
        }
    }

    /// Whether the code in `slot` is the code of `vector`.
    pub(super) fn is_of(&self, slot: u32, vector: &[f32]) -> bool {
        let (code, kept) = (self.encode(vector), self.get(slot));
        let squared = if self.metric == Metric::L2 { code.squared } else { 0.0 };
        (flat(&code.lines), code.scale, squared) == (kept.values, kept.scale, kept.squared)
    }

    /// Computes the distance between `code` and the code in `slots[i]`, and writes it to `out[i]`.
    pub(super) fn distances(&self, code: View<'_>, slots: &[u32], products: &mut Vec<i32>, out: &mut Vec<f32>) {
        products.clear();
        products.resize(slots.len(), 0);
        let Plane { base, tail } = self.lines.plane();
        let plane = Plane { base: flat(base), tail: flat(tail) };
        (self.kernels.dot_i8_rows)(code.values, plane, slots, products);
        out.clear();
        let found = slots.iter().zip(products.iter());
        match self.metric {
            Metric::Cosine | Metric::InnerProduct => out.extend(
                found.map(|(&slot, &product)| 1.0 - product as f32 * (code.scale * self.scales[slot as usize])),
            ),
            Metric::L2 => out.extend(found.map(|(&slot, &product)| {
                let dot = product as f32 * (code.scale * self.scales[slot as usize]);
                code.squared + self.squared[slot as usize] - 2.0 * dot
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distance(metric: Metric, a: &[f32], b: &[f32]) -> f64 {
        let wide = || a.iter().zip(b).map(|(x, y)| (f64::from(*x), f64::from(*y)));
        match metric {
            Metric::L2 => wide().map(|(x, y)| (x - y).powi(2)).sum(),
            Metric::Cosine | Metric::InnerProduct => 1.0 - wide().map(|(x, y)| x * y).sum::<f64>(),
        }
    }

    fn length(vector: &[f32]) -> f64 {
        vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
    }

    fn values() -> impl Strategy<Value = Vec<f32>> {
        (prop::collection::vec(-1f32..1.0, 70), prop_oneof![Just(1f32), Just(1e-3), Just(1e3)])
            .prop_map(|(values, size)| values.into_iter().map(|value| value * size).collect())
    }

    proptest! {
        /// Checks that distances between codes differ from exact ones by no more than rounding explains.
        ///
        /// Let `e` be the length of `x − scale·code`, at most `√n · scale / 2`. Rounding both ends moves a product by
        /// no more than `(|a| + e_a)·e_b + |b|·e_a`, and a squared difference by no more than twice `e_a + e_b` times
        /// the longest difference there can be. The few roundings of f32 on the way are each below 2⁻²⁰ of the largest
        /// term.
        #[test]
        fn distances_are_off_by_the_rounding_of_the_codes(a in values(), b in values()) {
            for metric in Metric::ALL {
                let mut codes = Codes::new(a.len(), metric);
                for (slot, vector) in [(0, &b), (1, &a)] {
                    let code = codes.encode(vector);
                    codes.set(slot, &code);
                }
                let (mut products, mut out) = (Vec::new(), Vec::new());
                codes.distances(codes.encode(&a).view(), &[0, 1], &mut products, &mut out);
                let error = |x: &[f32]| {
                    let largest = x.iter().fold(0f32, |largest, value| largest.max(value.abs()));
                    (x.len() as f64).sqrt() * f64::from(largest) / 254.0 * 1.001
                };
                for (other, got) in [&b, &a].into_iter().zip(out) {
                    let (e_a, e_b, l_a, l_b) = (error(&a), error(other), length(&a), length(other));
                    let longest = l_a + l_b + e_a + e_b;
                    let bound = match metric {
                        Metric::L2 => 2.0 * (e_a + e_b) * longest,
                        Metric::Cosine | Metric::InnerProduct => (l_a + e_a) * e_b + l_b * e_a,
                    } + (1.0 + longest * longest) / (1 << 20) as f64;
                    let off = (f64::from(got) - distance(metric, &a, other)).abs();
                    prop_assert!(off <= bound, "{:?}: {} > {}", metric, off, bound);
                }
            }
        }

        #[test]
        fn no_unit_vector_is_off_by_more_than_the_margin(a in values(), b in values()) {
            let [a, b] = [a, b].map(|vector| {
                let length = length(&vector);
                vector.into_iter().map(|value| (f64::from(value) / length) as f32).collect::<Vec<_>>()
            });
            let mut codes = Codes::new(a.len(), Metric::Cosine);
            let (query, row) = (codes.encode(&a), codes.encode(&b));
            codes.set(0, &row);
            let mut out = Vec::new();
            codes.distances(query.view(), &[0], &mut Vec::new(), &mut out);
            let off = (f64::from(out[0]) - distance(Metric::Cosine, &a, &b)).abs();
            prop_assert!(off <= f64::from(codes.margin(query.view(), 0)), "{}", off);
        }
    }

    #[test]
    fn vectors_of_every_length_have_finite_distances() {
        // The longest that are let in, the shortest there are, and the zero vector.
        for value in [f32::MAX.sqrt() / 24.0, 1.0, f32::from_bits(1), 0.0] {
            for metric in Metric::ALL {
                let mut codes = Codes::new(65, metric);
                let vector: Vec<f32> = (0..65).map(|i| if i % 2 == 0 { value } else { -value }).collect();
                let code = codes.encode(&vector);
                codes.set(0, &code);
                let opposite: Vec<f32> = vector.iter().map(|value| -value).collect();
                let mut out = Vec::new();
                for vector in [&vector, &opposite] {
                    codes.distances(codes.encode(vector).view(), &[0], &mut Vec::new(), &mut out);
                    assert!(out[0].is_finite(), "{metric:?} {value:e}: {}", out[0]);
                }
            }
        }
    }
}
