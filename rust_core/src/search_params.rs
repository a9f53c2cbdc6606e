//! The parameters of a search and of the attention over its hits.

use crate::error::{Error, Result};

/// How many nodes to find and to weigh, and how thoroughly to search.
///
/// ```
/// use sanderling_core::search_params::SearchParams;
///
/// let params = SearchParams { hops: 1, ..SearchParams::new(10, 128) };
/// assert_eq!((params.k, params.ef_search, params.max_nodes), (10, 128, 256));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchParams {
    /// Number of nearest nodes to find.
    pub k: usize,
    /// Width of the beam; if it is below `k`, a search uses `k`.
    pub ef_search: usize,
    /// Number of clusters whose nodes a search compares, in an index that has clusters. With 0 it is the index's
    /// default.
    ///
    /// Of the nodes compared `ef_search` are then measured exactly.
    pub nprobe: usize,
    /// Maximum number of candidates, nearest by code first, whose distances are computed again from the kept vectors.
    ///
    /// If it is below `k`, a search uses `k`.
    pub rerank: usize,
    /// Whether a search compares the query with every node if that takes less time than walking the graph.
    pub scan_few: bool,
    /// Largest number of edges from a hit to a node that attention weighs.
    pub hops: u32,
    /// Largest number of nodes that attention weighs, including the hits.
    pub max_nodes: usize,
}

impl Default for SearchParams {
    fn default() -> Self {
        Self { k: 64, ef_search: 64, nprobe: 0, rerank: usize::MAX, scan_few: true, hops: 2, max_nodes: 256 }
    }
}

impl SearchParams {
    /// Returns parameters with the given `k` and `ef_search`, and default values for all other fields.
    #[must_use]
    pub fn new(k: usize, ef_search: usize) -> Self {
        Self { k, ef_search, ..Self::default() }
    }

    /// Checks the parameters that a search uses; attention checks `max_nodes`.
    pub(crate) fn check(&self) -> Result<()> {
        let fields = [
            ("k must be at least 1", self.k),
            ("ef_search must be at least 1", self.ef_search),
            ("rerank must be at least 1", self.rerank),
        ];
        match fields.into_iter().find(|(_, value)| *value == 0) {
            Some((what, value)) => Err(Error::Parameter { what, got: value.to_string() }),
            None => Ok(()),
        }
    }
}
