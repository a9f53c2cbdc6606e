//! Where the nodes lie: the f32 rows, the codes beside them, and distances by the one or the other.
//!
//! The graph is built and walked on codes from [`CODED_FROM`] values a vector on. Shorter vectors are walked on the f32
//! rows: they are small already, and with few values the rounding of the codes is no longer small beside the distance
//! to the next neighbour.

use super::codes::{Code, Codes, View};
use super::params::Metric;
use super::scratch::Distances;
use super::vectors::Vectors;
use crate::error::Result;

/// Fewest values of a vector that is given codes: one cache line of them.
pub(super) const CODED_FROM: usize = 64;

/// What a walk looks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Probe<'a> {
    Row(&'a [f32]),
    Code(View<'a>),
}

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
    pub(super) fn set(&mut self, slot: u32, vector: &[f32]) {
        self.vectors.set(slot, vector);
        if let Some(codes) = &mut self.codes {
            let code = codes.encode(vector);
            codes.set(slot, &code);
        }
    }

    /// Takes rows read from a file: see [`Vectors::restore`].
    pub(super) fn restore(&mut self, rows: Vec<f32>, live: impl Fn(usize) -> bool) -> Result<()> {
        self.vectors.restore(rows, live)?;
        if let Some(codes) = &mut self.codes {
            for (slot, row) in (0..).zip(self.vectors.rows().chunks_exact(self.vectors.dim())) {
                let code = codes.encode(row);
                codes.set(slot, &code);
            }
        }
        Ok(())
    }

    /// A prepared vector in codes, if walks are on codes.
    pub(super) fn encode(&self, vector: &[f32]) -> Option<Code> {
        self.codes.as_ref().map(|codes| codes.encode(vector))
    }

    /// A prepared vector to look for, with what [`Self::encode`] made of it.
    pub(super) fn probe<'a>(vector: &'a [f32], code: Option<&'a Code>) -> Probe<'a> {
        code.map_or(Probe::Row(vector), |code| Probe::Code(code.view()))
    }

    /// The node in `slot` to look for.
    pub(super) fn probe_of(&self, slot: u32) -> Probe<'_> {
        match &self.codes {
            Some(codes) => Probe::Code(codes.get(slot)),
            None => Probe::Row(self.vectors.row(slot)),
        }
    }

    /// The distances of `probe` from the nodes in `slots`, in their order.
    pub(super) fn distances<'a>(&self, probe: Probe<'_>, slots: &[u32], into: &'a mut Distances) -> &'a [f32] {
        match (probe, &self.codes) {
            (Probe::Code(code), Some(codes)) => codes.distances(code, slots, &mut into.products, &mut into.values),
            (Probe::Row(row), _) => self.vectors.distances(row, slots, &mut into.values),
            (Probe::Code(_), None) => unreachable!("a code is made by codes"),
        }
        &into.values
    }

    /// How far off the distance of `probe` from the node in `slot` can be.
    pub(super) fn margin(&self, probe: Probe<'_>, slot: u32) -> f32 {
        match (probe, &self.codes) {
            (Probe::Code(code), Some(codes)) => codes.margin(code, slot),
            _ => 0.0,
        }
    }
}
