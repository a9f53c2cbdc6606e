//! The nodes' vectors, stored as f32 rows and as codes, and distances computed from either.
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

/// Smallest vector length for which codes are stored. A code of this length fills a cache line.
pub(super) const CODED_FROM: usize = 64;

/// The target of a walk through the graph: an f32 row or a code.
#[derive(Debug, Clone, Copy)]
pub(super) enum Probe<'a> {
    Row(&'a [f32]),
    Code(View<'a>),
}

/// Buffers for distances, and for the integer dot products of codes used to compute distances.
#[derive(Debug, Default)]
pub(super) struct Distances {
    pub(super) products: Vec<i32>,
    pub(super) values: Vec<f32>,
}

/// The vectors of all slots, and their codes if the vectors are long enough.
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

    /// Returns the f32 rows.
    pub(super) fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// Writes a prepared vector, and its code, into `slot`, which must be an existing slot or the next new one.
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

    /// Whether walks use codes instead of f32 rows.
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

    /// Appends four sections to a snapshot: codes, scales, squared lengths and vectors.
    ///
    /// A section without content is written empty.
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

    /// Reads the codes and the vectors of `slots` slots from a snapshot.
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

    /// Checks that [`Self::set`] could have written the vector and the code in `slot`.
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

    /// Returns the code of a prepared vector, or `None` if walks use f32 rows.
    pub(super) fn encode(&self, vector: &[f32]) -> Option<Code> {
        self.codes.as_ref().map(|codes| codes.encode(vector))
    }

    /// Returns the probe for a prepared vector: its code if it has one, else the vector itself.
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
        match (probe, &self.codes) {
            (Probe::Code(code), Some(codes)) => codes.distances(code, slots, &mut into.products, &mut into.values),
            (Probe::Row(row), _) => self.vectors.distances(row, slots, &mut into.values),
            (Probe::Code(_), None) => unreachable!("a code is made by codes"),
        }
        &into.values
    }

    /// Returns a bound on the error of the distance that [`Self::distances`] computes between `probe` and the node in
    /// `slot`.
    pub(super) fn margin(&self, probe: Probe<'_>, slot: u32) -> f32 {
        match (probe, &self.codes) {
            (Probe::Code(code), Some(codes)) => codes.margin(code, slot),
            _ => 0.0,
        }
    }
}
