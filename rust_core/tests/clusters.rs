//! Tests an index in clusters against a naive model and against the graph it was: searches, changes, edges and snapshots.

mod common;

use common::{Random, never};
use proptest::prelude::*;
use sanderling_core::Error;
use sanderling_core::attention::Parameters;
use sanderling_core::hnsw::{Insertion, KeySet, Metric, Params, Precision};
use sanderling_core::memory::GraphMemory;
use sanderling_core::search_params::SearchParams;
use sanderling_core::shared::SharedMemory;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const DIM: usize = 70;

fn empty(precision: Precision) -> GraphMemory {
    GraphMemory::new(DIM, Params { m: 4, ef_construction: 20, precision, ..Params::default() }).unwrap()
}

fn built(n: usize, groups: usize, precision: Precision) -> (GraphMemory, Vec<f32>) {
    let rows = Random(7).clustered(n, DIM, groups);
    let mut memory = empty(precision);
    memory.insert(&(0..n as u64).collect::<Vec<_>>(), &rows, &never).unwrap();
    let ends: Vec<u64> = (0..n as u64).collect();
    let others: Vec<u64> = ends.iter().map(|key| key * 7 % n as u64).collect();
    memory.link(&ends, &others, &vec![1; n], &vec![0.5; n]).unwrap();
    (memory, rows)
}

fn all(params: SearchParams) -> SearchParams {
    SearchParams { nprobe: usize::MAX, ..params }
}

fn forced(k: usize, nprobe: usize) -> SearchParams {
    SearchParams { nprobe, scan_few: false, ..SearchParams::new(k, 64) }
}

/// The edges of a memory by key, and what does not depend on slots.
fn edges(memory: &GraphMemory) -> Vec<(u64, u64)> {
    let keys: Vec<u64> = (0..100_000).filter(|key| memory.index().contains(*key)).collect();
    let found = memory.subgraph(&keys, 0, keys.len()).unwrap();
    let mut edges: Vec<(u64, u64)> = Vec::new();
    for (at, key) in found.keys.iter().enumerate() {
        let (from, to) = (found.offsets[at] as usize, found.offsets[at + 1] as usize);
        edges.extend(found.neighbours[from..to].iter().map(|next| (*key, found.keys[next.node as usize])));
    }
    edges.sort_unstable();
    edges
}

#[derive(Debug, Clone)]
enum Step {
    Insert(Vec<(u64, u64)>),
    Delete(Vec<u64>),
    Partition,
    Save,
    Search(u64, usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..60u64;
    prop_oneof![
        3 => prop::collection::vec((key.clone(), 0..30u64), 0..25).prop_map(Step::Insert),
        2 => prop::collection::vec(key, 0..25).prop_map(Step::Delete),
        1 => Just(Step::Partition),
        1 => Just(Step::Save),
        3 => (0..30u64, 1..70usize, 0..9usize).prop_map(|(seed, k, nprobe)| Step::Search(seed, k, nprobe)),
    ]
}

/// One of few vectors, so that equal ones are common.
fn vector(seed: u64) -> Vec<f32> {
    Random(seed + 1).vectors(1, DIM)
}

fn cosine_distance(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    1.0 - dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// After any changes a search of all clusters is exact, a search of some finds only nodes that are there, with their
    /// distances, and as many as there are allowed ones, up to `k`. Distances of f32 rows of 70 values are off by less
    /// than 2⁻¹⁸.
    #[test]
    fn any_sequence_of_changes_leaves_what_the_model_holds(steps in prop::collection::vec(step(), 1..25)) {
        let mut memory = empty(Precision::Float32);
        let mut model: BTreeMap<u64, u64> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Insert(rows) => {
                    let keys: Vec<u64> = rows.iter().map(|(key, _)| *key).collect();
                    let vectors: Vec<f32> = rows.iter().flat_map(|(_, seed)| vector(*seed)).collect();
                    memory.insert(&keys, &vectors, &never).unwrap();
                    model.extend(rows);
                }
                Step::Delete(keys) => {
                    memory.delete(&keys);
                    keys.iter().for_each(|key| _ = model.remove(key));
                }
                Step::Partition => match memory.partition(1, &never) {
                    Ok(()) => prop_assert!(memory.index().clusters() > 0),
                    Err(error) => {
                        let refused = matches!(error, Error::Parameter { .. });
                        prop_assert!(model.is_empty() && refused);
                    }
                },
                Step::Save => memory = GraphMemory::from_bytes(&memory.to_bytes(3).unwrap()).unwrap().0,
                Step::Search(seed, k, nprobe) => {
                    let query = vector(seed);
                    for step in [1, 2, 7] {
                        let allowed = KeySet::new((0..60).step_by(step).collect());
                        let mut near: Vec<f64> = model
                            .iter()
                            .filter(|(key, _)| allowed.contains(**key))
                            .map(|(_, seed)| cosine_distance(&query, &vector(*seed)))
                            .collect();
                        near.sort_unstable_by(f64::total_cmp);
                        let exact = memory.search(&query, &all(SearchParams::new(k, 100)), Some(&allowed)).unwrap();
                        prop_assert_eq!(exact.keys.len(), k.min(near.len()));
                        for (got, expected) in exact.distances.iter().zip(&near) {
                            prop_assert!((f64::from(*got) - expected).abs() < 1.0 / (1 << 18) as f64);
                        }
                        let some = memory.search(&query, &forced(k, nprobe), Some(&allowed)).unwrap();
                        prop_assert_eq!(some.keys.len(), k.min(near.len()));
                        for (key, got) in some.keys.iter().zip(&some.distances) {
                            let expected = cosine_distance(&query, &vector(model[key]));
                            prop_assert!(allowed.contains(*key));
                            prop_assert!((f64::from(*got) - expected).abs() < 1.0 / (1 << 18) as f64);
                        }
                    }
                }
            }
            prop_assert_eq!(memory.index().len(), model.len());
            prop_assert_eq!(memory.index().unreachable(), 0);
            memory.verify().unwrap();
        }
    }
}

#[test]
fn edges_vectors_and_attention_survive_new_slots() {
    for precision in Precision::ALL {
        let (mut memory, rows) = built(900, 20, precision);
        memory.delete(&(0..900).step_by(9).collect::<Vec<_>>());
        let prior = Arc::new(Parameters::prior(2).unwrap());
        memory.set_attention(prior.clone(), 1).unwrap();
        let params = SearchParams::new(12, 64);
        let query = &rows[5 * DIM..][..DIM];
        let before = (edges(&memory), memory.vectors(&[5, 700, 3]).unwrap());
        let weighed = memory.attend(&prior, query, &[5, 700], &[], &params).unwrap();
        memory.partition(2, &never).unwrap();
        assert!(memory.index().clusters() >= 50);
        assert_eq!((edges(&memory), memory.vectors(&[5, 700, 3]).unwrap()), before);
        assert_eq!(memory.attend(&prior, query, &[5, 700], &[], &params).unwrap(), weighed);
        memory.verify().unwrap();
        // And a vector that replaces another takes over its edges, as in a graph.
        memory.insert(&[5], &rows[8 * DIM..][..DIM], &never).unwrap();
        assert_eq!(edges(&memory), before.0);
    }
}

#[test]
fn few_clusters_find_most_of_the_nearest_and_more_find_more() {
    let (mut memory, rows) = built(6000, 80, Precision::Int16);
    memory.partition(1, &never).unwrap();
    let queries: Vec<&[f32]> = rows.chunks_exact(DIM).step_by(60).collect();
    let recall = |nprobe: usize, allowed: Option<&KeySet>| {
        let found = queries.iter().map(|query| {
            let params = forced(10, nprobe);
            let truth = memory.search(query, &all(params), allowed).unwrap();
            let got = memory.search(query, &params, allowed).unwrap();
            assert!(truth.stats.exact && got.stats.exact == (nprobe >= memory.index().clusters()));
            got.keys.iter().filter(|key| truth.keys.contains(key)).count()
        });
        found.sum::<usize>() as f64 / (10 * queries.len()) as f64
    };
    let [one, few, many] = [1, 8, 32].map(|nprobe| recall(nprobe, None));
    println!("recall: {one:.3}, {few:.3}, {many:.3} of {} clusters", memory.index().clusters());
    assert!(one < few && few <= many && few > 0.97, "{one}, {few}, {many}");
    assert!(recall(0, None) > 0.9);
    // A filter makes a search look into more clusters, not find less.
    let tenth = KeySet::new((0..6000).step_by(10).collect());
    assert!(recall(8, Some(&tenth)) >= few - 0.02);
}

#[test]
fn a_partition_is_the_same_whatever_the_threads_and_due_again_at_twice_as_many_nodes() {
    let (mut one, rows) = built(3000, 30, Precision::Float32);
    let (mut three, _) = built(3000, 30, Precision::Float32);
    assert!(one.index().is_partition_due(3000) && !one.index().is_partition_due(3001));
    one.partition(1, &never).unwrap();
    three.partition(3, &never).unwrap();
    assert!(one.to_bytes(1).unwrap() == three.to_bytes(1).unwrap());
    let mut due_at = None;
    for from in (0..3000).step_by(100) {
        assert!(!one.index().is_partition_due(1) || from > 2800, "{from}");
        let keys: Vec<u64> = (3000 + from..3100 + from).map(|key| key as u64).collect();
        one.insert(&keys, &rows[from * DIM..][..100 * DIM], &never).unwrap();
        due_at = due_at.or(one.index().is_partition_due(1).then_some(one.index().len()));
    }
    assert!(due_at.is_some_and(|nodes| (5900..=6000).contains(&nodes)), "{due_at:?}");
}

#[test]
fn only_coded_cosine_vectors_form_clusters_and_a_stop_changes_nothing() {
    for (dim, metric) in [(3, Metric::Cosine), (DIM, Metric::InnerProduct), (DIM, Metric::L2)] {
        let mut memory = GraphMemory::new(dim, Params { metric, ..Params::default() }).unwrap();
        memory.insert(&[1, 2], &Random(1).vectors(2, dim), &never).unwrap();
        assert!(!memory.index().is_partition_due(1));
        assert!(matches!(memory.partition(1, &never), Err(Error::Parameter { .. })));
    }
    let (mut memory, _) = built(100, 5, Precision::Float32);
    let before = memory.to_bytes(1).unwrap();
    assert_eq!(memory.partition(1, &|| true), Err(Error::Stopped));
    assert!(matches!(memory.partition(0, &never), Err(Error::Parameter { .. })));
    assert!(memory.to_bytes(1).unwrap() == before);
}

#[test]
fn a_snapshot_says_its_clusters_and_damage_is_found_where_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.idx");
    let (mut memory, rows) = built(60_000, 100, Precision::Int16);
    memory.save(&path, 4).unwrap();
    let version = |path: &std::path::Path| std::fs::read(path).unwrap()[8];
    assert_eq!((version(&path), GraphMemory::sections(&path).unwrap().len()), (4, 12));
    memory.partition(2, &never).unwrap();
    memory.save(&path, 5).unwrap();
    let sections = GraphMemory::sections(&path).unwrap();
    assert_eq!((version(&path), sections[12]), (5, ("clusters of nodes", 240_000)));
    assert_eq!((sections[4].1, sections[5].1), (0, 0));

    let (loaded, generation) = GraphMemory::load(&path).unwrap();
    assert_eq!((generation, loaded.index().clusters()), (5, memory.index().clusters()));
    loaded.verify().unwrap();
    let query = &rows[..DIM];
    let hits = memory.search(query, &forced(10, 4), None).unwrap();
    assert_eq!(loaded.search(query, &forced(10, 4), None).unwrap(), hits);
    drop(loaded);

    // Zeros instead of a tenth of the codes: searches elsewhere do not see it, and those there say so.
    let mut file = std::fs::read(&path).unwrap();
    let codes = file.windows(8).position(|bytes| bytes == b"SNDRMEM\0").unwrap() + code_offset(&sections);
    file[codes..][..sections[6].1 / 10].fill(0);
    std::fs::write(&path, file).unwrap();
    let (damaged, _) = GraphMemory::load(&path).unwrap();
    let found: Vec<bool> = rows
        .chunks_exact(DIM)
        .step_by(1000)
        .map(|query| match damaged.search(query, &forced(5, 2), None) {
            Ok(hits) => {
                assert_eq!(hits, memory.search(query, &forced(5, 2), None).unwrap());
                true
            }
            Err(error) => {
                assert_eq!(error, Error::Checksum);
                false
            }
        })
        .collect();
    assert!(found.contains(&true) && found.contains(&false));
    assert_eq!(damaged.verify(), Err(Error::Checksum));
    assert_eq!(damaged.to_bytes(1).unwrap_err(), Error::Checksum);
}

/// Returns the offset of the codes: the sections begin at 64 and each at a multiple of 64.
fn code_offset(sections: &[(&str, usize)]) -> usize {
    sections[..6].iter().fold(64, |at, (_, length)| (at + length).next_multiple_of(64))
}

#[test]
fn searches_run_while_clusters_are_found() {
    let (memory, rows) = built(1500, 10, Precision::Float32);
    let shared = SharedMemory::new(memory);
    let (ask, asked) = channel();
    let (answer, answered) = channel();
    thread::scope(|scope| {
        let (shared, rows) = (&shared, &rows);
        scope.spawn(move || {
            for () in asked {
                let hits = shared.read().unwrap().search(&rows[..DIM], &SearchParams::new(5, 16), None).unwrap();
                answer.send(hits.keys.len()).unwrap();
            }
        });
        let stop = || {
            ask.send(()).unwrap();
            assert_eq!(answered.recv_timeout(Duration::from_secs(60)).expect("a search waits"), 5);
            false
        };
        shared.partition(1, &stop).unwrap();
        drop(ask);
    });
    let keys: Vec<u64> = (5000..5300).collect();
    shared.insert(Insertion { keys: &keys, vectors: &rows[..300 * DIM], threads: 2 }, &never).unwrap();
    let memory = shared.read().unwrap();
    assert_eq!(memory.index().len(), 1800);
    memory.verify().unwrap();
}
