//! Walks from the hits, and the nodes they have touched.

use std::cmp::{Ordering, Reverse};

/// In place of a node's index in the subgraph: it is not kept, or not yet.
pub(super) const NOT_KEPT: u32 = u32::MAX;

/// A walk from a hit, ordered so that the largest is continued next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// Product of the edge weights. In f64, where two f32 never over- or underflow; many hops may, which only makes ties.
    pub(super) product: f64,
    pub(super) key: u64,
    pub(super) hop: u32,
    /// Where among the touched nodes it ends.
    pub(super) at: u32,
}

impl Ord for Walk {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = |walk: &Self| Reverse((walk.key, walk.hop));
        self.product.total_cmp(&other.product).then_with(|| order(self).cmp(&order(other)))
    }
}
impl PartialOrd for Walk {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Walk {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Walk {}

/// A node that a walk has come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touched {
    pub(super) slot: u32,
    /// Index in the subgraph, or [`NOT_KEPT`].
    pub(super) index: u32,
    /// Once kept, fewest hops among the walks that were continued from here; before, hops of the best walk.
    pub(super) hop: u32,
    pub(super) key: u64,
    /// Product of the best walk that waits in the frontier.
    pub(super) product: f64,
}

/// The touched nodes by slot. A sparse set (Briggs & Torczon, 1993), which is emptied without being cleared: a slot is
/// in it if the node that `places` points it to says so.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    places: Vec<u32>,
    pub(super) touched: Vec<Touched>,
}

impl Nodes {
    /// Empties the set.
    pub(super) fn clear(&mut self) {
        self.touched.clear();
    }

    /// Where among the touched nodes `slot` is.
    pub(super) fn find(&self, slot: u32) -> Option<usize> {
        let at = *self.places.get(slot as usize)? as usize;
        self.touched.get(at).filter(|node| node.slot == slot).map(|_| at)
    }

    /// Adds a node that is not there yet; returns where it is.
    pub(super) fn add(&mut self, node: Touched) -> usize {
        let slot = node.slot as usize;
        if self.places.len() <= slot {
            self.places.resize(slot + 1, 0);
        }
        self.places[slot] = self.touched.len() as u32;
        self.touched.push(node);
        self.touched.len() - 1
    }
}
