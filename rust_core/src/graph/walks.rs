//! Walks from the hits, the nodes they have come to, and sets of slots.

use std::cmp::{Ordering, Reverse};

/// In place of a node's index in the subgraph: it is not kept, or not yet.
const NOT_KEPT: u32 = u32::MAX;

/// A walk from a hit, ordered so that the largest is continued next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// Product of the edge weights. In f64, where two f32 never over- or underflow; many hops may, which only makes ties.
    pub(super) product: f64,
    /// Where it ends.
    pub(super) slot: u32,
    pub(super) hop: u32,
    /// Where among the touched nodes that is.
    pub(super) at: u32,
}

impl Walk {
    /// Products are above 0, so their bits order as they do, and whole numbers are compared quickest.
    fn order(&self) -> (u64, Reverse<(u32, u32)>) {
        (self.product.to_bits(), Reverse((self.slot, self.hop)))
    }
}

impl Ord for Walk {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
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
struct Node {
    slot: u32,
    index: u32,
    /// Once kept, fewest hops among the walks that were continued from here; before, hops of the best walk.
    hop: u32,
    /// Product of the best walk that waits in the frontier.
    product: f64,
}

/// The touched nodes by slot: a hash table with linear probing over their places in a list. They are few, so it stays in
/// the first-level cache, where an array over all slots would miss the second.
#[derive(Debug, Default)]
pub(super) struct Touched {
    nodes: Vec<Node>,
    /// Places, or [`FREE`]; a power of two, at least twice as many as nodes.
    table: Vec<u32>,
}

/// In place of a place.
const FREE: u32 = u32::MAX;

/// Least size of the table.
const TABLE: usize = 1024;

impl Touched {
    /// Empties the set.
    pub(super) fn clear(&mut self) {
        // Or one large neighbourhood would slow down all later ones.
        if self.table.len() > 8 * self.nodes.len() {
            self.table.truncate(TABLE);
        }
        self.nodes.clear();
        self.table.fill(FREE);
    }

    /// The index in the subgraph of a node that was kept.
    pub(super) fn index(&self, slot: u32) -> u32 {
        self.find(slot).map_or(NOT_KEPT, |at| self.nodes[at].index)
    }

    /// Adds a node that is kept from the start, unless it is there. Returns whether it is new.
    pub(super) fn start(&mut self, slot: u32, index: u32) -> bool {
        let new = self.find(slot).is_none();
        if new {
            self.add(Node { slot, index, hop: 0, product: 1.0 });
        }
        new
    }

    /// The walk to a node, unless it could change nothing, because it comes after one that is as strong and as short.
    pub(super) fn arrive(&mut self, slot: u32, product: f64, hop: u32) -> Option<Walk> {
        let at = match self.find(slot) {
            Some(at) => {
                let node = &mut self.nodes[at];
                if node.hop <= hop && (node.index != NOT_KEPT || node.product >= product) {
                    return None;
                }
                if node.index == NOT_KEPT && node.product <= product && hop <= node.hop {
                    (node.product, node.hop) = (product, hop);
                }
                at
            }
            None => self.add(Node { slot, index: NOT_KEPT, hop, product }),
        };
        Some(Walk { product, slot, hop, at: at as u32 })
    }

    /// Notes that `walk` is continued and its node kept as `index` unless it is already. Returns whether it was, and its
    /// slot; nothing when a walk as short was continued before.
    pub(super) fn go_on(&mut self, walk: &Walk, index: u32) -> Option<(bool, u32)> {
        let node = &mut self.nodes[walk.at as usize];
        let known = node.index != NOT_KEPT;
        if known && node.hop <= walk.hop {
            return None;
        }
        if !known {
            node.index = index;
        }
        // A weaker walk with fewer hops may still go where the stronger one had to end.
        node.hop = walk.hop;
        Some((known, node.slot))
    }

    fn find(&self, slot: u32) -> Option<usize> {
        if self.table.is_empty() {
            return None;
        }
        let mask = self.table.len() - 1;
        let mut at = hash(slot) & mask;
        loop {
            match self.table[at] {
                FREE => return None,
                place if self.nodes[place as usize].slot == slot => return Some(place as usize),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Adds a node that is not there yet.
    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        if self.table.len() < 2 * self.nodes.len() {
            let size = (2 * self.table.len()).max(TABLE);
            self.table.clear();
            self.table.resize(size, FREE);
            (0..self.nodes.len()).for_each(|place| self.enter(place));
        } else {
            self.enter(self.nodes.len() - 1);
        }
        self.nodes.len() - 1
    }

    fn enter(&mut self, place: usize) {
        let mask = self.table.len() - 1;
        let mut at = hash(self.nodes[place].slot) & mask;
        while self.table[at] != FREE {
            at = (at + 1) & mask;
        }
        self.table[at] = place as u32;
    }
}

/// Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4): neighbouring slots part, the high bits are good.
fn hash(slot: u32) -> usize {
    (slot.wrapping_mul(0x9E37_79B9) >> 8) as usize
}

/// A set of slots, one bit each, so that it stays in the first-level cache.
#[derive(Debug, Default)]
pub(super) struct Slots {
    words: Vec<u64>,
    members: Vec<u32>,
}

impl Slots {
    /// Empties the set.
    pub(super) fn clear(&mut self) {
        for slot in self.members.drain(..) {
            self.words[slot as usize / 64] = 0;
        }
    }

    /// Adds `slot`; returns whether it is new.
    pub(super) fn insert(&mut self, slot: u32) -> bool {
        let word = slot as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let new = !self.contains(slot);
        if new {
            self.words[word] |= 1 << (slot % 64);
            self.members.push(slot);
        }
        new
    }

    /// Whether `slot` is in the set.
    pub(super) fn contains(&self, slot: u32) -> bool {
        self.words.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }
}
