//! The nodes' vectors, stored as codes and as f32 rows or residuals, and distances computed from these.
//!
//! The graph is built and walked on codes, and a large one searched on sketches, if vectors have [`CODED_FROM`] values or
//! more. Shorter vectors are walked on
//! the f32 rows: they are small already, and with few values the codes' rounding error is not small beside the distance
//! to the next neighbour.

use super::codes::{Code, Codes, Codes64, View};
use super::params::{Metric, Params, Precision};
use super::residuals::Residuals;
use super::sketches::{self, Sketches};
use super::vectors::Vectors;
use crate::error::{Error, Result};
use crate::kernels::{Plane, prefetch};
use crate::snapshot::{Blocks, Snapshot, Writer};
use std::borrow::Cow;
use std::io::Write;

/// Smallest vector length for which codes are stored. A code of this length fills a cache line.
pub(super) const CODED_FROM: usize = 64;

/// Smallest vector length for which sketches are made. A sketch of this length fills a cache line, a code two.
const SKETCHED_DIM: usize = 128;

/// Number of slots from which searches walk on sketches. The codes of fewer mostly stay in a large core's caches: with
/// 24,000 vectors of 384 values sketches saved 5 to 8 % of a search, with 44,000 10 to 25 %, with 100,000 20 to 30 %.
const SKETCHED_FROM: usize = 1 << 15;

/// The vector that stored nodes are compared with, in their form: an f32 row, a code, or prepared for sketches.
#[derive(Debug, Clone, Copy)]
pub(super) enum Probe<'a> {
    Row(&'a [f32]),
    Code(View<'a>),
    Sketch(&'a sketches::Target),
}

/// A query in the same form as the stored vectors.
#[derive(Debug)]
pub(super) enum Target<'a> {
    Row(&'a [f32]),
    /// Its code and its residual.
    Split(View<'a>, Vec<Codes64>),
}

/// Buffers for distances, and for the integer dot products of codes used to compute distances.
#[derive(Debug, Default)]
pub(super) struct Distances {
    pub(super) products: Vec<i32>,
    pub(super) values: Vec<f32>,
    dots: Vec<f64>,
}

/// The vectors of all slots, their codes if the vectors are long enough, and their sketches if there are many slots.
#[derive(Debug)]
pub(super) struct Space {
    metric: Metric,
    /// The f32 rows; empty if there are residuals.
    vectors: Vectors,
    codes: Option<Codes>,
    /// `Some` only if there are codes.
    residuals: Option<Residuals>,
    sketches: Option<Sketches>,
    /// Whether searches walk on a graph: sketches are for such walks alone.
    walked: bool,
}

impl Space {
    pub(super) fn new(dim: usize, params: &Params) -> Result<Self> {
        let metric = params.metric;
        let vectors = Vectors::new(dim, metric)?;
        let codes = (dim >= CODED_FROM).then(|| Codes::new(dim, metric));
        let split = codes.is_some() && params.precision == Precision::Int16;
        Ok(Self { metric, vectors, codes, residuals: split.then(|| Residuals::new(dim)), sketches: None, walked: true })
    }

    /// Returns the f32 rows, which are empty if there are residuals. They check and prepare vectors.
    pub(super) fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// Writes a prepared vector and its code into `slot`. The slot must be an existing one or the next new one.
    ///
    /// # Errors
    /// As [`Vectors::set`].
    pub(super) fn set(&mut self, slot: u32, vector: &[f32]) -> Result<()> {
        let code = self.encode(vector);
        if self.codes.as_ref().is_some_and(|codes| (slot as usize) < codes.count()) {
            self.check_codes(&[slot])?;
        }
        match (&mut self.residuals, &code) {
            (Some(residuals), Some(code)) => residuals.set(slot, vector, code.view())?,
            _ => self.vectors.set(slot, vector)?,
        }
        if let (Some(codes), Some(code)) = (&mut self.codes, &code) {
            codes.set(slot, code);
            if let Some(sketches) = &mut self.sketches {
                sketches.set(slot, code.view());
            }
        }
        Ok(())
    }

    /// Returns the vector in `slot`, which must have been checked by [`Self::check_rows`].
    pub(super) fn row(&self, slot: u32) -> Cow<'_, [f32]> {
        match (&self.residuals, &self.codes) {
            (Some(residuals), Some(codes)) => Cow::Owned(residuals.decode(slot, codes.get(slot), self.vectors.dim())),
            _ => Cow::Borrowed(self.vectors.row(slot)),
        }
    }

    /// Prefetches the memory that [`Self::row`] reads.
    pub(super) fn prefetch(&self, slot: u32) {
        match (&self.residuals, &self.codes) {
            (Some(residuals), Some(codes)) => {
                prefetch(codes.get(slot).values);
                residuals.prefetch(slot);
            }
            _ => prefetch(self.vectors.row(slot)),
        }
    }

    /// Returns the codes, or `None` if walks use f32 rows.
    pub(super) fn codes(&self) -> Option<&Codes> {
        self.codes.as_ref()
    }

    /// Checks the codes in `slots` against the snapshot's checksums. Codes on which a graph is walked were checked when
    /// they were read.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn check_codes(&self, slots: &[u32]) -> Result<()> {
        self.codes.as_ref().map_or(Ok(()), |codes| codes.check_rows(slots))
    }

    /// Checks all codes as [`Self::check_codes`] does.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn check_all_codes(&self) -> Result<()> {
        self.codes.as_ref().map_or(Ok(()), Codes::check_all_rows)
    }

    /// Keeps only the rows of the slots in `order`, in that order. The sketches are dropped as well.
    ///
    /// # Errors
    /// [`Error::Checksum`]; then nothing changes.
    pub(super) fn reorder(&mut self, order: &[u32]) -> Result<()> {
        self.check_all_codes()?;
        self.check_all_rows()?;
        (self.sketches, self.walked) = (None, false);
        if let Some(codes) = &mut self.codes {
            codes.reorder(order);
        }
        match &mut self.residuals {
            Some(residuals) => residuals.reorder(order),
            None => self.vectors.reorder(order),
        }
        Ok(())
    }

    /// Checks the vectors in `slots`, and their codes, against the snapshot's checksums.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn check_rows(&self, slots: &[u32]) -> Result<()> {
        self.check_codes(slots)?;
        match &self.residuals {
            Some(residuals) => residuals.check_rows(slots),
            None => self.vectors.check_rows(slots),
        }
    }

    /// Checks all vectors as [`Self::check_rows`] does.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn check_all_rows(&self) -> Result<()> {
        self.check_all_codes()?;
        match &self.residuals {
            Some(residuals) => residuals.rows().map(|_| ()),
            None => self.vectors.rows().map(|_| ()),
        }
    }

    /// Whether [`Self::sketch`] is due. It is due when there are codes enough, and twice as many as the last time.
    pub(super) fn outgrown(&self) -> bool {
        let due = self.sketches.as_ref().map_or(SKETCHED_FROM, |sketches| 2 * sketches.first());
        self.codes.as_ref().is_some_and(|codes| codes.count() >= due) && self.can_sketch()
    }

    /// Sketches all codes, however few. Vectors that are too short for it, and other metrics than cosine, have no
    /// sketches.
    pub(super) fn sketch(&mut self) {
        if let Some(codes) = &self.codes
            && self.can_sketch()
        {
            self.sketches = Some(Sketches::of(self.vectors.dim(), codes.count(), |slot| codes.get(slot)));
        }
    }

    /// Whether searches walk on sketches.
    pub(super) fn is_sketched(&self) -> bool {
        self.sketches.is_some()
    }

    fn can_sketch(&self) -> bool {
        self.walked && self.metric == Metric::Cosine && self.vectors.dim() >= SKETCHED_DIM
    }

    /// Returns the target of a walk on sketches, or `None` if walks use codes or rows.
    pub(super) fn sketch_target(&self, vector: &[f32]) -> Option<sketches::Target> {
        self.sketches.as_ref().map(|sketches| sketches.target(vector))
    }

    /// Whether walks use codes instead of f32 rows.
    pub(super) fn is_coded(&self) -> bool {
        self.codes.is_some()
    }

    /// Makes room for `count` more rows at once.
    pub(super) fn reserve(&mut self, count: usize) {
        match &mut self.residuals {
            Some(residuals) => residuals.reserve(count),
            None => self.vectors.reserve(count),
        }
        if let Some(codes) = &mut self.codes {
            codes.reserve(count);
        }
        if let Some(sketches) = &mut self.sketches {
            sketches.reserve(count);
        }
    }

    /// Appends four sections to a snapshot: codes, scales, squared lengths, and vectors or residuals.
    ///
    /// A section without content is written empty.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Checksum`] for rows of an older snapshot that is damaged.
    pub(super) fn write<W: Write>(&self, out: &mut Writer<W>) -> Result<()> {
        self.check_all_codes()?;
        match self.codes.as_ref().map(Codes::arrays) {
            Some((lines, scales, squared)) => {
                let Plane { base, tail } = lines.plane();
                out.section(&[base, tail])?;
                out.section(&[scales])?;
                out.section(&[squared])?;
            }
            None => {
                out.section::<Codes64>(&[])?;
                out.section::<f32>(&[])?;
                out.section::<f32>(&[])?;
            }
        }
        if let Some(residuals) = &self.residuals {
            let Plane { base, tail } = residuals.rows()?.plane();
            return out.section(&[base, tail]);
        }
        let Plane { base, tail } = self.vectors.rows()?.plane();
        out.section(&[base, tail])
    }

    /// Reads the codes and the vectors of `slots` slots from a snapshot.
    ///
    /// Codes on which a graph is `walked` are checked at once, others when they are used.
    ///
    /// # Errors
    /// [`Error::Checksum`], [`Error::Io`], [`Error::Corrupt`].
    pub(super) fn read(&mut self, slots: usize, walked: bool, from: &mut Snapshot<'_>) -> Result<()> {
        self.walked = walked;
        let (lines, blocks) = if walked { (from.map()?, Blocks::default()) } else { from.map_unchecked()? };
        let (scales, squared) = (from.copy()?, from.copy()?);
        match &mut self.codes {
            Some(codes) => codes.restore(slots, (lines, blocks), scales, squared)?,
            None if lines.is_empty() && scales.is_empty() && squared.is_empty() => (),
            None => return Err(Error::Corrupt { what: "codes of vectors that have none" }),
        }
        if let Some(residuals) = &mut self.residuals {
            let (lines, blocks) = from.map_unchecked()?;
            return residuals.restore(slots, lines, blocks);
        }
        let (rows, blocks) = from.map_unchecked::<f32>()?;
        if Some(rows.len()) != slots.checked_mul(self.vectors.dim()) {
            return Err(Error::Corrupt { what: "vectors and slots do not add up" });
        }
        self.vectors.restore(rows, blocks);
        if self.codes.is_none() {
            // Walks then run on the vectors and do not check them.
            self.vectors.rows()?;
        }
        if self.outgrown() {
            self.sketch();
        }
        Ok(())
    }

    /// Checks that [`Self::set`] could have written the vector and the code in `slot`.
    ///
    /// # Errors
    /// [`Error::Checksum`], or [`Error::Corrupt`] naming what does not hold.
    pub(super) fn verify(&self, slot: u32) -> Result<()> {
        self.check_rows(&[slot])?;
        let row = self.row(slot);
        let tolerance = match (&self.residuals, &self.codes) {
            (Some(residuals), Some(codes)) if residuals.is_in_range(slot, codes.get(slot)) => {
                residuals.tolerance(codes.get(slot))
            }
            (Some(_), _) => return Err(Error::Corrupt { what: "a code or a residual is out of range" }),
            _ => 0.0,
        };
        self.vectors.verify(&row, tolerance)?;
        match &self.codes {
            // A residual of half a step belongs to either of two codes, so the code is not that of the vector alone.
            Some(codes) if self.residuals.is_none() && !codes.is_of(slot, &row) => {
                Err(Error::Corrupt { what: "a code is not that of its vector" })
            }
            Some(codes) if !self.sketches.as_ref().is_none_or(|sketches| sketches.is_of(slot, codes.get(slot))) => {
                Err(Error::Corrupt { what: "a sketch is not that of its code" })
            }
            _ => Ok(()),
        }
    }

    /// Returns the code of a prepared vector, or `None` if walks use f32 rows.
    pub(super) fn encode(&self, vector: &[f32]) -> Option<Code> {
        self.codes.as_ref().map(|codes| codes.encode(vector))
    }

    /// Returns the probe for a prepared vector: `code` if there is one, else the vector itself.
    pub(super) fn probe<'a>(vector: &'a [f32], code: Option<&'a Code>) -> Probe<'a> {
        code.map_or(Probe::Row(vector), |code| Probe::Code(code.view()))
    }

    /// Returns the probe for the node in `slot`.
    pub(super) fn probe_of(&self, slot: u32) -> Probe<'_> {
        match &self.codes {
            Some(codes) => Probe::Code(codes.get(slot)),
            None => Probe::Row(self.vectors.row(slot)),
        }
    }

    /// Returns the distances between `probe` and the nodes in `slots`, in the order of `slots`. `into` is a buffer.
    pub(super) fn distances<'a>(&self, probe: Probe<'_>, slots: &[u32], into: &'a mut Distances) -> &'a [f32] {
        match (probe, &self.codes, &self.sketches) {
            (Probe::Sketch(target), _, Some(sketches)) => {
                sketches.distances(target, slots, &mut into.products, &mut into.values);
            }
            (Probe::Code(code), Some(codes), _) => codes.distances(code, slots, &mut into.products, &mut into.values),
            (Probe::Row(row), ..) => self.vectors.distances(row, slots, &mut into.values),
            (Probe::Sketch(_), _, None) => unreachable!("a target is made by sketches"),
            (Probe::Code(_), None, _) => unreachable!("a code is made by codes"),
        }
        &into.values
    }

    /// Returns the query in the form that [`Self::measure`] takes, given its probe.
    pub(super) fn target<'a>(&self, query: &'a [f32], probe: Probe<'a>) -> Target<'a> {
        match (probe, &self.residuals) {
            (Probe::Code(code), Some(residuals)) => Target::Split(code, residuals.encode(query, code)),
            _ => Target::Row(query),
        }
    }

    /// Checks the vectors in `slots` and returns their distances from `target`, computed from f32 rows or residuals.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub(super) fn measure<'a>(&self, target: &Target<'_>, slots: &[u32], into: &'a mut Distances) -> Result<&'a [f32]> {
        self.check_rows(slots)?;
        match (target, &self.residuals, &self.codes) {
            (Target::Split(code, residual), Some(residuals), Some(codes)) => {
                residuals.dots((*code, residual), codes, slots, &mut into.products, &mut into.dots);
                into.values.clear();
                into.values.extend(into.dots.iter().map(|dot| (1.0 - dot) as f32));
            }
            (Target::Row(query), ..) => self.vectors.distances(query, slots, &mut into.values),
            (Target::Split(..), ..) => unreachable!("a residual is made by residuals"),
        }
        Ok(&into.values)
    }

    /// Returns a bound on the error of a distance that [`Self::distances`] computes. The distance is between `probe`
    /// and the node in `slot`, and its error is the difference from [`Self::measure`].
    pub(super) fn margin(&self, probe: Probe<'_>, slot: u32) -> f32 {
        match (probe, &self.codes) {
            (Probe::Code(code), Some(codes)) => {
                let residuals = self.residuals.as_ref();
                let fine = residuals.map_or(0.0, |residuals| residuals.margin(code.scale, codes.get(slot).scale));
                codes.margin(code, slot) + fine
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketches_are_due_when_there_are_many_and_again_at_twice_as_many() {
        let mut space = Space::new(SKETCHED_DIM, &Params { metric: Metric::Cosine, ..Params::default() }).unwrap();
        let mut vector = vec![0.0; SKETCHED_DIM];
        let mut due = Vec::new();
        for slot in 0..2 * SKETCHED_FROM as u32 {
            vector.fill(0.0);
            vector[slot as usize % SKETCHED_DIM] = 1.0;
            space.set(slot, &vector).unwrap();
            if space.outgrown() {
                due.push(slot as usize + 1);
                space.sketch();
            }
        }
        assert_eq!(due, [SKETCHED_FROM, 2 * SKETCHED_FROM]);
        assert!([0, SKETCHED_FROM as u32, 2 * SKETCHED_FROM as u32 - 1].iter().all(|slot| space.verify(*slot).is_ok()));
    }
}
