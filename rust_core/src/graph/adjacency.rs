//! The graph, as one list of edges per slot. Each edge is entered in the lists of both its ends. The caller knows which
//! slots are in use.

use super::edges::{Edge, End};
use super::lists::Lists;
use crate::error::Result;

/// All edges of a memory, each between two slots of the index.
///
/// ```
/// use sanderling_core::graph::{Edge, Graph};
///
/// let mut graph = Graph::default();
/// graph.link(Edge { src: 0, dst: 4, relation: 1, weight: 0.5 })?;
/// assert_eq!((graph.ends(4)[0].other, graph.ends(4)[0].incoming), (0, 1));
/// assert!(graph.unlink(0, 4, 1) && graph.edge_count() == 0);
/// # Ok::<(), sanderling_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Graph {
    pub(super) lists: Lists,
    pub(super) edge_count: usize,
}

impl Graph {
    /// Number of edges.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edge_count
    }

    /// Adds an edge, or replaces the weight of an existing edge with the same source, destination and relation.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) when the weight is not finite or not above 0.
    pub fn link(&mut self, edge: Edge) -> Result<()> {
        edge.check()?;
        self.put(edge);
        Ok(())
    }

    /// Removes an edge and returns whether it existed.
    pub fn unlink(&mut self, src: u32, dst: u32, relation: u16) -> bool {
        let there = self.lists.take(src, (dst, relation, 0));
        if there {
            self.lists.take(dst, (src, relation, 1));
            self.edge_count -= 1;
        }
        there
    }

    /// Removes and returns all edges from and to `slot`.
    pub fn remove(&mut self, slot: u32) -> Vec<Edge> {
        let ends = self.lists.clear(slot);
        // A self-loop has two entries in the list and is returned once.
        let kept = ends.iter().filter(|end| end.other != slot || end.incoming == 0);
        let edges: Vec<Edge> = kept.map(|end| end.edge(slot)).collect();
        for end in &ends {
            self.lists.take(end.other, (slot, end.relation, 1 - end.incoming));
        }
        self.edge_count -= edges.len();
        edges
    }

    /// Moves all edges of slot `from` to slot `to`, which must not have any edges.
    pub fn rename(&mut self, from: u32, to: u32) {
        let moved = |slot: u32| if slot == from { to } else { slot };
        for edge in self.remove(from) {
            self.put(Edge { src: moved(edge.src), dst: moved(edge.dst), ..edge });
        }
    }

    fn put(&mut self, edge: Edge) {
        self.edge_count += usize::from(self.lists.put(edge.src, edge.outgoing()));
        self.lists.put(edge.dst, edge.incoming());
    }

    /// Returns the entries in the list of `slot`, sorted by other end, relation and direction.
    #[must_use]
    pub fn ends(&self, slot: u32) -> &[End] {
        self.lists.list(slot)
    }

    /// Iterates over all edges, sorted by source, destination and relation.
    pub fn edges(&self) -> impl Iterator<Item = Edge> {
        let out = |slot| self.lists.list(slot).iter().filter(|end| end.incoming == 0).map(move |end| end.edge(slot));
        (0..self.lists.slots() as u32).flat_map(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn weights_out_of_range_change_nothing() {
        let mut graph = Graph::default();
        for weight in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let refused = graph.link(Edge { src: 1, dst: 2, relation: 0, weight });
            assert!(matches!(refused, Err(Error::Parameter { .. })), "{weight}");
        }
        assert_eq!((graph.edge_count(), graph.edges().count()), (0, 0));
    }

    #[test]
    fn a_self_loop_counts_once() {
        let mut graph = Graph::default();
        for (src, dst) in [(1, 1), (1, 2), (2, 1), (2, 3)] {
            graph.link(Edge { src, dst, relation: 5, weight: 1.0 }).unwrap();
        }
        assert_eq!(graph.ends(1).len(), 4);
        graph.rename(1, 9);
        assert_eq!((graph.edge_count(), graph.ends(1).len(), graph.ends(9).len()), (4, 0, 4));
        assert_eq!(graph.remove(9).len(), 3);
        assert!(graph.unlink(2, 3, 5) && !graph.unlink(2, 3, 5));
        assert_eq!((graph.edge_count(), graph.edges().count()), (0, 0));
    }
}
