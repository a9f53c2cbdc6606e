//! Tests that walks on sketches find the same as walks on codes after inserts, replacements and deletes.

mod common;

use common::{Random, never, recall};
use sanderling_core::hnsw::{Index, KeySet, Metric, Params};
use sanderling_core::memory::GraphMemory;
use sanderling_core::search_params::SearchParams;

const N: usize = 3000;
const QUERIES: usize = 100;

/// Returns clustered vectors, all of them moved by `mean` along every axis.
fn rows(seed: u64, dim: usize, mean: f32) -> Vec<f32> {
    Random(seed).clustered(N + QUERIES, dim, 50).into_iter().map(|value| value + mean).collect()
}

fn build(metric: Metric, dim: usize, data: &[f32]) -> Index {
    let mut index =
        Index::new(dim, Params { metric, m: 16, ef_construction: 100, seed: 1, ..Params::default() }).unwrap();
    let keys: Vec<u64> = (0..(data.len() / dim) as u64).collect();
    index.insert(&keys, data, &never).unwrap();
    index
}

#[test]
fn sketches_keep_recall() {
    // Whole lines and parts of a line, about the origin and far to one side of it.
    for (seed, dim) in [(1, 128), (2, 200), (3, 384)] {
        for mean in [0.0, 2.0] {
            let rows = rows(seed, dim, mean);
            let (data, queries) = rows.split_at(N * dim);
            let mut index = build(Metric::Cosine, dim, data);
            let by_code = recall(&index, queries, 10, 48);
            index.sketch();
            let by_sketch = recall(&index, queries, 10, 48);
            println!("dim {dim}, mean {mean}: codes {by_code:.3}, sketches {by_sketch:.3}");
            assert!(by_sketch >= by_code - 0.01, "seed {seed}, mean {mean}: {by_sketch}, {by_code}");
            index.verify().unwrap();
        }
    }
}

#[test]
fn a_beam_of_k_keeps_recall() {
    let rows = rows(4, 256, 0.0);
    let (data, queries) = rows.split_at(N * 256);
    let mut index = build(Metric::Cosine, 256, data);
    let by_code = recall(&index, queries, 64, 64);
    index.sketch();
    let by_sketch = recall(&index, queries, 64, 64);
    assert!(by_sketch >= by_code - 0.005, "{by_sketch}, {by_code}");
}

#[test]
fn changes_keep_every_sketch_that_of_its_code() {
    let dim = 160;
    let rows = rows(5, dim, 1.0);
    let (data, queries) = rows.split_at(N * dim);
    let mut index = build(Metric::Cosine, dim, &data[..N / 2 * dim]);
    index.sketch();
    let keys: Vec<u64> = (0..N as u64).collect();
    for (turn, at) in (0..N / 2).step_by(300).enumerate() {
        assert_eq!(index.delete(&keys[at..at + 150]), 150);
        let new = N / 2 + at..N / 2 + at + 300;
        index.insert(&keys[new.clone()], &data[new.start * dim..new.end * dim], &never).unwrap();
        // Others get new vectors.
        index.insert(&keys[at + 150..at + 300], &data[at * dim..(at + 150) * dim], &never).unwrap();
        index.verify().unwrap_or_else(|error| panic!("turn {turn}: {error}"));
    }
    let churned = recall(&index, queries, 10, 64);
    assert!(churned >= 0.95, "{churned}");
}

#[test]
fn filters_and_reranking_work_on_sketches() {
    let dim = 144;
    let rows = rows(6, dim, 0.0);
    let (data, queries) = rows.split_at(N * dim);
    let mut index = build(Metric::Cosine, dim, data);
    index.sketch();
    let allowed = KeySet::new((0..N as u64).filter(|key| key % 3 == 0).collect());
    let mut same = 0;
    for query in queries.chunks_exact(dim) {
        let params = SearchParams { scan_few: false, ..SearchParams::new(10, 64) };
        let found = index.search(query, &params, Some(&allowed)).unwrap();
        assert!(found.keys.len() == 10 && found.keys.iter().all(|key| allowed.contains(*key)));
        let all = index.search(query, &params, None).unwrap();
        assert!(all.distances.is_sorted());
        // The best by code are those measured again, not any of the beam.
        let best = index.search(query, &SearchParams { rerank: 20, ..params }, None).unwrap();
        same += best.keys.iter().filter(|key| all.keys.contains(key)).count();
        // Distances are exact, and fewer candidates do not change those of the nearest that are left.
        let few = index.search(query, &SearchParams { rerank: 1, ..params }, None).unwrap();
        let exact = index.search_exact(query, N).unwrap();
        for found in [&found, &all, &few] {
            for (key, distance) in found.keys.iter().zip(&found.distances) {
                let at = exact.keys.iter().position(|other| other == key).unwrap();
                assert_eq!(*distance, exact.distances[at]);
            }
        }
    }
    assert!(same >= QUERIES * 10 * 99 / 100, "{same}");
}

#[test]
fn only_long_vectors_under_cosine_are_sketched() {
    for (metric, dim) in [(Metric::L2, 128), (Metric::InnerProduct, 128), (Metric::Cosine, 127), (Metric::Cosine, 3)] {
        let rows = Random(7).clustered(400, dim, 10);
        let mut index = build(metric, dim, &rows);
        let search = |index: &Index| index.search(&rows[..dim], &SearchParams::new(20, 20), None).unwrap().keys;
        let before = search(&index);
        index.sketch();
        assert_eq!(search(&index), before, "{metric:?} {dim}");
        index.verify().unwrap();
    }
}

/// Tests that a large memory gets sketches by itself, in one insertion, in several, and when it is opened.
#[test]
fn a_large_memory_is_sketched() {
    const LARGE: usize = 1 << 15;
    let dim = 128;
    let rows = Random(8).clustered(LARGE + QUERIES, dim, 400);
    let (data, queries) = rows.split_at(LARGE * dim);
    let keys: Vec<u64> = (0..LARGE as u64).collect();
    let mut memory = GraphMemory::new(dim, Params { m: 4, ef_construction: 10, ..Params::default() }).unwrap();
    let most = LARGE - 10;
    memory.insert(&keys[..most], &data[..most * dim], &never).unwrap();
    assert!(!memory.index().is_sketched());
    memory.insert(&keys[most..], &data[most * dim..], &never).unwrap();
    assert!(memory.index().is_sketched());
    let opened = GraphMemory::from_bytes(&memory.to_bytes(1).unwrap()).unwrap().0;
    assert!(opened.index().is_sketched());
    memory.verify().unwrap();
    opened.verify().unwrap();
    let (built, opened) = (recall(memory.index(), queries, 10, 64), recall(opened.index(), queries, 10, 64));
    assert_eq!(built, opened);
}
