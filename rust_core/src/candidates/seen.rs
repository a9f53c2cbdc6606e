//! The candidates for one question, and the values of each.

use super::names::Names;
use super::words::{Words, sum};
use crate::error::Result;
use crate::hnsw::KeySet;
use crate::memory::GraphMemory;
use std::collections::{HashMap, HashSet};

/// Worth of a name shared with the second hit, relative to one shared with the first.
pub(super) const SECOND: f64 = 0.8;

/// Cosines assumed for nodes with none of the question's words, and how much more for all of them, where the embedder
/// cannot read the question: those that MiniLM gives unrelated and matching notes in English.
const UNREAD_LEAST: f64 = 0.1;
const UNREAD_RANGE: f64 = 0.6;

/// A question's vector, and the nodes found by its words and by the titles that it mentions.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Vector of the question.
    pub vector: Vec<f32>,
    /// Whether the embedder reads the question. Otherwise the share of its words that a node has takes the place of
    /// the cosine.
    pub is_read: bool,
    /// Nodes that have the question's words.
    pub words: Words,
    /// First nodes of the documents named in the question, with the weights of the mentions.
    pub named: HashMap<u64, f64>,
    /// Nodes that the named documents cite, with weights that combine mention and edge.
    pub cited: HashMap<u64, f64>,
    /// Number of nodes in the memory.
    pub nodes: usize,
}

/// A hit or a bridge: one of the best candidates by the first score or by the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Key of the node.
    pub key: u64,
    /// All nodes of its document, with the node itself; rising.
    pub of_document: Vec<u64>,
    /// Names in its title and text.
    pub names: Vec<Box<str>>,
}

impl Anchor {
    /// Returns the anchor `key`, whose document has the nodes `others`, in any order.
    #[must_use]
    pub fn new(key: u64, mut others: Vec<u64>, names: Vec<Box<str>>) -> Self {
        others.push(key);
        others.sort_unstable();
        others.dedup();
        Self { key, of_document: others, names }
    }
}

/// The candidates for one question. See the [module](super).
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    pub(super) asked: Asked,
    pub(super) keys: Vec<u64>,
    places: HashMap<u64, usize>,
    pub(super) cosine: Vec<f64>,
    /// For each candidate the share of each word that it has, else 0.
    pub(super) shares: Vec<f64>,
    /// For each candidate the sum of its shares.
    pub(super) covered: Vec<f64>,
    pub(super) named: Vec<f64>,
    pub(super) cited: Vec<f64>,
    pub(super) names: Names,
    pub(super) hits: Vec<Anchor>,
    pub(super) bridges: Vec<Anchor>,
}

impl Candidates {
    /// Starts an empty set of candidates for a question.
    #[must_use]
    pub fn new(asked: Asked) -> Self {
        Self { asked, ..Self::default() }
    }

    /// Returns the question with what its words and titles found.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Returns the keys of the candidates, in the order in which they were added.
    #[must_use]
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Returns the names that were looked up, to look up more.
    pub fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Adds those of `keys` that are in `memory` and are no candidates yet, until there are `most` candidates.
    ///
    /// # Errors
    /// As [`GraphMemory::cosines`]; then none is added.
    pub fn extend(&mut self, memory: &GraphMemory, keys: &[u64], most: usize) -> Result<()> {
        let room = most.saturating_sub(self.keys.len());
        let mut listed = HashSet::with_capacity(keys.len());
        let is_new = |key: &u64| !self.places.contains_key(key) && listed.insert(*key);
        let mut new: Vec<u64> = keys.iter().copied().filter(is_new).collect();
        new = memory.index().known(&new);
        new.truncate(room);
        let cosines = if self.asked.is_read { memory.cosines(&self.asked.vector, &new)? } else { Vec::new() };
        for (at, key) in new.into_iter().enumerate() {
            let from = self.shares.len();
            self.asked.words.of(key, &mut self.shares);
            let covered = sum(&self.shares[from..]);
            let cosine = cosines.get(at).map_or(UNREAD_LEAST + UNREAD_RANGE * covered, |cosine| f64::from(*cosine));
            self.places.insert(key, self.keys.len());
            self.keys.push(key);
            self.cosine.push(cosine);
            self.covered.push(covered);
            self.named.push(self.asked.named.get(&key).copied().unwrap_or_default());
            self.cited.push(self.asked.cited.get(&key).copied().unwrap_or_default());
        }
        Ok(())
    }

    /// Adds hits or bridges; candidates alone can be either, others are passed over.
    pub fn add(&mut self, bridges: bool, anchors: Vec<Anchor>) {
        let places = &self.places;
        let anchors = anchors.into_iter().filter(|anchor| places.contains_key(&anchor.key));
        if bridges { self.bridges.extend(anchors) } else { self.hits.extend(anchors) }
    }

    /// Returns the share of the question's idf that the first hit covers; 0 without hits.
    #[must_use]
    pub fn settled(&self) -> f64 {
        self.hits.first().map_or(0.0, |hit| self.covered[self.place(hit)])
    }

    /// Returns the candidates, rising, whose titles must be known to tell whether a name opens them.
    #[must_use]
    pub fn untitled(&self) -> Vec<u64> {
        self.names.unknown(|key| self.places.contains_key(&key))
    }

    /// Returns at most `most` nodes that share names with the first `anchors` hits or bridges, by the worth of these
    /// names, the best first; among equals, lower keys first.
    ///
    /// A node counts by the sum over the names shared with one anchor, and for each anchor after the first
    /// `SECOND` (.8) times as much. Only `allowed` nodes are returned; `None` allows all.
    #[must_use]
    pub fn tied(&self, bridges: bool, anchors: usize, most: usize, allowed: Option<&KeySet>) -> Vec<u64> {
        let mut worths: HashMap<u64, f64> = HashMap::new();
        let of = if bridges { &self.bridges } else { &self.hits };
        let mut share = 1.0;
        for anchor in of.iter().take(anchors) {
            let mut sharing: HashMap<u64, f64> = HashMap::new();
            for (keys, worth) in self.names.places(&anchor.names).into_iter().map(|place| self.names.nodes(place)) {
                keys.iter().for_each(|key| *sharing.entry(*key).or_default() += worth);
            }
            sharing.retain(|key, _| {
                anchor.of_document.binary_search(key).is_err() && allowed.is_none_or(|allowed| allowed.contains(*key))
            });
            for (key, worth) in sharing {
                let before = worths.entry(key).or_default();
                *before = before.max(worth * share);
            }
            share *= SECOND;
        }
        let mut ranked: Vec<(u64, f64)> = worths.into_iter().collect();
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(most);
        ranked.into_iter().map(|(key, _)| key).collect()
    }

    /// Returns the place of an anchor among the candidates.
    pub(super) fn place(&self, anchor: &Anchor) -> usize {
        // All anchors are candidates, see `add`.
        self.places.get(&anchor.key).copied().unwrap_or_default()
    }

    /// Returns for each of `anchors` whether each candidate is of its document: anchors × candidates.
    pub(super) fn own(&self, anchors: &[&Anchor]) -> Vec<bool> {
        let n = self.keys.len();
        let mut own = vec![false; anchors.len() * n];
        for (number, anchor) in anchors.iter().enumerate() {
            for place in anchor.of_document.iter().filter_map(|key| self.places.get(key)) {
                own[number * n + place] = true;
            }
        }
        own
    }
}
