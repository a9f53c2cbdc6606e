//! The vectors as f32 rows, one per slot, and exact distances between them.
//!
//! Every stored vector and every query passes [`Vectors::check`], so that no distance is NaN or infinite: with
//! `|a|², |b|² ≤ f32::MAX / 8` both `a·b ≤ |a|·|b|` and `|a − b|² ≤ 2|a|² + 2|b|² ≤ f32::MAX / 2` are finite, the same
//! holds for every partial sum, and the remaining factor covers rounding.

use super::params::Metric;
use crate::error::{Error, Result};
use crate::kernels::{self, Kernels};
use crate::snapshot::{Blocks, Mapped, Rows};

/// Largest squared length allowed for a vector that is not normalised: about 6.5e18 squared.
const NORM_SQUARED_MAX: f64 = f32::MAX as f64 / 8.0;

/// Largest number of values in a vector; embeddings have at most a few thousand.
const DIM_MAX: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct Vectors {
    dim: usize,
    metric: Metric,
    rows: Rows<f32>,
    /// Checksums of the rows that come from a snapshot. Such a row must be checked with [`Self::check_rows`] before
    /// each use.
    blocks: Blocks,
    kernels: &'static Kernels,
}

impl Vectors {
    pub(super) fn new(dim: usize, metric: Metric) -> Result<Self> {
        if !(1..=DIM_MAX).contains(&dim) {
            return Err(Error::Parameter { what: "dim must be from 1 to 65536", got: dim.to_string() });
        }
        Ok(Self { dim, metric, rows: Rows::new(dim), blocks: Blocks::default(), kernels: kernels::active() })
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    pub(super) fn row(&self, slot: u32) -> &[f32] {
        self.rows.row(slot)
    }

    /// Keeps only the rows of the slots in `order`, in that order. All rows must have been checked.
    pub(super) fn reorder(&mut self, order: &[u32]) {
        (self.rows, self.blocks) = (self.rows.reordered(order), Blocks::default());
    }

    /// Checks the rows in `slots` against the snapshot's checksums.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn check_rows(&self, slots: &[u32]) -> Result<()> {
        let section = self.section();
        slots.iter().try_for_each(|slot| {
            let start = *slot as usize * self.dim * size_of::<f32>();
            self.blocks.check(section, start..start + self.dim * size_of::<f32>())
        })
    }

    fn section(&self) -> &[u8] {
        bytemuck::cast_slice(self.rows.plane().base)
    }

    pub(super) fn reserve(&mut self, count: usize) {
        self.rows.reserve(count);
    }

    /// Writes a prepared vector into `slot`. The slot must be an existing one or the next new one.
    ///
    /// # Errors
    /// [`Error::Checksum`] when the block to be changed is damaged.
    pub(super) fn set(&mut self, slot: u32, vector: &[f32]) -> Result<()> {
        if slot as usize == self.rows.count() {
            self.rows.grow();
        }
        self.check_rows(&[slot])?;
        self.rows.row_mut(slot).copy_from_slice(vector);
        Ok(())
    }

    /// Computes the distance between `vector` and the row in `slots[i]`, and writes it to `out[i]`.
    pub(super) fn distances(&self, vector: &[f32], slots: &[u32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(slots.len(), 0.0);
        let plane = self.rows.plane();
        match self.metric {
            Metric::Cosine | Metric::InnerProduct => {
                (self.kernels.dot_rows)(vector, plane, slots, out);
                out.iter_mut().for_each(|product| *product = 1.0 - *product);
            }
            Metric::L2 => (self.kernels.l2_squared_rows)(vector, plane, slots, out),
        }
    }

    /// Checks that `vector` can be stored or searched for.
    ///
    /// An error names the vector by `row`, its position in the caller's batch.
    pub(super) fn check(&self, vector: &[f32], row: usize) -> Result<()> {
        if vector.len() != self.dim {
            return Err(Error::Dimension { expected: self.dim, got: vector.len() });
        }
        let squared = norm_squared(vector);
        // A sum of squares of finite values is finite, see below.
        if !squared.is_finite() {
            return Err(Error::NotFinite { row });
        }
        match self.metric {
            Metric::Cosine if squared == 0.0 => Err(Error::ZeroVector { row }),
            Metric::InnerProduct | Metric::L2 if squared > NORM_SQUARED_MAX => Err(Error::Parameter {
                what: "a vector must not be longer than 6.5e18",
                got: format!("length {:e} in row {row}", squared.sqrt()),
            }),
            _ => Ok(()),
        }
    }

    /// Returns a checked vector in the form in which it is stored and compared.
    ///
    /// Under cosine it is scaled to length 1.
    pub(super) fn prepare(&self, vector: &[f32]) -> Vec<f32> {
        if self.metric != Metric::Cosine {
            return vector.to_vec();
        }
        let norm = norm_squared(vector).sqrt();
        vector.iter().map(|value| (f64::from(*value) / norm) as f32).collect()
    }

    /// Returns the rows of all slots, including free ones.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn rows(&self) -> Result<&Rows<f32>> {
        self.blocks.check_all(self.section())?;
        Ok(&self.rows)
    }

    /// Replaces the rows with the rows of a snapshot. They are checked only when used.
    pub(super) fn restore(&mut self, rows: Mapped<f32>, blocks: Blocks) {
        (self.rows, self.blocks) = (Rows::of(self.dim, rows), blocks);
    }

    /// Checks that `row` is no farther than `off` from a vector that [`Self::prepare`] could have returned.
    ///
    /// A unit vector rounded to f32 has a squared length within `2u + u²` of 1, `u = 2⁻²⁴`, since each value is off by
    /// a factor of `1 + u` at most (subnormal values by more, which is nothing beside 1); `4u` leaves room for the sum.
    ///
    /// # Errors
    /// [`Error::Corrupt`] naming what does not hold.
    pub(super) fn verify(&self, row: &[f32], off: f64) -> Result<()> {
        const TOLERANCE: f64 = 4.0 / (1 << 24) as f64;
        self.check(row, 0).map_err(|_| Error::Corrupt { what: "a stored vector is out of range" })?;
        if self.metric == Metric::Cosine && (norm_squared(row) - 1.0).abs() > TOLERANCE + off * (2.0 + off) {
            return Err(Error::Corrupt { what: "a stored vector is not of length 1" });
        }
        Ok(())
    }
}

/// Returns the squared length as an f64.
///
/// In f64 the square of a finite f32 does not overflow, and only that of 0 is 0.
fn norm_squared(vector: &[f32]) -> f64 {
    const LANES: usize = 8;
    let (lanes, few) = vector.as_chunks::<LANES>();
    // Sums side by side need not wait for each other.
    let mut sums = [0f64; LANES];
    for lane in lanes {
        for i in 0..LANES {
            sums[i] += f64::from(lane[i]).powi(2);
        }
    }
    sums.into_iter().chain(few.iter().map(|value| f64::from(*value).powi(2))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(metric: Metric) -> Vectors {
        Vectors::new(2, metric).unwrap()
    }

    #[test]
    fn each_unfit_vector_has_its_error() {
        let v = vectors(Metric::Cosine);
        assert_eq!(v.check(&[1.0], 0), Err(Error::Dimension { expected: 2, got: 1 }));
        assert_eq!(v.check(&[1.0, f32::NAN], 3), Err(Error::NotFinite { row: 3 }));
        assert_eq!(v.check(&[f32::NEG_INFINITY, 1.0], 4), Err(Error::NotFinite { row: 4 }));
        assert_eq!(v.check(&[0.0, -0.0], 5), Err(Error::ZeroVector { row: 5 }));
        assert_eq!(vectors(Metric::L2).check(&[0.0, 0.0], 5), Ok(()));
        assert!(matches!(vectors(Metric::L2).check(&[1e19, 0.0], 0), Err(Error::Parameter { .. })));
    }

    #[test]
    fn the_smallest_and_largest_vectors_have_a_direction() {
        let v = vectors(Metric::Cosine);
        for value in [f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1)] {
            assert_eq!(v.check(&[value, 0.0], 0), Ok(()));
            assert_eq!(v.prepare(&[-value, 0.0]), [-1.0, 0.0]);
        }
    }

    #[test]
    fn the_longest_vectors_have_finite_distances() {
        let longest = [(NORM_SQUARED_MAX.sqrt() * 0.999_999) as f32, 0.0];
        let opposite = longest.map(|value| -value);
        for metric in [Metric::InnerProduct, Metric::L2] {
            let mut v = vectors(metric);
            assert_eq!(v.check(&longest, 0), Ok(()));
            v.set(0, &longest).unwrap();
            v.set(1, &opposite).unwrap();
            let mut distances = Vec::new();
            v.distances(&longest, &[0, 1], &mut distances);
            assert!(distances.iter().all(|distance| distance.is_finite()), "{distances:?}");
        }
    }
}
