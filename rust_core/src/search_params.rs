//! The numbers that bound a search and the attention over its hits.

use crate::error::{Error, Result};

/// How many nodes are searched for and weighed, and with how much work.
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
    /// Width of the beam; a search raises it to `k`.
    pub ef_search: usize,
    /// Number of candidates from the beam whose distance is computed again from their f32 rows; a search raises it to
    /// `k`.
    pub rerank: usize,
    /// Whether the search compares the query with every node when that is cheaper than walking the graph.
    pub scan_few: bool,
    /// Length in edges of the longest walk from a hit to a node that attention weighs.
    pub hops: u32,
    /// Number of nodes that attention weighs at most, hits included.
    pub max_nodes: usize,
}

impl Default for SearchParams {
    fn default() -> Self {
        Self { k: 64, ef_search: 64, rerank: usize::MAX, scan_few: true, hops: 2, max_nodes: 256 }
    }
}

impl SearchParams {
    /// Parameters for `k` nodes and a beam of this width, otherwise the defaults.
    #[must_use]
    pub fn new(k: usize, ef_search: usize) -> Self {
        Self { k, ef_search, ..Self::default() }
    }

    /// Checks what a search needs; attention checks `max_nodes`.
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
