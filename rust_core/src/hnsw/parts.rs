//! Partitions: one graph for each, in the same arrays. A link never leaves its partition, since whoever inserts starts
//! from an entry point of it and finds nothing else; so a partition is an entry point and the nodes it reaches.

use super::params::{Metric, Params};
use crate::error::{Error, Result};

/// Partitions at most: their means are compared with every query.
pub(super) const PARTS_MAX: usize = 1 << 12;

/// One partition.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// The caller's number for it.
    pub(super) name: u64,
    /// A node of the highest level in it; `None` when nothing is live.
    pub(super) entry: Option<u32>,
    /// Live nodes.
    pub(super) count: usize,
    /// Sum of their prepared vectors. In f64, where adding and taking away a million of them leaves no trace.
    pub(super) sum: Vec<f64>,
}

/// All partitions, and which one each slot is of.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) all: Vec<Part>,
    /// Index into `all` per slot; out of date for free slots.
    pub(super) of: Vec<u16>,
}

impl Parts {
    /// Index of the partition with this name, which is made if there is none.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there are 4,096 already.
    pub(super) fn named(&mut self, name: u64, dim: usize) -> Result<u16> {
        let found = self.all.iter().position(|part| part.name == name);
        let at = found.unwrap_or(self.all.len());
        if at == PARTS_MAX {
            return Err(Error::Parameter { what: "there are at most 4096 partitions", got: name.to_string() });
        }
        if found.is_none() {
            self.all.push(Part { name, sum: vec![0.0; dim], ..Part::default() });
        }
        Ok(at as u16)
    }

    /// The partition of the node in `slot`.
    pub(super) fn part(&self, slot: u32) -> &Part {
        &self.all[self.of[slot as usize] as usize]
    }

    /// As [`Self::part`], for writing.
    pub(super) fn part_mut(&mut self, slot: u32) -> &mut Part {
        &mut self.all[self.of[slot as usize] as usize]
    }

    /// Counts `vector` in (`sign` 1) or out (−1) of the partition of `slot`.
    pub(super) fn count(&mut self, slot: u32, vector: &[f32], sign: f64) {
        let part = self.part_mut(slot);
        part.count = part.count.wrapping_add_signed(sign as isize);
        part.sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += sign * f64::from(*value));
    }

    /// Indices of the `nprobe` partitions whose mean is nearest to `query`, a prepared vector, among those in `names`
    /// that have a live node. Under cosine and the inner product the nearest direction counts: the mean of unit vectors
    /// is the shorter the more they differ, which says nothing about where they are.
    pub(super) fn probed(&self, params: &Params, query: &[f32], names: Option<&[u64]>, nprobe: usize) -> Vec<u16> {
        let listed = |part: &Part| names.is_none_or(|names| names.contains(&part.name));
        let mut found: Vec<u16> =
            (0..).zip(&self.all).filter(|(_, part)| part.entry.is_some() && listed(part)).map(|(at, _)| at).collect();
        if nprobe < found.len() {
            let far = |at: &u16| self.all[*at as usize].distance(params.metric, query);
            // Stable, so that equal distances keep the order in which the partitions were made.
            found.sort_by(|a, b| far(a).total_cmp(&far(b)));
            found.truncate(nprobe);
        }
        found
    }
}

impl Part {
    fn distance(&self, metric: Metric, query: &[f32]) -> f64 {
        let pairs = || self.sum.iter().zip(query).map(|(sum, value)| (*sum, f64::from(*value)));
        match metric {
            Metric::Cosine | Metric::InnerProduct => {
                let length = self.sum.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
                -pairs().map(|(sum, value)| sum * value).sum::<f64>() / length.max(f64::MIN_POSITIVE)
            }
            Metric::L2 => pairs().map(|(sum, value)| (sum / self.count as f64 - value).powi(2)).sum(),
        }
    }
}
