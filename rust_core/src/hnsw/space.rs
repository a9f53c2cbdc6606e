//! The nodes' vectors as f32 rows and as codes, and distances by either.
//!
//! The graph is built and walked on codes if vectors have [`CODED_FROM`] values or more. Shorter vectors are walked on
//! the f32 rows: they are small already, and with few values the codes' rounding error is not small beside the distance
//! to the next neighbour.

use super::codes::{Code, Codes, Codes64, View};
use super::params::Metric;
use super::vectors::Vectors;
use crate::error::{Error, Result};
use crate::kernels::Plane;
use crate::snapshot::{Snapshot, Writer};
use std::io::Write;

/// Least length of vectors that get codes: one cache line of them.
pub(super) const CODED_FROM: usize = 64;

/// The target of a walk.
#[derive(Debug, Clone, Copy)]
pub(super) enum Probe<'a> {
    Row(&'a [f32]),
    Code(View<'a>),
}

/// Distances computed by a kernel over rows, and the integer products they come from.
#[derive(Debug, Default)]
pub(super) struct Distances {
    pub(super) products: Vec<i32>,
    pub(super) values: Vec<f32>,
}

/// Vectors and, if long enough, their codes.
#[derive(Debug)]
pub(super) struct Space {
    vectors: Vectors,
    codes: Option<Codes>,
}

impl Space {
    pub(super) fn new(dim: usize, metric: Metric) -> Result<Self> {
        let vectors = Vectors::new(dim, metric)?;
        Ok(Self { vectors, codes: (dim >= CODED_FROM).then(|| Codes::new(dim, metric)) })
    }

    /// The f32 rows.
    pub(super) fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// Writes a prepared vector into `slot`, which is a slot in use or the next new one.
    ///
    /// # Errors
    /// As [`Vectors::set`].
    pub(super) fn set(&mut self, slot: u32, vector: &[f32]) -> Result<()> {
        self.vectors.set(slot, vector)?;
        if let Some(codes) = &mut self.codes {
            let code = codes.encode(vector);
            codes.set(slot, &code);
        }
        Ok(())
    }

    /// Whether walks are on codes.
    pub(super) fn is_coded(&self) -> bool {
        self.codes.is_some()
    }

    /// Makes room for `count` more rows at once.
    pub(super) fn reserve(&mut self, count: usize) {
        self.vectors.reserve(count);
        if let Some(codes) = &mut self.codes {
            codes.reserve(count);
        }
    }

    /// Appends the rows to a snapshot: codes, scales, squared lengths, vectors; a missing section is empty.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Checksum`] for rows of an older snapshot that is damaged.
    pub(super) fn write<W: Write>(&self, out: &mut Writer<W>) -> Result<()> {
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
        let Plane { base, tail } = self.vectors.rows()?.plane();
        out.section(&[base, tail])
    }

    /// Reads the rows of `slots` slots from a snapshot.
    ///
    /// # Errors
    /// [`Error::Checksum`], [`Error::Io`], [`Error::Corrupt`].
    pub(super) fn read(&mut self, slots: usize, from: &mut Snapshot<'_>) -> Result<()> {
        let (lines, scales, squared) = (from.map()?, from.copy()?, from.copy()?);
        match &mut self.codes {
            Some(codes) => codes.restore(slots, lines, scales, squared)?,
            None if lines.is_empty() && scales.is_empty() && squared.is_empty() => (),
            None => return Err(Error::Corrupt { what: "codes of vectors that have none" }),
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
        Ok(())
    }

    /// Checks that vector and code in `slot` are as [`Self::set`] leaves them.
    ///
    /// # Errors
    /// [`Error::Checksum`], or [`Error::Corrupt`] naming what does not hold.
    pub(super) fn verify(&self, slot: u32) -> Result<()> {
        self.vectors.verify(slot)?;
        match &self.codes {
            Some(codes) if !codes.is_of(slot, self.vectors.row(slot)) => {
                Err(Error::Corrupt { what: "a code is not that of its vector" })
            }
            _ => Ok(()),
        }
    }

    /// Encodes a prepared vector, if walks are on codes.
    pub(super) fn encode(&self, vector: &[f32]) -> Option<Code> {
        self.codes.as_ref().map(|codes| codes.encode(vector))
    }

    /// Returns the probe of a prepared vector and its code.
    pub(super) fn probe<'a>(vector: &'a [f32], code: Option<&'a Code>) -> Probe<'a> {
        code.map_or(Probe::Row(vector), |code| Probe::Code(code.view()))
    }

    /// Returns the probe of the node in `slot`.
    pub(super) fn probe_of(&self, slot: u32) -> Probe<'_> {
        match &self.codes {
            Some(codes) => Probe::Code(codes.get(slot)),
            None => Probe::Row(self.vectors.row(slot)),
        }
    }

    /// Computes the distances of `probe` from the nodes in `slots`, in their order.
    pub(super) fn distances<'a>(&self, probe: Probe<'_>, slots: &[u32], into: &'a mut Distances) -> &'a [f32] {
        match (probe, &self.codes) {
            (Probe::Code(code), Some(codes)) => codes.distances(code, slots, &mut into.products, &mut into.values),
            (Probe::Row(row), _) => self.vectors.distances(row, slots, &mut into.values),
            (Probe::Code(_), None) => unreachable!("a code is made by codes"),
        }
        &into.values
    }

    /// Bounds the error of the distance of `probe` from the node in `slot`.
    pub(super) fn margin(&self, probe: Probe<'_>, slot: u32) -> f32 {
        match (probe, &self.codes) {
            (Probe::Code(code), Some(codes)) => codes.margin(code, slot),
            _ => 0.0,
        }
    }
}
