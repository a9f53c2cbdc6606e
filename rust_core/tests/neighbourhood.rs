//! Tests edges and subgraphs against naive versions: a map of edges, a breadth-first search, all walks.
//!
//! Slots and keys are told apart by keys that do not rise with the slots.

use proptest::prelude::*;
use sanderling_core::Error;
use sanderling_core::graph::{Edge, End, Graph, Neighbour, Neighbourhood, Nodes, Subgraph};
use sanderling_core::hnsw::KeySet;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const SLOTS: u32 = 14;

type Edges = BTreeMap<(u32, u32, u16), f32>;

/// Nodes whose keys are computed from their slots. If there is a set, only its keys are allowed.
struct Named(Option<KeySet>);

impl Nodes for Named {
    fn key(&self, slot: u32) -> u64 {
        u64::from(slot * 5 % SLOTS)
    }
    fn allowed(&self) -> Option<&KeySet> {
        self.0.as_ref()
    }
}

fn edges() -> impl Strategy<Value = Vec<Edge>> {
    // Sixteenths multiply exactly in f64 over the few hops tested, so that walks compare equal when they are.
    let edge = (0..SLOTS, 0..SLOTS, 0..3u16, 1..=16u8).prop_map(|(src, dst, relation, sixteenths)| Edge {
        src,
        dst,
        relation,
        weight: f32::from(sixteenths) / 16.0,
    });
    prop::collection::vec(edge, 0..40)
}

fn hits() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..SLOTS, 1..5)
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
    graph.edges().map(|edge| ((edge.src, edge.dst, edge.relation), edge.weight)).collect()
}

/// Returns, for each node, the largest product of edge weights over all walks of at most `hops` edges from a hit.
fn best_walks(model: &Edges, hits: &[u32], hops: u32) -> HashMap<u32, f64> {
    let mut ends: HashMap<u32, f64> = hits.iter().map(|key| (*key, 1.0)).collect();
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

/// Returns the neighbours of each key, in the order documented for [`Subgraph`].
fn rows(model: &Edges, keys: &[u32]) -> Vec<Vec<Neighbour>> {
    let place = |key: &u32| keys.iter().position(|kept| kept == key);
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

fn once(hits: &[u32]) -> Vec<u32> {
    let mut seen = BTreeSet::new();
    hits.iter().copied().filter(|key| seen.insert(*key)).collect()
}

/// Returns the slots and the subgraph of the neighbourhood. The same buffers serve all calls of a test.
fn find(graph: &Graph, hits: &[u32], hops: u32, max_nodes: usize, into: &mut Neighbourhood) -> (Vec<u32>, Subgraph) {
    graph.neighbourhood(hits, hops, max_nodes, &Named(None), into).unwrap();
    let keys: Vec<u64> = into.slots.iter().map(|slot| Named(None).key(*slot)).collect();
    assert_eq!(into.subgraph.keys, keys);
    (into.slots.clone(), into.subgraph.clone())
}

#[derive(Debug, Clone)]
enum Change {
    Link(Edge),
    Unlink(u32, u32, u16),
    Remove(u32),
    /// Moves the edges of a slot to a slot that is not in use.
    Rename(u32),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        6 => (0..SLOTS, 0..SLOTS, 0..3u16, 1..=16u8).prop_map(|(src, dst, relation, sixteenths)| {
            Change::Link(Edge { src, dst, relation, weight: f32::from(sixteenths) / 16.0 })
        }),
        3 => (0..SLOTS, 0..SLOTS, 0..3u16).prop_map(|(src, dst, relation)| Change::Unlink(src, dst, relation)),
        1 => (0..SLOTS).prop_map(Change::Remove),
        1 => (0..SLOTS).prop_map(Change::Rename),
    ];
    prop::collection::vec(change, 0..300)
}

proptest! {
    #[test]
    fn edges_are_those_of_a_map(changes in changes()) {
        let (mut graph, mut model) = (Graph::default(), Edges::new());
        for change in changes {
            match change {
                Change::Link(edge) => {
                    graph.link(edge).unwrap();
                    model.insert((edge.src, edge.dst, edge.relation), edge.weight);
                }
                Change::Unlink(src, dst, relation) => {
                    let expected = model.remove(&(src, dst, relation)).is_some();
                    prop_assert_eq!(graph.unlink(src, dst, relation), expected);
                }
                Change::Remove(slot) => {
                    let before = model.len();
                    model.retain(|(src, dst, _), _| *src != slot && *dst != slot);
                    prop_assert_eq!(graph.remove(slot).len(), before - model.len());
                }
                Change::Rename(slot) => {
                    let taken: BTreeSet<u32> = model.keys().flat_map(|(src, dst, _)| [*src, *dst]).collect();
                    let Some(free) = (0..SLOTS).find(|slot| !taken.contains(slot)) else { continue };
                    graph.rename(slot, free);
                    let moved = |at: u32| if at == slot { free } else { at };
                    model = model.into_iter().map(|((s, d, r), weight)| ((moved(s), moved(d), r), weight)).collect();
                }
            }
            prop_assert_eq!(graph.edge_count(), model.len());
        }
        // Both ends agree: the subgraph of all nodes shows every edge from both sides.
        let slots: Vec<u32> = (0..SLOTS).collect();
        let (_, subgraph) = find(&graph, &slots, 0, 100, &mut Neighbourhood::default());
        prop_assert_eq!(lists(&subgraph), rows(&model, &slots));
        prop_assert_eq!(listed(&graph), model.clone());
        let (counts, ends) = graph.to_arrays(SLOTS as usize);
        let again = Graph::from_arrays(&counts, ends.clone(), |_| true).unwrap();
        prop_assert_eq!((listed(&again), again.edge_count()), (model.clone(), model.len()));
        prop_assert_eq!(again.to_arrays(SLOTS as usize), (counts, ends));
    }

    /// Checks that damaged arrays are refused or give a valid graph, in which every edge is entered at both ends.
    #[test]
    fn damaged_parts_are_refused_or_whole(
        edges in edges(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, 0..20u32), 1..3),
        dead in prop::option::of(0..SLOTS),
    ) {
        let (graph, _) = build(&edges);
        let (mut counts, mut ends) = graph.to_arrays(SLOTS as usize);
        for (at, field, value) in damage {
            match (field, at) {
                (0, at) => counts[at.index(SLOTS as usize)] = value,
                (_, _) if ends.is_empty() => {}
                (1, at) => ends[at.index(graph.edge_count())].other = value,
                (2, at) => ends[at.index(graph.edge_count())].relation = value as u16,
                (_, at) => ends[at.index(graph.edge_count())].incoming = value as u16,
            }
        }
        match Graph::from_arrays(&counts, ends, |slot| Some(slot) != dead) {
            Err(error) => prop_assert!(matches!(error, Error::Corrupt { .. }), "{error}"),
            Ok(graph) => {
                let (again, _) = build(&graph.edges().collect::<Vec<_>>());
                prop_assert_eq!(again.to_arrays(SLOTS as usize), graph.to_arrays(SLOTS as usize));
                prop_assert!(dead.is_none_or(|dead| graph.ends(dead).is_empty()));
            }
        }
    }

    #[test]
    fn an_uncapped_subgraph_is_the_ball_by_best_walks(edges in edges(), hits in hits(), hops in 0..4u32) {
        let (graph, model) = build(&edges);
        let (slots, subgraph) = find(&graph, &hits, hops, 1000, &mut Neighbourhood::default());
        let best = best_walks(&model, &hits, hops);
        let first = once(&hits);
        prop_assert_eq!(&slots[..first.len()], &first[..]);
        prop_assert_eq!(slots.iter().collect::<BTreeSet<_>>(), best.keys().collect::<BTreeSet<_>>());
        prop_assert_eq!(slots.len(), best.len());
        prop_assert!(slots[first.len()..].is_sorted_by(|a, b| best[a] >= best[b]), "{:?}", slots);
        prop_assert_eq!(lists(&subgraph), rows(&model, &slots));
        prop_assert!(subgraph.depth_touched <= hops);
        prop_assert_eq!(subgraph.depth_touched == 0, slots.len() == first.len());
    }

    /// Checks that a small `max_nodes` only cuts the end off the list of nodes, although it also prunes walks.
    #[test]
    fn a_cap_cuts_the_end_off(edges in edges(), hits in hits(), hops in 0..4u32, max_nodes in 1..20usize) {
        let (graph, model) = build(&edges);
        let into = &mut Neighbourhood::default();
        let (whole_slots, whole) = find(&graph, &hits, hops, 1000, into);
        let (slots, capped) = find(&graph, &hits, hops, max_nodes, into);
        prop_assert_eq!(&slots[..], &whole_slots[..max_nodes.min(whole_slots.len())]);
        prop_assert_eq!(lists(&capped), rows(&model, &slots));
        prop_assert!(capped.depth_touched <= whole.depth_touched);
        prop_assert_eq!(find(&graph, &hits, hops, 1000, into), (whole_slots, whole));
    }

    #[test]
    fn nodes_that_are_not_allowed_are_as_if_they_were_not_there(
        edges in edges(), hits in hits(), hops in 0..4u32, max_nodes in 1..20usize,
        allowed in prop::collection::btree_set(0..SLOTS, 0..14),
    ) {
        let is_inside = |edge: &Edge| allowed.contains(&edge.src) && allowed.contains(&edge.dst);
        let inside: Vec<Edge> = edges.iter().copied().filter(is_inside).collect();
        let inner: Vec<u32> = hits.iter().copied().filter(|hit| allowed.contains(hit)).collect();
        let expected = find(&build(&inside).0, &inner, hops, max_nodes, &mut Neighbourhood::default());
        let named = Named(Some(KeySet::new(allowed.iter().map(|slot| Named(None).key(*slot)).collect())));
        let mut got = Neighbourhood::default();
        build(&edges).0.neighbourhood(&hits, hops, max_nodes, &named, &mut got).unwrap();
        prop_assert_eq!((got.slots, got.subgraph), expected);
    }
}

#[test]
fn a_strong_second_hop_comes_before_a_weak_first_one() {
    let mut graph = Graph::default();
    for (src, dst, weight) in [(1, 2, 0.9), (3, 2, 0.9), (1, 4, 0.5), (4, 5, 0.1), (5, 6, 1.0)] {
        graph.link(Edge { src, dst, relation: 0, weight }).unwrap();
    }
    let into = &mut Neighbourhood::default();
    let (slots, subgraph) = find(&graph, &[1], 2, 10, into);
    assert_eq!((slots, subgraph.depth_touched), (vec![1, 2, 3, 4, 5], 2));
    let (slots, subgraph) = find(&graph, &[1, 77], 2, 3, into);
    assert_eq!((slots, subgraph.depth_touched), (vec![1, 77, 2], 1));
    assert!(graph.neighbourhood(&[1], 2, 0, &Named(None), into).is_err());
    assert_eq!(find(&graph, &[], 2, 5, into).1.offsets, [0]);
}

#[test]
fn each_broken_part_is_named() {
    let mut graph = Graph::default();
    for (src, dst) in [(0, 1), (0, 2), (1, 1)] {
        graph.link(Edge { src, dst, relation: 3, weight: 0.5 }).unwrap();
    }
    let (counts, ends) = graph.to_arrays(3);
    assert_eq!(counts, [2, 3, 1]);
    let refused = |counts: &[u32], change: &dyn Fn(&mut [End])| {
        let mut ends = ends.clone();
        change(&mut ends);
        match Graph::from_arrays(counts, ends, |slot| slot != 9) {
            Err(Error::Corrupt { what }) => what,
            other => panic!("{other:?}"),
        }
    };
    assert!(refused(&[2, 3, 2], &|_| ()).contains("add up"));
    assert!(refused(&counts, &|ends| ends[1].other = 3).contains("no slot"));
    assert!(refused(&counts, &|ends| ends[0].incoming = 2).contains("neither"));
    assert!(refused(&counts, &|ends| ends[0].other = 2).contains("order"));
    assert!(refused(&counts, &|ends| ends[0].weight = f32::NAN).contains("weight"));
    assert!(refused(&counts, &|ends| ends[0].weight = 0.25).contains("agree"));
    assert!(refused(&counts, &|ends| ends[5].incoming = 0).contains("agree"));
    let live = |slot| slot != 2;
    assert!(
        matches!(Graph::from_arrays(&counts, ends.clone(), live), Err(Error::Corrupt { what }) if what.contains("not there"))
    );
}
