//! The induced subgraph of a search's hits: what attention looks at.
//!
//! Best first: the frontier holds walks from a hit, edges followed in both directions, and the walk with the largest
//! product of edge weights is continued next (equal products by key, then by fewer hops). Only nodes that are kept are
//! expanded, so the work is bounded by the edges of `max_nodes` nodes however large the graph is. While weights are at
//! most 1, as ingest makes them, this is Dijkstra's algorithm on `−ln weight` and nodes come in the order of their best
//! walk of at most `hops` edges.

use super::Graph;
use super::edges::{End, Ends};
use crate::error::{Error, Result};
use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

/// Largest `max_nodes`: attention's cap is 256, and every list index stays far inside u32.
const MAX_NODES: usize = 1 << 16;

/// Nodes near the hits with every edge between them, as compressed rows.
///
/// An edge `a → b` stands in both lists: in the list of `b` as `a` with `reverse = false` (the message flows along the
/// edge), in the list of `a` as `b` with `reverse = true`. A self-loop stands once, with `reverse = false`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subgraph {
    /// The nodes: hits first in the order given, then the nodes found from them, best first.
    pub keys: Vec<u64>,
    /// Neighbours of node `i` are `neighbours[offsets[i]..offsets[i + 1]]`; `keys.len() + 1` entries.
    pub offsets: Vec<u32>,
    /// All lists one after another, each sorted by node, relation, `reverse`.
    pub neighbours: Vec<Neighbour>,
    /// Largest hop at which a kept node was found; 0 when only hits were kept.
    pub depth_touched: u32,
}

/// One end of an edge as its other end sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Index into [`Subgraph::keys`].
    pub node: u32,
    /// Relation id of the edge.
    pub relation: u16,
    /// Whether this node is the edge's destination, so that a message to the list's owner flows against the edge.
    pub reverse: bool,
    /// Weight of the edge, finite and above 0.
    pub weight: f32,
}

/// A walk from a hit, ordered so that the largest is continued next.
#[derive(Debug, Clone, Copy)]
struct Walk {
    /// Product of the edge weights. In f64, where two f32 never over- or underflow; many hops may, which only makes ties.
    product: f64,
    key: u64,
    hop: u32,
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

/// A kept node.
struct Kept {
    index: u32,
    /// Fewest hops among the walks that were continued from here.
    hop: u32,
}

impl Graph {
    /// The subgraph of `hits` and the nodes up to `hops` edges from them, `max_nodes` at most, best first. A hit given
    /// twice counts once; hits beyond `max_nodes` are left out.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `max_nodes` is not from 1 to 65,536.
    pub fn neighbourhood(&self, hits: &[u64], hops: u32, max_nodes: usize) -> Result<Subgraph> {
        if !(1..=MAX_NODES).contains(&max_nodes) {
            let got = max_nodes.to_string();
            return Err(Error::Parameter { what: "max_nodes must be from 1 to 65536", got });
        }
        let mut keys = Vec::new();
        let mut kept = HashMap::new();
        let mut frontier = BinaryHeap::new();
        let mut depth_touched = 0;
        for &key in hits {
            if keys.len() < max_nodes && !kept.contains_key(&key) {
                kept.insert(key, Kept { index: keys.len() as u32, hop: 0 });
                keys.push(key);
            }
        }
        for &key in &keys {
            self.step(Walk { product: 1.0, key, hop: 0 }, hops, &mut frontier);
        }
        while keys.len() < max_nodes
            && let Some(walk) = frontier.pop()
        {
            match kept.get_mut(&walk.key) {
                // A weaker walk with fewer hops may still go where the stronger one had to end.
                Some(node) if walk.hop < node.hop => node.hop = walk.hop,
                Some(_) => continue,
                None => {
                    kept.insert(walk.key, Kept { index: keys.len() as u32, hop: walk.hop });
                    keys.push(walk.key);
                    depth_touched = depth_touched.max(walk.hop);
                }
            }
            self.step(walk, hops, &mut frontier);
        }
        let (offsets, neighbours) = self.rows(&keys, &kept);
        Ok(Subgraph { keys, offsets, neighbours, depth_touched })
    }

    /// Adds the continuations of `walk` to the frontier.
    fn step(&self, walk: Walk, hops: u32, frontier: &mut BinaryHeap<Walk>) {
        if walk.hop == hops {
            return;
        }
        let Some(Ends { out, incoming }) = self.ends(walk.key) else { return };
        frontier.extend(out.iter().chain(incoming).map(|end| Walk {
            product: walk.product * f64::from(end.weight),
            key: end.other,
            hop: walk.hop + 1,
        }));
    }

    fn rows(&self, keys: &[u64], kept: &HashMap<u64, Kept>) -> (Vec<u32>, Vec<Neighbour>) {
        let mut offsets = vec![0];
        let mut neighbours = Vec::new();
        for &key in keys {
            let start = neighbours.len();
            if let Some(Ends { out, incoming }) = self.ends(key) {
                let see = |end: &End, reverse| {
                    let node = kept.get(&end.other)?.index;
                    Some(Neighbour { node, relation: end.relation, reverse, weight: end.weight })
                };
                neighbours.extend(incoming.iter().filter_map(|end| see(end, false)));
                neighbours.extend(out.iter().filter(|end| end.other != key).filter_map(|end| see(end, true)));
            }
            neighbours[start..].sort_unstable_by_key(|end| (end.node, end.relation, end.reverse));
            offsets.push(neighbours.len() as u32);
        }
        (offsets, neighbours)
    }
}
