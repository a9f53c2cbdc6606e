//! Copies the edges between the nodes of a subgraph from the graph's lists to the subgraph's lists.
//!
//! A node is kept if it is in the subgraph.
//!
//! Every list is read once, when its node is kept, and yields the edges to nodes that were kept before it; the lists at
//! the other ends of these edges need not be searched.

use super::edges::End;
use super::slots::{Places, Slots};
use super::subgraph::{Neighbour, Subgraph};

/// The edges found so far between nodes of the subgraph, and the buffers for sorting them.
#[derive(Debug, Default)]
pub(super) struct Inner {
    /// Collected list entries, each paired with the index of the list's node. Pairs beyond `count` are stale.
    ends: Vec<(u32, End)>,
    count: usize,
    /// Two write positions in each node's list: one for neighbours that precede the node, one for all other neighbours.
    free: Vec<[u32; 2]>,
}

impl Inner {
    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// Collects the entries of a node's list that lead to slots in `kept`. These are the slots of the subgraph.
    ///
    /// Of the two entries of a self-loop only the first is collected. Must be called for the nodes in the order of
    /// their indices.
    pub(super) fn note(&mut self, node: u32, slot: u32, list: &[End], kept: &Slots) {
        let room = self.count + list.len();
        if self.ends.len() < room {
            self.ends.resize(room.next_power_of_two(), Default::default());
        }
        // Whether a neighbour was kept defeats the branch predictor: so every end is written, and only one between kept
        // nodes advances the position.
        let ends = &mut self.ends[self.count..room];
        let mut count = 0;
        for end in list {
            ends[count] = (node, *end);
            let is_second = end.other == slot && end.incoming == 1;
            count += usize::from(kept.contains(end.other) & !is_second);
        }
        self.count += count;
    }

    /// Writes the edges between the nodes in `slots` to the lists of the subgraph `into`.
    pub(super) fn fill(&mut self, slots: &[u32], places: &Places, into: &mut Subgraph) {
        let Self { ends, count, free } = self;
        let noted = *count;
        *count = 0;
        for at in 0..noted {
            let (node, end) = ends[at];
            let other = places.find(slots, end.other);
            ends[*count] = (node, End { other, ..end });
            // Hits were all kept before the first was noted, so that edges between them were noted twice.
            *count += usize::from(other <= node);
        }
        let ends = &ends[..*count];
        // In each list nodes before its own come first, then the others: how many of either, then where the next goes.
        free.clear();
        free.resize(slots.len(), [0; 2]);
        for (node, end) in ends {
            free[*node as usize][0] += u32::from(end.other != *node);
            free[end.other as usize][1] += 1;
        }
        let Subgraph { offsets, neighbours, .. } = into;
        offsets.clear();
        offsets.push(0);
        let mut total = 0;
        for [before, after] in &mut *free {
            let start = total;
            total += *before + *after;
            offsets.push(total);
            (*before, *after) = (start, start + *before);
        }
        neighbours.clear();
        neighbours.resize(total as usize, Neighbour::default());
        for &(node, End { other, weight, relation, incoming }) in ends {
            let place = &mut free[other as usize][1];
            neighbours[*place as usize] = Neighbour { node, relation, reverse: incoming == 1, weight };
            *place += 1;
        }
        // Going through the lists in their order, each node puts itself into those of the nodes after it.
        for node in 0..slots.len() {
            for at in free[node][0]..offsets[node + 1] {
                let Neighbour { node: after, relation, reverse, weight } = neighbours[at as usize];
                if after as usize == node {
                    continue;
                }
                let place = free[after as usize][0] as usize;
                free[after as usize][0] += 1;
                neighbours[place] = Neighbour { node: node as u32, relation, reverse: !reverse, weight };
                // Two edges that differ in nothing but their direction have come in the other order.
                let is_first = place == offsets[after as usize] as usize;
                if !is_first && are_twins(&neighbours[place - 1], &neighbours[place]) {
                    neighbours.swap(place - 1, place);
                }
            }
        }
    }
}

fn are_twins(a: &Neighbour, b: &Neighbour) -> bool {
    (a.node, a.relation) == (b.node, b.relation)
}
