//! Tests nodes and edges together: how changes of nodes affect edges, and the reverse.

mod common;

use common::{Random, never};
use proptest::prelude::*;
use sanderling_core::Error;
use sanderling_core::attention::{self, Parameters};
use sanderling_core::frame::{Writer, frame};
use sanderling_core::hnsw::{KeySet, Metric, Params};
use sanderling_core::memory::GraphMemory;
use sanderling_core::search_params::SearchParams;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

fn memory() -> GraphMemory {
    let mut memory = GraphMemory::new(2, Params { metric: Metric::Cosine, ..Params::default() }).unwrap();
    memory.insert(&[1, 2, 3], &[3.0, 4.0, 1.0, 0.0, 0.0, 2.0], &never).unwrap();
    memory.link(&[1, 2, 3], &[2, 3, 1], &[0, 0, 1], &[1.0, 0.5, 0.25]).unwrap();
    memory
}

#[test]
fn a_deleted_node_takes_its_edges_along() {
    let mut memory = memory();
    assert_eq!(memory.delete(&[1, 1, 99]), 1);
    assert_eq!((memory.index().len(), memory.graph().edge_count()), (2, 1));
    assert_eq!(memory.subgraph(&[2], 1, 8).unwrap().keys, [2, 3]);
    assert_eq!(memory.subgraph(&[1], 1, 8), Err(Error::UnknownKey(1)));
    assert_eq!(memory.vectors(&[2, 1]), Err(Error::UnknownKey(1)));
}

#[test]
fn a_replaced_vector_keeps_the_edges() {
    let mut memory = memory();
    memory.insert(&[1], &[0.0, -5.0], &never).unwrap();
    assert_eq!(memory.graph().edge_count(), 3);
    assert_eq!(memory.vectors(&[1, 2]).unwrap(), [0.0, -1.0, 1.0, 0.0]);
    assert_eq!(memory.search(&[0.0, -1.0], &SearchParams::new(1, 8), None).unwrap().keys, [1]);
}

#[test]
fn an_unfit_edge_changes_nothing() {
    let mut memory = memory();
    let link = |memory: &mut GraphMemory, dst: u64, weight| memory.link(&[2, 1], &[1, dst], &[7, 7], &[1.0, weight]);
    assert_eq!(link(&mut memory, 9, 1.0), Err(Error::UnknownKey(9)));
    assert!(matches!(link(&mut memory, 2, f32::NAN), Err(Error::Parameter { .. })));
    let short = memory.link(&[1], &[2], &[], &[1.0]);
    assert_eq!(short, Err(Error::Length { what: "relations", expected: 1, got: 0 }));
    assert_eq!(memory.graph().edge_count(), 3);
    assert_eq!(memory.unlink(&[1, 1], &[2, 3], &[0, 0]), Ok(1));
    assert!(matches!(memory.unlink(&[1], &[], &[]), Err(Error::Length { .. })));
    assert_eq!(memory.graph().edge_count(), 2);
}

/// Returns attention parameters with two layers, five heads, one relation and projections of `dim` values to `rank`.
///
/// With five heads, one group of heads is not full.
fn trained(dim: usize, rank: usize, seed: u64) -> Arc<Parameters> {
    let mut body = Writer::default();
    body.put_u32s(&[0, 0, 2, 5, dim as u32, rank as u32, 1, 2]);
    let count = 3 * 2 + 5 * (2 * rank * dim + 3 + 2 * (1 + 2 + 2 * rank));
    let random = &mut Random(seed);
    body.put_f32s(&(0..count).map(|_| 0.5 * random.normal()).collect::<Vec<f32>>());
    Arc::new(Parameters::from_bytes(&frame(*b"SNDRATTN", 2, &body.into_inner())).unwrap())
}

/// Returns a memory of nodes with keys 3, 10, 17, …, linked as a ring with chords.
fn ring(metric: Metric, nodes: u64, dim: usize) -> GraphMemory {
    let random = &mut Random(4);
    let mut memory =
        GraphMemory::new(dim, Params { metric, m: 8, ef_construction: 40, seed: 1, ..Params::default() }).unwrap();
    let keys: Vec<u64> = (0..nodes).map(|i| 3 + 7 * i).collect();
    memory.insert(&keys, &random.clustered(nodes as usize, dim, 5), &never).unwrap();
    for step in [1, 2, 11] {
        let dst: Vec<u64> = (0..nodes).map(|i| 3 + 7 * ((i + step) % nodes)).collect();
        let weight: Vec<f32> = (0..nodes).map(|_| 1.0 - 0.9 * random.uniform()).collect();
        memory.link(&keys, &dst, &vec![step as u16 % 3; keys.len()], &weight).unwrap();
    }
    memory
}

#[test]
fn retrieve_is_search_then_subgraph_then_attend() {
    let random = &mut Random(5);
    for (metric, dim) in [(Metric::Cosine, 60), (Metric::InnerProduct, 70), (Metric::L2, 70)] {
        let mut memory = ring(metric, 900, dim);
        let kept = trained(dim, 6, 1);
        let all = [memory.attention().clone(), Arc::new(Parameters::prior(2).unwrap()), kept.clone()];
        for _ in 0..5 {
            let query = random.vectors(1, dim);
            for parameters in &all {
                let params = SearchParams { max_nodes: 60, ..SearchParams::new(10, 20) };
                let got = memory.retrieve(parameters, &query, &params, None).unwrap();
                assert!(!got.hits.stats.exact);
                assert_eq!(got.hits, memory.search(&query, &params, None).unwrap());
                assert_eq!(got.attended, memory.attend(parameters, &query, &got.hits.keys, &[], &params).unwrap());
                let graph = memory.subgraph(&got.hits.keys, 2, 60).unwrap();
                let vectors = memory.vectors(&graph.keys).unwrap();
                let plain = attention::attend(parameters, &query, &vectors, &[], &graph).unwrap();
                let mut weights: Vec<(f32, u64)> = plain.weights.into_iter().zip(graph.keys).collect();
                weights.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                let expected: (Vec<f32>, Vec<u64>) = weights.into_iter().unzip();
                assert_eq!((got.attended.weights, got.attended.keys), expected);
                assert_eq!((got.attended.entropy, got.attended.depth_touched), (plain.entropy, graph.depth_touched));
            }
        }
        memory.set_attention(kept.clone(), 2).unwrap();
        assert_eq!(memory.attention(), &kept);
        let query = random.vectors(1, dim);
        let params = SearchParams { max_nodes: 60, ..SearchParams::new(10, 20) };
        let got = memory.retrieve(&kept, &query, &params, None).unwrap();
        assert_eq!(got.attended, memory.attend(&kept, &query, &got.hits.keys, &[], &params).unwrap());
    }
}

/// Checks that the prior takes cosines from codes if vectors have 64 values or more.
///
/// Values of −1, 0 and 1 are codes without rounding, so that what is left is that of f32: `ε = (2n + 16)` units with n
/// = 128, as in `codes`. A score is τ times a mean of cosines with weights e^(γc), which ε moves by τ(1 + 2γ)ε = 140 ε
/// at most, and a softmax of scores by twice that.
#[test]
fn the_prior_reads_codes() {
    let (n, dim) = (900, 70);
    let random = &mut Random(9);
    let mut ternary = |count: usize| -> Vec<f32> {
        (0..count * dim).map(|_| (3.0 * random.uniform()).floor().min(2.0) - 1.0).collect()
    };
    let mut memory = GraphMemory::new(dim, Params { m: 8, ef_construction: 40, ..Params::default() }).unwrap();
    let keys: Vec<u64> = (0..n).collect();
    memory.insert(&keys, &ternary(n as usize), &never).unwrap();
    memory.link(&keys[1..], &keys[..899], &vec![0; 899], &vec![0.5; 899]).unwrap();
    for _ in 0..20 {
        let query = ternary(1);
        let params = SearchParams { max_nodes: 60, ..SearchParams::new(10, 20) };
        let got = memory.retrieve(memory.attention(), &query, &params, None).unwrap();
        let graph = memory.subgraph(&got.hits.keys, 2, 60).unwrap();
        let vectors = memory.vectors(&graph.keys).unwrap();
        let plain = attention::attend(memory.attention(), &query, &vectors, &[], &graph).unwrap();
        let expected: BTreeMap<u64, f32> = graph.keys.into_iter().zip(plain.weights).collect();
        let bound = (2.0 * 140.0 * (2.0 * 128.0 + 16.0) * f32::EPSILON).exp();
        assert!(!got.hits.stats.exact && expected.len() == got.attended.keys.len());
        for (key, weight) in got.attended.keys.iter().zip(got.attended.weights) {
            let ratio = weight / expected[key];
            assert!((1.0 / bound..=bound).contains(&ratio), "{ratio}");
        }
    }
}

#[test]
fn a_neighbourhood_holds_only_what_is_allowed() {
    let memory = ring(Metric::Cosine, 200, 8);
    let allowed = KeySet::new((0..200).filter(|i| i % 4 != 1).map(|i| 3 + 7 * i).collect());
    let params = SearchParams { max_nodes: 64, ..SearchParams::new(5, 16) };
    let got = memory.retrieve(memory.attention(), &[1.0; 8], &params, Some(&allowed)).unwrap();
    assert!(got.attended.keys.len() > got.hits.keys.len());
    assert!(got.attended.keys.iter().all(|key| allowed.contains(*key)));
    assert!(got.hits.keys.iter().all(|key| got.attended.keys.contains(key)));
}

#[test]
fn an_empty_memory_has_nothing_to_attend_to() {
    let mut memory = GraphMemory::new(6, Params::default()).unwrap();
    let params = SearchParams { max_nodes: 64, ..SearchParams::new(5, 16) };
    for _ in 0..2 {
        let got = memory.retrieve(memory.attention(), &[1.0; 6], &params, None).unwrap();
        assert!(got.hits.keys.is_empty() && got.attended.keys.is_empty());
        memory.set_attention(trained(6, 2, 1), 3).unwrap();
    }
    assert_eq!(memory.set_attention(trained(5, 2, 1), 1), Err(Error::Dimension { expected: 5, got: 6 }));
    let wrong = memory.attend(memory.attention(), &[1.0; 5], &[], &[], &params);
    assert_eq!(wrong, Err(Error::Dimension { expected: 6, got: 5 }));
}

#[test]
fn a_stopped_insertion_leaves_the_edges_with_their_nodes() {
    let mut memory = ring(Metric::L2, 40, 3);
    memory.set_attention(trained(3, 2, 1), 1).unwrap();
    let before = edges(&memory, 400);
    let asked = std::cell::Cell::new(0);
    let stop = || asked.replace(asked.get() + 1) >= 17;
    let keys: Vec<u64> = (0..40).map(|i| 3 + 7 * i).collect();
    assert_eq!(memory.insert(&keys, &Random(8).vectors(40, 3), &stop), Err(Error::Stopped));
    assert_eq!(edges(&memory, 400), before);
    is_as_if_set_now(&memory, &keys);
}

/// Returns the weight of each edge, by source key, destination key and relation.
fn edges(memory: &GraphMemory, keys: u64) -> BTreeMap<(u64, u64, u16), f32> {
    let known = (0..keys).filter_map(|key| Some((memory.index().slot(key)?, key)));
    let key: HashMap<u32, u64> = known.collect();
    memory.graph().edges().map(|edge| ((key[&edge.src], key[&edge.dst], edge.relation), edge.weight)).collect()
}

/// Checks that the projections stored in `memory` equal newly computed ones.
fn is_as_if_set_now(memory: &GraphMemory, hits: &[u64]) {
    let hits: Vec<u64> = hits.iter().copied().filter(|key| memory.index().contains(*key)).collect();
    let (mut fresh, _) = GraphMemory::from_bytes(&memory.to_bytes(0).unwrap()).unwrap();
    let parameters = memory.attention();
    fresh.set_attention(parameters.clone(), 1).unwrap();
    let query = vec![1.0; memory.index().dim()];
    let params = SearchParams { max_nodes: 100, ..SearchParams::default() };
    let attend = |memory: &GraphMemory| memory.attend(parameters, &query, &hits, &[], &params).unwrap();
    assert_eq!(attend(memory), attend(&fresh));
}

#[derive(Debug, Clone)]
enum Change {
    Insert(Vec<u64>),
    Delete(Vec<u64>),
    Link(u64, u64, u16),
    Unlink(u64, u64, u16),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn edges_follow_their_keys(
        changes in prop::collection::vec(
            prop_oneof![
                2 => prop::collection::vec(0..12u64, 1..6).prop_map(Change::Insert),
                1 => prop::collection::vec(0..12u64, 1..4).prop_map(Change::Delete),
                5 => (0..12u64, 0..12u64, 0..2u16).prop_map(|(src, dst, rel)| Change::Link(src, dst, rel)),
                1 => (0..12u64, 0..12u64, 0..2u16).prop_map(|(src, dst, rel)| Change::Unlink(src, dst, rel)),
            ],
            0..60,
        ),
        seed: u64,
    ) {
        let random = &mut Random(seed);
        let mut memory = GraphMemory::new(4, Params { m: 2, ef_construction: 8, ..Params::default() }).unwrap();
        memory.set_attention(trained(4, 3, 2), 1).unwrap();
        let (mut keys, mut model) = (BTreeSet::new(), BTreeMap::new());
        for change in changes {
            match change {
                Change::Insert(new) => {
                    memory.insert(&new, &random.vectors(new.len(), 4), &never).unwrap();
                    keys.extend(new);
                }
                Change::Delete(old) => {
                    memory.delete(&old);
                    keys.retain(|key| !old.contains(key));
                    model.retain(|(src, dst, _), _| !old.contains(src) && !old.contains(dst));
                }
                Change::Link(src, dst, relation) => {
                    let weight = 0.1 + random.uniform();
                    let linked = memory.link(&[src], &[dst], &[relation], &[weight]);
                    let known = keys.contains(&src) && keys.contains(&dst);
                    prop_assert_eq!(linked.is_ok(), known);
                    if known {
                        model.insert((src, dst, relation), weight);
                    }
                }
                Change::Unlink(src, dst, relation) => {
                    let expected = usize::from(model.remove(&(src, dst, relation)).is_some());
                    prop_assert_eq!(memory.unlink(&[src], &[dst], &[relation]), Ok(expected));
                }
            }
            prop_assert_eq!(edges(&memory, 12), model.clone());
        }
        is_as_if_set_now(&memory, &keys.into_iter().collect::<Vec<_>>());
    }
}
