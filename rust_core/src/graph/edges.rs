//! Adjacency over `u64` keys. A node is known here only by its edges; which keys exist is the caller's knowledge.

use crate::error::{Error, Result};
use std::collections::HashMap;

/// A typed, weighted edge. Two nodes may have one edge per relation and direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Where it starts.
    pub src: u64,
    /// Where it ends; may be `src`.
    pub dst: u64,
    /// Relation id.
    pub relation: u16,
    /// Finite and above 0.
    pub weight: f32,
}

impl Edge {
    /// Whether the edge may be stored.
    pub(crate) fn check(&self) -> Result<()> {
        if self.weight.is_finite() && self.weight > 0.0 {
            return Ok(());
        }
        Err(Error::Parameter { what: "an edge weight must be finite and above 0", got: self.weight.to_string() })
    }
}

/// An edge as one of its ends keeps it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct End {
    pub(super) other: u64,
    pub(super) relation: u16,
    pub(super) weight: f32,
}

/// Edges of one node, both lists sorted by other end and relation.
#[derive(Debug, Default)]
pub(super) struct Ends {
    pub(super) out: Vec<End>,
    pub(super) incoming: Vec<End>,
}

/// All edges.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: HashMap<u64, Ends>,
    edge_count: usize,
}

fn place(list: &[End], other: u64, relation: u16) -> std::result::Result<usize, usize> {
    list.binary_search_by_key(&(other, relation), |end| (end.other, end.relation))
}

/// Whether the end is a new one.
fn put(list: &mut Vec<End>, end: End) -> bool {
    match place(list, end.other, end.relation) {
        Ok(at) => {
            list[at] = end;
            false
        }
        Err(at) => {
            list.insert(at, end);
            true
        }
    }
}

/// Whether the end was there.
fn take(list: &mut Vec<End>, other: u64, relation: u16) -> bool {
    place(list, other, relation).is_ok_and(|at| {
        list.remove(at);
        true
    })
}

impl Graph {
    /// Number of edges.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edge_count
    }

    /// Adds an edge; the same ends and relation again replace the weight.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the weight is not finite or not above 0.
    pub fn link(&mut self, edge: Edge) -> Result<()> {
        edge.check()?;
        let Edge { src, dst, relation, weight } = edge;
        let new = put(&mut self.nodes.entry(src).or_default().out, End { other: dst, relation, weight });
        put(&mut self.nodes.entry(dst).or_default().incoming, End { other: src, relation, weight });
        self.edge_count += usize::from(new);
        Ok(())
    }

    /// Removes an edge; false when there was none.
    pub fn unlink(&mut self, src: u64, dst: u64, relation: u16) -> bool {
        if !self.nodes.get_mut(&src).is_some_and(|ends| take(&mut ends.out, dst, relation)) {
            return false;
        }
        self.forget(dst, |ends| _ = take(&mut ends.incoming, src, relation));
        self.forget(src, |_| ());
        self.edge_count -= 1;
        true
    }

    /// Removes every edge of `key`; returns how many there were.
    pub fn remove(&mut self, key: u64) -> usize {
        let Some(ends) = self.nodes.remove(&key) else { return 0 };
        // A self-loop stands in both lists and counts once; its other list is gone with the node.
        let away = |end: &&End| end.other != key;
        let removed = ends.out.len() + ends.incoming.iter().filter(away).count();
        for end in ends.out.iter().filter(away) {
            self.forget(end.other, |other| _ = take(&mut other.incoming, key, end.relation));
        }
        for end in ends.incoming.iter().filter(away) {
            self.forget(end.other, |other| _ = take(&mut other.out, key, end.relation));
        }
        self.edge_count -= removed;
        removed
    }

    /// All edges, sorted by source, destination, relation.
    #[must_use]
    pub fn edges(&self) -> Vec<Edge> {
        let mut sources: Vec<_> = self.nodes.iter().collect();
        sources.sort_unstable_by_key(|(src, _)| **src);
        let edge = |src: u64, end: &End| Edge { src, dst: end.other, relation: end.relation, weight: end.weight };
        sources.into_iter().flat_map(|(src, ends)| ends.out.iter().map(move |end| edge(*src, end))).collect()
    }

    pub(super) fn ends(&self, key: u64) -> Option<&Ends> {
        self.nodes.get(&key)
    }

    /// Changes the lists of `key`, and drops them when they are empty.
    fn forget(&mut self, key: u64, change: impl FnOnce(&mut Ends)) {
        if let Some(ends) = self.nodes.get_mut(&key) {
            change(ends);
            if ends.out.is_empty() && ends.incoming.is_empty() {
                self.nodes.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_out_of_range_change_nothing() {
        let mut graph = Graph::default();
        for weight in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let refused = graph.link(Edge { src: 1, dst: 2, relation: 0, weight });
            assert!(matches!(refused, Err(Error::Parameter { .. })), "{weight}");
        }
        assert_eq!((graph.edge_count(), graph.nodes.len()), (0, 0));
    }

    #[test]
    fn nodes_without_edges_leave_nothing_behind() {
        let mut graph = Graph::default();
        for (src, dst) in [(1, 1), (1, 2), (2, 1), (2, 3)] {
            graph.link(Edge { src, dst, relation: 5, weight: 1.0 }).unwrap();
        }
        assert_eq!(graph.remove(1), 3);
        assert!(graph.unlink(2, 3, 5));
        assert!(!graph.unlink(2, 3, 5));
        assert_eq!((graph.edge_count(), graph.nodes.len()), (0, 0));
    }
}
