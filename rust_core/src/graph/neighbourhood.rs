//! The induced subgraph of a search's hits: what attention looks at.
//!
//! Best first: the frontier holds walks from a hit, edges followed in both directions, and the walk with the largest
//! product of edge weights is continued next (equal products by slot, then by fewer hops). Only nodes that are kept are
//! expanded, so the work is bounded by the edges of `max_nodes` nodes however large the graph is. While weights are at
//! most 1, as ingest makes them, this is Dijkstra's algorithm on `−ln weight` and nodes come in the order of their best
//! walk of at most `hops` edges.

use super::Graph;
use super::edges::End;
use super::subgraph::{Neighbour, Subgraph};
use super::walks::{Slots, Touched, Walk};
use crate::error::{Error, Result};
use crate::hnsw::KeySet;
use std::collections::BinaryHeap;

/// Largest `max_nodes`: attention's cap is 256, and every list index stays far inside u32.
const MAX_NODES: usize = 1 << 16;

/// A subgraph, the slots of its nodes, and what finding it writes to: used again, it allocates nothing.
#[derive(Debug, Default)]
pub struct Neighbourhood {
    /// The subgraph found last.
    pub subgraph: Subgraph,
    /// Slots of its nodes.
    pub slots: Vec<u32>,
    /// The same slots as a set.
    kept: Slots,
    touched: Touched,
    /// Slots one edge away from a hit, each with the weight of the first edge to it.
    near: Slots,
    near_weights: Vec<f32>,
    /// Every edge from a hit to another node: weight and slot.
    first: Vec<(f32, u32)>,
    /// Walks of one edge that wait to be continued, the strongest last.
    walks: Vec<Walk>,
    /// Longer ones.
    farther: BinaryHeap<Walk>,
    /// Ends in the lists of kept nodes with the index of the node; of those before the last, the other is kept too.
    ends: Vec<(u32, End)>,
}

/// What a graph is not told: about the nodes in its slots.
pub trait Nodes {
    /// The key of the node in `slot`.
    fn key(&self, slot: u32) -> u64;

    /// The keys that a neighbourhood may have; `None` for all.
    fn allowed(&self) -> Option<&KeySet> {
        None
    }

    /// Hears of each node that is kept, some time before the whole neighbourhood is found.
    fn kept(&self, _slot: u32) {}
}

impl Graph {
    /// Finds the subgraph of `hits` and the nodes up to `hops` edges from them, `max_nodes` at most, best first, and
    /// leaves it in `into`. A hit given twice counts once; hits beyond `max_nodes` are left out, and so is every node
    /// whose key is not [allowed](Nodes::allowed).
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
            if into.slots.len() < max_nodes
                && is_allowed(nodes, slot)
                && into.touched.start(slot, into.slots.len() as u32)
            {
                into.keep(slot);
            }
        }
        if hops > 0 {
            self.leave(nodes, into);
            let least = into.prune(max_nodes - into.slots.len());
            self.walk(hops, max_nodes, least, nodes, into);
        }
        self.fill(into);
        into.subgraph.keys.extend(into.slots.iter().map(|slot| nodes.key(*slot)));
        Ok(())
    }

    /// Collects the edges that leave the hits.
    fn leave(&self, nodes: &impl Nodes, into: &mut Neighbourhood) {
        into.slots.iter().for_each(|slot| self.lists.prefetch_place(*slot));
        into.slots.iter().for_each(|slot| self.lists.prefetch(*slot));
        for slot in &into.slots {
            for end in self.lists.list(*slot) {
                if !into.kept.contains(end.other) && is_allowed(nodes, end.other) {
                    into.first.push((end.weight, end.other));
                    if into.near.insert(end.other) {
                        into.near_weights.push(end.weight);
                    }
                }
            }
        }
    }

    /// Continues walks, strongest first, until the subgraph is full. Those with a product below `least` are not begun.
    fn walk(&self, hops: u32, max_nodes: usize, least: f64, nodes: &impl Nodes, into: &mut Neighbourhood) {
        into.first.iter().for_each(|(_, slot)| self.lists.prefetch_place(*slot));
        into.first.iter().for_each(|(_, slot)| self.lists.prefetch(*slot));
        for &(weight, slot) in &into.first {
            if let Some(walk) = into.touched.arrive(slot, f64::from(weight), 1) {
                into.walks.push(walk);
            }
        }
        // Most walks that are ever continued are of one edge: these are sorted, and only the others need a heap.
        into.walks.sort_unstable();
        while into.slots.len() < max_nodes
            && let Some(walk) = into.next()
        {
            let Some((known, slot)) = into.touched.go_on(&walk, into.slots.len() as u32) else { continue };
            if !known {
                nodes.kept(slot);
                self.lists.prefetch(slot);
                into.keep(slot);
                into.subgraph.depth_touched = into.subgraph.depth_touched.max(walk.hop);
            }
            if walk.hop == hops {
                continue;
            }
            for end in self.lists.list(slot) {
                let product = walk.product * f64::from(end.weight);
                if product >= least && is_allowed(nodes, end.other) {
                    self.lists.prefetch_place(end.other);
                    // Not `extend`, which mends the whole heap afterwards.
                    if let Some(walk) = into.touched.arrive(end.other, product, walk.hop + 1) {
                        into.farther.push(walk);
                    }
                }
            }
        }
    }

    /// Fills the lists of the subgraph. Going through the nodes in their order, each puts itself into its neighbours'
    /// lists, which so come out sorted.
    fn fill(&self, into: &mut Neighbourhood) {
        let Neighbourhood { subgraph: Subgraph { offsets, neighbours, .. }, slots, kept, touched, ends, .. } = into;
        let mut count = 0;
        for (node, slot) in (0..).zip(&*slots) {
            let list = self.lists.list(*slot);
            if ends.len() < count + list.len() {
                ends.resize(count + list.len(), Default::default());
            }
            // Whether a neighbour was kept no branch predictor foresees: so every end is written, and only those between
            // kept nodes move the place on.
            for end in list {
                ends[count] = (node, *end);
                let is_second = end.other == *slot && end.incoming == 1;
                count += usize::from(kept.contains(end.other) & !is_second);
            }
        }
        offsets.clear();
        offsets.resize(slots.len() + 1, 0);
        for (_, end) in &mut ends[..count] {
            end.other = touched.index(end.other);
            offsets[end.other as usize] += 1;
        }
        // Each becomes where its list ends, then counts down to where it starts.
        let mut total = 0;
        for offset in offsets.iter_mut() {
            total += *offset;
            *offset = total;
        }
        neighbours.clear();
        neighbours.resize(count, Neighbour::default());
        for &(node, End { other, weight, relation, incoming }) in ends[..count].iter().rev() {
            offsets[other as usize] -= 1;
            let reverse = incoming == 1;
            neighbours[offsets[other as usize] as usize] = Neighbour { node, relation, reverse, weight };
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
        self.kept.clear();
        self.touched.clear();
        self.near.clear();
        self.near_weights.clear();
        self.first.clear();
        self.walks.clear();
        self.farther.clear();
    }

    /// Takes the strongest walk there is.
    fn next(&mut self) -> Option<Walk> {
        if self.farther.peek() > self.walks.last() { self.farther.pop() } else { self.walks.pop() }
    }

    /// Appends a node to the subgraph.
    fn keep(&mut self, slot: u32) {
        self.slots.push(slot);
        self.kept.insert(slot);
    }

    /// Drops edges from hits that cannot matter, as the subgraph has room for `room` more nodes only: with so many that
    /// are one stronger edge away, all of these come first. Returns the product below which this holds for every walk.
    fn prune(&mut self, room: usize) -> f64 {
        if self.near_weights.len() <= room {
            return 0.0;
        }
        // Without room the strongest is one too many, too, but then nothing is walked either.
        let (_, least, _) = self.near_weights.select_nth_unstable_by(room.max(1) - 1, |a, b| b.total_cmp(a));
        let least = *least;
        self.first.retain(|(weight, _)| *weight >= least);
        f64::from(least)
    }
}
