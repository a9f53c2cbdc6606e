//! The result of a search: nodes, distances and statistics.

/// The nodes nearest to a query, sorted by distance and, at equal distances, by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchResult {
    /// Keys of the nodes.
    pub keys: Vec<u64>,
    /// Distances of the nodes from the query; see [`super::Metric`].
    pub distances: Vec<f32>,
    /// Statistics of the distances.
    pub stats: SearchStats,
}

/// Statistics of the distances in a result, and whether the search was exact.
///
/// All numbers are 0 if the result is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SearchStats {
    /// Number of nodes in the result.
    pub k: usize,
    /// Mean distance.
    pub mean: f64,
    /// Standard deviation of the distances, with divisor k.
    pub std: f64,
    /// Smallest distance.
    pub min: f64,
    /// Largest distance.
    pub max: f64,
    /// Whether the query was compared with every allowed node, so that no nearer node can have been missed.
    pub exact: bool,
}

impl SearchStats {
    /// Returns the statistics of `distances`, which must be in ascending order.
    pub(super) fn of(distances: &[f32], exact: bool) -> Self {
        let (Some(min), Some(max)) = (distances.first(), distances.last()) else {
            return Self { exact, ..Self::default() };
        };
        let k = distances.len();
        let wide = || distances.iter().map(|distance| f64::from(*distance));
        let mean = wide().sum::<f64>() / k as f64;
        let variance = wide().map(|distance| (distance - mean).powi(2)).sum::<f64>() / k as f64;
        Self { k, mean, std: variance.sqrt(), min: f64::from(*min), max: f64::from(*max), exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_the_distances() {
        assert_eq!(SearchStats::of(&[], false), SearchStats::default());
        let expected = SearchStats { k: 4, mean: 3.0, std: 3.5f64.sqrt(), min: 1.0, max: 6.0, exact: true };
        assert_eq!(SearchStats::of(&[1.0, 2.0, 3.0, 6.0], true), expected);
    }
}
