//! The part of a word table that was added after the table was read from a file.

use super::stream::Stream;
use std::collections::HashMap;

/// Nodes, titles and terms.
#[derive(Debug, Default)]
pub struct Grown {
    pub keys: Vec<u64>,
    /// The title of each node.
    pub titles: Vec<Box<str>>,
    pub terms: HashMap<Box<[u8]>, Stream>,
}

impl Grown {
    /// Adds the postings of `term` for several nodes. A posting is a pair of the index of a node in `keys` and a place;
    /// nodes are in rising order. `first` is the row of the first node.
    pub fn put(&mut self, term: &[u8], first: u32, postings: &[(u32, u64)]) {
        let stream = self.terms.entry(term.into()).or_default();
        let mut places = Vec::new();
        for node in postings.chunk_by(|a, b| a.0 == b.0) {
            places.clear();
            places.extend(node.iter().map(|(_, place)| *place));
            places.sort_unstable();
            stream.push(first + node[0].0, &places);
        }
    }
}
