//! The induced subgraph of a search's hits: what attention looks at.
//!
//! Best first: the frontier holds walks from a hit, edges followed in both directions, and the walk with the largest
//! product of edge weights is continued next (equal products by key, then by fewer hops). Only nodes that are kept are
//! expanded, so the work is bounded by the edges of `max_nodes` nodes however large the graph is. While weights are at
//! most 1, as ingest makes them, this is Dijkstra's algorithm on `−ln weight` and nodes come in the order of their best
//! walk of at most `hops` edges.

use super::Graph;
use super::walks::{NOT_KEPT, Nodes, Touched, Walk};
use crate::error::{Error, Result};
use std::collections::BinaryHeap;

/// Largest `max_nodes`: attention's cap is 256, and every list index stays far inside u32.
const MAX_NODES: usize = 1 << 16;

/// Lists asked for ahead of the one in work.
const AHEAD: usize = 4;

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
#[derive(Debug, Clone, Copy, Default, PartialEq)]
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

/// A subgraph, the slots of its nodes, and what finding it writes to: used again, it allocates nothing.
#[derive(Debug, Default)]
pub struct Neighbourhood {
    /// The subgraph found last.
    pub subgraph: Subgraph,
    /// Slots of its nodes.
    pub slots: Vec<u32>,
    nodes: Nodes,
    frontier: Vec<Walk>,
    /// Every end between kept nodes with the index of the node in whose list it belongs.
    ends: Vec<(u32, Neighbour)>,
}

impl Graph {
    /// Finds the subgraph of `hits` and the nodes up to `hops` edges from them, `max_nodes` at most, best first, and
    /// leaves it in `into`. A hit given twice counts once; hits beyond `max_nodes` are left out, and so is every node
    /// for which `key` returns none instead of its key.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `max_nodes` is not from 1 to 65,536.
    pub fn neighbourhood(
        &self,
        hits: &[u32],
        hops: u32,
        max_nodes: usize,
        key: impl Fn(u32) -> Option<u64>,
        into: &mut Neighbourhood,
    ) -> Result<()> {
        if !(1..=MAX_NODES).contains(&max_nodes) {
            let got = max_nodes.to_string();
            return Err(Error::Parameter { what: "max_nodes must be from 1 to 65536", got });
        }
        into.start();
        for &slot in hits {
            if into.slots.len() < max_nodes
                && into.nodes.find(slot).is_none()
                && let Some(key) = key(slot)
            {
                let at = into.nodes.add(Touched { slot, index: NOT_KEPT, hop: 0, key, product: 1.0 });
                into.keep(at, 0);
            }
        }
        for (i, slot) in into.slots.iter().enumerate() {
            if let Some(ahead) = into.slots.get(i + AHEAD) {
                self.lists.prefetch(*ahead);
            }
            let walk = Walk { product: 1.0, key: 0, hop: 0, at: i as u32 };
            self.step(walk, *slot, hops, 0.0, &key, &mut into.nodes, |walk| into.frontier.push(walk));
        }
        let least = into.prune(max_nodes - into.slots.len());
        let mut frontier = BinaryHeap::from(std::mem::take(&mut into.frontier));
        while into.slots.len() < max_nodes
            && let Some(walk) = frontier.pop()
        {
            let node = &mut into.nodes.touched[walk.at as usize];
            let slot = node.slot;
            if node.index == NOT_KEPT {
                into.keep(walk.at as usize, walk.hop);
                into.subgraph.depth_touched = into.subgraph.depth_touched.max(walk.hop);
            } else if walk.hop < node.hop {
                // A weaker walk with fewer hops may still go where the stronger one had to end.
                node.hop = walk.hop;
            } else {
                continue;
            }
            self.lists.prefetch(slot);
            self.step(walk, slot, hops, least, &key, &mut into.nodes, |walk| frontier.push(walk));
        }
        into.frontier = frontier.into_vec();
        self.fill(into);
        Ok(())
    }

    /// Hands the continuations of a walk that ends in `slot` to `push`, but none with a product below `least` and none
    /// that could change nothing: that come to a node after a walk that is as strong and as short.
    #[expect(clippy::too_many_arguments, reason = "borrows from one structure that cannot be borrowed whole")]
    fn step(
        &self,
        walk: Walk,
        slot: u32,
        hops: u32,
        least: f64,
        key: &impl Fn(u32) -> Option<u64>,
        nodes: &mut Nodes,
        mut push: impl FnMut(Walk),
    ) {
        if walk.hop == hops {
            return;
        }
        let hop = walk.hop + 1;
        for end in self.lists.list(slot) {
            let product = walk.product * f64::from(end.weight);
            if product < least {
                continue;
            }
            let at = match nodes.find(end.other) {
                Some(at) => {
                    let node = &mut nodes.touched[at];
                    if node.hop <= hop && (node.index != NOT_KEPT || node.product >= product) {
                        continue;
                    }
                    if node.index == NOT_KEPT && node.product <= product && hop <= node.hop {
                        (node.product, node.hop) = (product, hop);
                    }
                    at
                }
                None => {
                    // A node that may not be kept looks as if no walk to it could be better.
                    let (key, product, hop) = key(end.other).map_or((0, f64::INFINITY, 0), |key| (key, product, hop));
                    let at = nodes.add(Touched { slot: end.other, index: NOT_KEPT, hop, key, product });
                    if hop == 0 {
                        continue;
                    }
                    at
                }
            };
            push(Walk { product, key: nodes.touched[at].key, hop, at: at as u32 });
        }
    }

    /// Fills the lists of the subgraph. Going through the nodes in their order, each puts itself into its neighbours'
    /// lists, which so come out sorted.
    fn fill(&self, into: &mut Neighbourhood) {
        let Neighbourhood { subgraph: Subgraph { offsets, neighbours, .. }, slots, nodes, ends, .. } = into;
        ends.clear();
        offsets.clear();
        offsets.resize(slots.len() + 1, 0);
        for (node, slot) in (0..).zip(&*slots) {
            for end in self.lists.list(*slot) {
                let to = nodes.find(end.other).map_or(NOT_KEPT, |at| nodes.touched[at].index);
                let reverse = end.incoming == 1;
                if to != NOT_KEPT && !(to == node && reverse) {
                    ends.push((to, Neighbour { node, relation: end.relation, reverse, weight: end.weight }));
                    offsets[to as usize] += 1;
                }
            }
        }
        // Each becomes where its list ends, then counts down to where it starts.
        let mut total = 0;
        for offset in offsets.iter_mut() {
            total += *offset;
            *offset = total;
        }
        neighbours.clear();
        neighbours.resize(ends.len(), Neighbour::default());
        for (to, neighbour) in ends.iter().rev() {
            offsets[*to as usize] -= 1;
            neighbours[offsets[*to as usize] as usize] = *neighbour;
        }
    }
}

impl Neighbourhood {
    fn start(&mut self) {
        self.subgraph.keys.clear();
        self.subgraph.depth_touched = 0;
        self.slots.clear();
        self.nodes.clear();
        self.frontier.clear();
    }

    /// Makes a touched node the next one of the subgraph.
    fn keep(&mut self, at: usize, hop: u32) {
        let node = &mut self.nodes.touched[at];
        node.index = self.slots.len() as u32;
        node.hop = hop;
        self.slots.push(node.slot);
        self.subgraph.keys.push(node.key);
    }

    /// Drops the walks of one edge that are not continued because the subgraph is full by then: with `room` nodes that
    /// stronger walks lead to, all of them come first. Returns the product below which this holds for every walk.
    fn prune(&mut self, room: usize) -> f64 {
        let waiting = self.nodes.touched.iter().filter(|node| node.index == NOT_KEPT && node.product.is_finite());
        let mut products: Vec<f64> = waiting.map(|node| node.product).collect();
        if products.len() <= room {
            return 0.0;
        }
        if room == 0 {
            self.frontier.clear();
            return f64::INFINITY;
        }
        let (_, least, _) = products.select_nth_unstable_by(room - 1, |a, b| b.total_cmp(a));
        let least = *least;
        self.frontier.retain(|walk| walk.product >= least);
        least
    }
}
