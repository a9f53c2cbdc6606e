//! Finds the subgraph around a search's hits: the hits, the nodes near them, and all edges between these nodes.
//!
//! The search is best first: the frontier holds walks from a hit, edges followed in both directions, and the walk with
//! the largest product of edge weights is continued next (equal products by slot, then by fewer hops). Only kept nodes
//! are expanded, so that the work is bounded by the edges of `max_nodes` nodes in a graph of any size. For weights up
//! to 1, as ingest makes them, this is Dijkstra's algorithm on `−ln weight`, and nodes come in the order of their best
//! walk of at most `hops` edges.

use super::Graph;
use super::edges::End;
use super::inner::Inner;
use super::slots::{Places, Slots};
use super::subgraph::Subgraph;
use super::walks::{Step, Walk};
use crate::error::{Error, Result};
use crate::hnsw::KeySet;
use std::collections::BinaryHeap;

/// Largest value allowed for `max_nodes`, so that all list indices stay far below 2³². Attention uses 256 by default.
const MAX_NODES: usize = 1 << 16;

/// A subgraph, the slots of its nodes, and the buffers used to find it.
///
/// Reusing them for the next search avoids allocations.
#[derive(Debug, Default)]
pub struct Neighbourhood {
    /// The subgraph that was found last.
    pub subgraph: Subgraph,
    /// Slots of the subgraph's nodes, in the order of `subgraph.keys`.
    pub slots: Vec<u32>,
    /// For each of `slots`, the smallest number of hops after which a walk has reached it so far.
    hops: Vec<u32>,
    /// The slots in `slots`, as a set.
    kept: Slots,
    /// Index of each of `slots` in the subgraph.
    places: Places,
    /// Allowed slots one edge away from a hit. `near_weights` holds the weight of the first edge found to each, as
    /// bits.
    near: Slots,
    near_weights: Vec<u32>,
    /// Edges from the hits that are still to be followed, the strongest last.
    steps: Vec<Step>,
    /// Walks of two or more edges that are still to be continued.
    farther: BinaryHeap<Walk>,
    /// Buffer for the walks that one node adds to `farther`.
    onward: Vec<Walk>,
    inner: Inner,
}

/// Access to the keys of the nodes in a graph's slots, and to the set of allowed keys.
pub trait Nodes {
    /// Returns the key of the node in `slot`.
    fn key(&self, slot: u32) -> u64;

    /// Returns the keys that a neighbourhood may contain; `None` allows all.
    fn allowed(&self) -> Option<&KeySet> {
        None
    }

    /// Called as soon as a node is added to the subgraph, so that an implementation can prefetch the node's data.
    ///
    /// The search continues meanwhile.
    fn kept(&self, _slot: u32) {}
}

impl Graph {
    /// Finds up to `max_nodes` nodes within `hops` edges of `hits`, and writes their subgraph to `into`.
    ///
    /// The hits come first, then the other nodes, best first. A hit given twice counts once; hits beyond `max_nodes`
    /// and nodes whose key is not [allowed](Nodes::allowed) are left out.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `max_nodes` is not from 1 to 65,536.
    pub fn neighbourhood(
        &self,
        hits: &[u32],
        hops: u32,
        max_nodes: usize,
        nodes: &impl Nodes,
        into: &mut Neighbourhood,
    ) -> Result<()> {
        if !(1..=MAX_NODES).contains(&max_nodes) {
            let got = max_nodes.to_string();
            return Err(Error::Parameter { what: "max_nodes must be from 1 to 65536", got });
        }
        into.clear();
        for &slot in hits {
            if into.slots.len() < max_nodes && is_allowed(nodes, slot) && !into.kept.contains(slot) {
                into.keep(slot, 0);
            }
        }
        into.slots.iter().for_each(|slot| self.lists.prefetch_place(*slot));
        into.slots.iter().for_each(|slot| self.lists.prefetch(*slot));
        for (node, slot) in (0..).zip(&into.slots) {
            into.inner.note(node, *slot, self.lists.list(*slot), &into.kept);
        }
        if hops > 0 {
            self.leave(nodes, into);
            let least = into.prune(max_nodes - into.slots.len());
            self.walk(hops, max_nodes, least, nodes, into);
        }
        into.inner.fill(&into.slots, &into.places, &mut into.subgraph);
        into.subgraph.keys.extend(into.slots.iter().map(|slot| nodes.key(*slot)));
        Ok(())
    }

    /// Collects the edges that lead from the hits to other nodes.
    fn leave(&self, nodes: &impl Nodes, into: &mut Neighbourhood) {
        for slot in &into.slots {
            for end in self.lists.list(*slot) {
                if !into.kept.contains(end.other) && is_allowed(nodes, end.other) {
                    into.steps.push(Step::new(end.weight, end.other));
                    if into.near.insert(end.other) {
                        into.near_weights.push(end.weight.to_bits());
                    }
                }
            }
        }
    }

    /// Fills the subgraph: always continues the walk with the largest product of edge weights.
    ///
    /// Walks with a product below `least` are skipped.
    fn walk(&self, hops: u32, max_nodes: usize, least: f64, nodes: &impl Nodes, into: &mut Neighbourhood) {
        into.steps.iter().for_each(|step| self.lists.prefetch_place(step.slot()));
        into.steps.iter().for_each(|step| self.lists.prefetch(step.slot()));
        // Most walks ever continued have one edge: these are sorted, and only the others need a heap.
        into.steps.sort_unstable();
        while into.slots.len() < max_nodes
            && let Some(walk) = into.next()
        {
            let (slot, hop) = (walk.slot(), walk.hop());
            let list = self.lists.list(slot);
            if into.kept.contains(slot) {
                let place = into.places.find(&into.slots, slot) as usize;
                if into.hops[place] <= hop {
                    continue;
                }
                // A weaker walk with fewer hops may still go where the stronger one had to end.
                into.hops[place] = hop;
            } else {
                nodes.kept(slot);
                into.keep(slot, hop);
                into.inner.note(into.slots.len() as u32 - 1, slot, list, &into.kept);
                into.subgraph.depth_touched = into.subgraph.depth_touched.max(hop);
            }
            if hop < hops {
                into.go_on(walk, list, least, hops, nodes);
                into.onward.iter().for_each(|walk| self.lists.prefetch_place(walk.slot()));
                // Not `extend`, which mends the whole heap afterwards.
                for walk in into.onward.drain(..) {
                    into.farther.push(walk);
                }
            }
        }
    }
}

fn is_allowed(nodes: &impl Nodes, slot: u32) -> bool {
    nodes.allowed().is_none_or(|allowed| allowed.contains(nodes.key(slot)))
}

impl Neighbourhood {
    fn clear(&mut self) {
        self.subgraph.keys.clear();
        self.subgraph.depth_touched = 0;
        self.slots.clear();
        self.hops.clear();
        self.kept.clear();
        self.places.clear();
        self.near.clear();
        self.near_weights.clear();
        self.steps.clear();
        self.farther.clear();
        self.inner.clear();
    }

    /// Removes and returns the walk with the largest product.
    fn next(&mut self) -> Option<Walk> {
        let step = self.steps.last().map(|step| step.walk());
        if self.farther.peek() > step.as_ref() { self.farther.pop() } else { self.steps.pop().and(step) }
    }

    /// Appends a node to the subgraph.
    fn keep(&mut self, slot: u32, hop: u32) {
        self.slots.push(slot);
        self.hops.push(hop);
        self.kept.insert(slot);
        self.places.enter_last(&self.slots);
    }

    /// Collects the walks that extend `walk` by one edge of `list`.
    fn go_on(&mut self, walk: Walk, list: &[End], least: f64, hops: u32, nodes: &impl Nodes) {
        let (so_far, hop) = (walk.product(), walk.hop() + 1);
        for end in list {
            let product = so_far * f64::from(end.weight);
            if product < least || !is_allowed(nodes, end.other) {
                continue;
            }
            // If no walk is longer than two edges, none reaches a kept node with fewer hops than that node has.
            let is_new = !self.kept.contains(end.other)
                || hops > 2 && self.hops[self.places.find(&self.slots, end.other) as usize] > hop;
            if is_new {
                self.onward.push(Walk::new(product, end.other, hop));
            }
        }
    }

    /// Drops the steps that are too weak to add one of the last `room` nodes.
    ///
    /// A step is an edge from a hit. If `room` nodes can be reached over one stronger edge, they all come first.
    /// Returns the product below which no walk can add a node.
    fn prune(&mut self, room: usize) -> f64 {
        if self.near_weights.len() <= room {
            return 0.0;
        }
        // With no room left even the strongest step is cut, and the walk afterwards does nothing.
        let (_, least, _) = self.near_weights.select_nth_unstable_by(room.max(1) - 1, |a, b| b.cmp(a));
        let least = f32::from_bits(*least);
        self.steps.retain(|step| step.weight() >= least);
        f64::from(least)
    }
}
