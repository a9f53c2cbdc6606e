//! What a search may cost, and what it may find.

use super::KeySet;
use crate::error::{Error, Result};

/// How a search is done.
#[derive(Debug, Clone, Copy)]
pub struct Effort<'a> {
    /// Width of the beam; the search widens it to `k`.
    pub ef_search: usize,
    /// Of the nodes in the beam, so many at most are measured again on their f32 rows; the search raises it to `k`.
    pub rerank: usize,
    /// Whether every node is compared with the query when that is cheaper than a walk.
    pub scan_few: bool,
    /// Nothing else may be found.
    pub allowed: Option<&'a KeySet>,
}

impl Effort<'_> {
    /// A beam of this width, measured again as far as that can change the hits, scans where they are cheaper, everything
    /// allowed.
    #[must_use]
    pub fn new(ef_search: usize) -> Self {
        Self { ef_search, rerank: usize::MAX, scan_few: true, allowed: None }
    }

    pub(super) fn check(&self) -> Result<()> {
        let fields = [("ef_search must be at least 1", self.ef_search), ("rerank must be at least 1", self.rerank)];
        match fields.into_iter().find(|(_, value)| *value == 0) {
            Some((what, value)) => Err(Error::Parameter { what, got: value.to_string() }),
            None => Ok(()),
        }
    }
}
