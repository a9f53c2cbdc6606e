//! Edges and subgraphs against naive versions: a map of edges, a breadth-first ball, all walks.

use proptest::prelude::*;
use sanderling_core::graph::{Edge, Graph, Neighbour, Subgraph};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const KEYS: u64 = 14;

type Edges = BTreeMap<(u64, u64, u16), f32>;

fn edges() -> impl Strategy<Value = Vec<Edge>> {
    // Sixteenths multiply exactly in f64 over the few hops tested, so that walks compare equal when they are.
    let edge = (0..KEYS, 0..KEYS, 0..3u16, 1..=16u8).prop_map(|(src, dst, relation, sixteenths)| Edge {
        src,
        dst,
        relation,
        weight: f32::from(sixteenths) / 16.0,
    });
    prop::collection::vec(edge, 0..40)
}

fn hits() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0..KEYS, 1..5)
}

fn build(edges: &[Edge]) -> (Graph, Edges) {
    let mut graph = Graph::default();
    let mut model = Edges::new();
    for edge in edges {
        graph.link(*edge).unwrap();
        model.insert((edge.src, edge.dst, edge.relation), edge.weight);
    }
    (graph, model)
}

fn listed(graph: &Graph) -> Edges {
    graph.edges().into_iter().map(|edge| ((edge.src, edge.dst, edge.relation), edge.weight)).collect()
}

/// Best product over walks of exactly 0, 1, … `hops` edges from a hit, per node.
fn best_walks(model: &Edges, hits: &[u64], hops: u32) -> HashMap<u64, f64> {
    let mut ends: HashMap<u64, f64> = hits.iter().map(|key| (*key, 1.0)).collect();
    let mut best = ends.clone();
    for _ in 0..hops {
        let mut next = HashMap::new();
        for ((src, dst, _), weight) in model {
            for (from, to) in [(src, dst), (dst, src)] {
                if let Some(product) = ends.get(from) {
                    let end = next.entry(*to).or_insert(0.0f64);
                    *end = end.max(product * f64::from(*weight));
                }
            }
        }
        for (key, product) in &next {
            let known = best.entry(*key).or_insert(0.0);
            *known = known.max(*product);
        }
        ends = next;
    }
    best
}

/// Every edge between kept nodes, as each end sees it, in the documented order.
fn rows(model: &Edges, keys: &[u64]) -> Vec<Vec<Neighbour>> {
    let place = |key: &u64| keys.iter().position(|kept| kept == key);
    let mut rows = vec![Vec::new(); keys.len()];
    for ((src, dst, relation), weight) in model {
        if let (Some(from), Some(to)) = (place(src), place(dst)) {
            let end = |node, reverse| Neighbour { node: node as u32, relation: *relation, reverse, weight: *weight };
            rows[to].push(end(from, false));
            if from != to {
                rows[from].push(end(to, true));
            }
        }
    }
    rows.iter_mut().for_each(|row| row.sort_by_key(|end| (end.node, end.relation, end.reverse)));
    rows
}

fn lists(subgraph: &Subgraph) -> Vec<Vec<Neighbour>> {
    let range = |ends: &[u32]| subgraph.neighbours[ends[0] as usize..ends[1] as usize].to_vec();
    subgraph.offsets.windows(2).map(range).collect()
}

fn once(hits: &[u64]) -> Vec<u64> {
    let mut seen = BTreeSet::new();
    hits.iter().copied().filter(|key| seen.insert(*key)).collect()
}

proptest! {
    #[test]
    fn edges_are_those_of_a_map(
        edges in edges(),
        unlinked in prop::collection::vec((0..KEYS, 0..KEYS, 0..3u16), 0..20),
        removed in prop::collection::vec(0..KEYS, 0..4),
    ) {
        let (mut graph, mut model) = build(&edges);
        prop_assert_eq!(listed(&graph), model.clone());
        for (src, dst, relation) in unlinked {
            prop_assert_eq!(graph.unlink(src, dst, relation), model.remove(&(src, dst, relation)).is_some());
        }
        for key in removed {
            let before = model.len();
            model.retain(|(src, dst, _), _| *src != key && *dst != key);
            prop_assert_eq!(graph.remove(key), before - model.len());
        }
        prop_assert_eq!(graph.edge_count(), model.len());
        // Both ends agree: the subgraph of all nodes shows every edge from both sides.
        let keys: Vec<u64> = (0..KEYS).collect();
        prop_assert_eq!(lists(&graph.neighbourhood(&keys, 0, 100).unwrap()), rows(&model, &keys));
        prop_assert_eq!(listed(&graph), model);
    }

    #[test]
    fn an_uncapped_subgraph_is_the_ball_by_best_walks(edges in edges(), hits in hits(), hops in 0..4u32) {
        let (graph, model) = build(&edges);
        let subgraph = graph.neighbourhood(&hits, hops, 1000).unwrap();
        let best = best_walks(&model, &hits, hops);
        let first = once(&hits);
        prop_assert_eq!(&subgraph.keys[..first.len()], &first[..]);
        prop_assert_eq!(subgraph.keys.iter().collect::<BTreeSet<_>>(), best.keys().collect::<BTreeSet<_>>());
        prop_assert_eq!(subgraph.keys.len(), best.len());
        prop_assert!(subgraph.keys[first.len()..].is_sorted_by(|a, b| best[a] >= best[b]), "{:?}", subgraph.keys);
        prop_assert_eq!(lists(&subgraph), rows(&model, &subgraph.keys));
        prop_assert!(subgraph.depth_touched <= hops);
        prop_assert_eq!(subgraph.depth_touched == 0, subgraph.keys.len() == first.len());
    }

    #[test]
    fn a_cap_cuts_the_end_off(edges in edges(), hits in hits(), hops in 0..4u32, max_nodes in 1..20usize) {
        let (graph, model) = build(&edges);
        let whole = graph.neighbourhood(&hits, hops, 1000).unwrap();
        let capped = graph.neighbourhood(&hits, hops, max_nodes).unwrap();
        prop_assert_eq!(&capped.keys[..], &whole.keys[..max_nodes.min(whole.keys.len())]);
        prop_assert_eq!(lists(&capped), rows(&model, &capped.keys));
        prop_assert!(capped.depth_touched <= whole.depth_touched);
    }
}

#[test]
fn a_strong_second_hop_comes_before_a_weak_first_one() {
    let mut graph = Graph::default();
    for (src, dst, weight) in [(1, 2, 0.9), (3, 2, 0.9), (1, 4, 0.5), (4, 5, 0.1), (5, 6, 1.0)] {
        graph.link(Edge { src, dst, relation: 0, weight }).unwrap();
    }
    let subgraph = graph.neighbourhood(&[1], 2, 10).unwrap();
    assert_eq!((subgraph.keys, subgraph.depth_touched), (vec![1, 2, 3, 4, 5], 2));
    let subgraph = graph.neighbourhood(&[1, 77], 2, 3).unwrap();
    assert_eq!((subgraph.keys, subgraph.depth_touched), (vec![1, 77, 2], 1));
    assert!(graph.neighbourhood(&[1], 2, 0).is_err());
    assert_eq!(graph.neighbourhood(&[], 2, 5).unwrap().offsets, [0]);
}
