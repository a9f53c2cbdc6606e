//! The parameters of an index, and the ranges allowed for them.

use crate::error::{Error, Result};
use std::str::FromStr;

/// How the distance between two vectors is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// `1 − cos(a, b)`; vectors are normalised when they are inserted.
    Cosine,
    /// `1 − a·b`, which may be negative. The 1 does not affect the order; usearch and hnswlib have it too.
    InnerProduct,
    /// `Σ (a_i − b_i)²`.
    L2,
}

impl Metric {
    /// All metrics; a file stores a metric as its index in this array.
    pub const ALL: [Self; 3] = [Self::Cosine, Self::InnerProduct, Self::L2];

    /// Returns the metric's name: `cosine`, `inner_product` or `l2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::InnerProduct => "inner_product",
            Self::L2 => "l2",
        }
    }
}

impl FromStr for Metric {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name).ok_or_else(|| Error::Parameter {
            what: "metric must be cosine, inner_product or l2",
            got: name.to_owned(),
        })
    }
}

/// The parameters of an index, named as in the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// How distances are measured.
    pub metric: Metric,
    /// M, from 2 to 128: number of links of a new node on each level, and maximum length of a list above level 0.
    pub m: usize,
    /// ef_construction, from 1 to 65,536: beam width of an insertion.
    pub ef_construction: usize,
    /// Seed from which the nodes' levels are drawn.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self { metric: Metric::Cosine, m: 32, ef_construction: 200, seed: 0 }
    }
}

impl Params {
    pub(super) fn validate(&self) -> Result<()> {
        // With M = 1 the level multiplier 1/ln M is infinite. The upper end bounds what a list costs in memory.
        if !(2..=128).contains(&self.m) {
            return Err(Error::Parameter { what: "m must be from 2 to 128", got: self.m.to_string() });
        }
        if !(1..=1 << 16).contains(&self.ef_construction) {
            let got = self.ef_construction.to_string();
            return Err(Error::Parameter { what: "ef_construction must be from 1 to 65536", got });
        }
        Ok(())
    }

    /// Returns the largest length of a list on `level`: M0 = 2M on level 0, M above it (paper, section 4.1).
    pub(super) fn capacity(&self, level: usize) -> usize {
        if level == 0 { 2 * self.m } else { self.m }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_outside_their_range_are_named() {
        for (m, ef_construction, named) in [(1, 10, "m "), (129, 10, "m "), (8, 0, "ef_"), (8, 65_537, "ef_")] {
            let error = Params { m, ef_construction, ..Params::default() }.validate().unwrap_err();
            assert!(error.to_string().starts_with(named), "{error}");
        }
        assert_eq!(Params::default().validate(), Ok(()));
    }

    #[test]
    fn metrics_have_names() {
        for metric in Metric::ALL {
            assert_eq!(metric.name().parse(), Ok(metric));
        }
        assert!(matches!("manhattan".parse::<Metric>(), Err(Error::Parameter { .. })));
    }
}
