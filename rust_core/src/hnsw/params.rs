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

/// The form in which an index keeps the vectors for its final distances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// As f32.
    #[default]
    Float32,
    /// As code and residual, 16 bits of fixed point between them: a value errs by a 64,516th of the vector's largest.
    /// Vectors of fewer than 64 values have no codes and are kept as f32. Not for [`Metric::L2`].
    Int16,
}

impl Precision {
    /// All precisions; a file stores a precision as its index in this array.
    pub const ALL: [Self; 2] = [Self::Float32, Self::Int16];

    /// Returns the precision's name: `float32` or `int16`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Int16 => "int16",
        }
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == name)
            .ok_or_else(|| Error::Parameter { what: "precision must be float32 or int16", got: name.to_owned() })
    }
}

/// The parameters of an index, named as in the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// How distances are measured.
    pub metric: Metric,
    /// M: number of links of a new node on each level, from 2 to 128. It is also the maximum length of a list above
    /// level 0.
    pub m: usize,
    /// ef_construction, from 1 to 65,536: beam width of an insertion.
    pub ef_construction: usize,
    /// Seed from which the nodes' levels are drawn.
    pub seed: u64,
    /// How the vectors are kept.
    pub precision: Precision,
}

impl Default for Params {
    fn default() -> Self {
        let precision = Precision::default();
        Self { metric: Metric::Cosine, m: 32, ef_construction: 200, seed: 0, precision }
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
        // The difference of two nearly equal vectors would drown in what rounding changes in their lengths.
        if self.metric == Metric::L2 && self.precision == Precision::Int16 {
            let got = self.precision.name().to_owned();
            return Err(Error::Parameter { what: "precision must be float32 under l2", got });
        }
        Ok(())
    }

    /// Returns the largest length of a list on `level`. It is M0 = 2M on level 0, and M above it (paper, section 4.1).
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
        let l2 = Params { metric: Metric::L2, precision: Precision::Int16, ..Params::default() };
        assert!(l2.validate().unwrap_err().to_string().starts_with("precision "));
        assert_eq!(Params::default().validate(), Ok(()));
    }

    #[test]
    fn metrics_and_precisions_have_names() {
        for precision in Precision::ALL {
            assert_eq!(precision.name().parse(), Ok(precision));
        }
        assert!(matches!("int4".parse::<Precision>(), Err(Error::Parameter { .. })));
        for metric in Metric::ALL {
            assert_eq!(metric.name().parse(), Ok(metric));
        }
        assert!(matches!("manhattan".parse::<Metric>(), Err(Error::Parameter { .. })));
    }
}
