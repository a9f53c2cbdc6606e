//! Tests random sequences of changes and searches against a naive model, which sorts all vectors by distance.

mod common;

use common::never;
use proptest::prelude::*;
use sanderling_core::Error;
use sanderling_core::hnsw::{Index, Insertion, KeySet, Metric, Params, SearchResult};
use sanderling_core::search_params::SearchParams;
use std::cell::Cell;
use std::collections::BTreeMap;

const DIM: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Insert(Vec<(u64, [f32; DIM])>),
    Delete(Vec<u64>),
    Search([f32; DIM], usize, usize),
}

/// Generates vectors with few distinct values, so that equal vectors and equal distances are common.
///
/// Replaced keys are common too, since `step` uses few keys.
fn vector() -> impl Strategy<Value = [f32; DIM]> {
    prop::array::uniform3((1..4i8).prop_map(f32::from))
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..40u64;
    prop_oneof![
        3 => prop::collection::vec((key.clone(), vector()), 0..25).prop_map(Step::Insert),
        2 => prop::collection::vec(key, 0..25).prop_map(Step::Delete),
        2 => (vector(), 1..50usize, 1..20usize).prop_map(|(query, k, ef)| Step::Search(query, k, ef)),
    ]
}

fn distance(metric: Metric, a: &[f32; DIM], b: &[f32; DIM]) -> f64 {
    let wide = || a.iter().zip(b).map(|(x, y)| (f64::from(*x), f64::from(*y)));
    let dot: f64 = wide().map(|(x, y)| x * y).sum();
    match metric {
        Metric::InnerProduct => 1.0 - dot,
        Metric::L2 => wide().map(|(x, y)| (x - y).powi(2)).sum(),
        Metric::Cosine => {
            let norm = |v: &[f32; DIM]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            1.0 - dot / norm(a) / norm(b)
        }
    }
}

/// Largest rounding error of a distance.
///
/// Values from 1 to 3 make every sum of `DIM` products or squares at most 27 and exact in f32, so that only cosine
/// rounds: each normalised value by u = 2⁻²⁴ twice over, the sum of three products by γ_3, the subtraction by u.
/// Together less than 8u times the size of the sum, which is at most 1.
const TOLERANCE: f64 = 8.0 / (1 << 24) as f64;

type Model = BTreeMap<u64, [f32; DIM]>;

/// Checks exact and approximate searches against the model.
///
/// The approximate searches scan or walk, among all nodes and among the nodes of every `step`-th key. A search returns
/// fewer than `k` hits only if there are fewer nodes to find.
fn check_search(index: &Index, model: &Model, query: &[f32; DIM], k: usize, ef: usize) {
    check_hits(&index.search_exact(query, k).unwrap(), index.params().metric, model, query, k);
    for scan_few in [true, false] {
        let params = SearchParams { scan_few, ..SearchParams::new(k, ef) };
        check_hits(&index.search(query, &params, None).unwrap(), index.params().metric, model, query, k);
        for step in [2, 7, 50] {
            let allowed = KeySet::new((0..40).step_by(step).collect());
            let those = model.iter().filter(|(key, _)| allowed.contains(**key)).map(|(key, vector)| (*key, *vector));
            let params = SearchParams { rerank: k, ..params };
            let hits = index.search(query, &params, Some(&allowed)).unwrap();
            check_hits(&hits, index.params().metric, &those.collect(), query, k);
        }
    }
}

fn check_hits(hits: &SearchResult, metric: Metric, model: &Model, query: &[f32; DIM], k: usize) {
    let mut naive: Vec<f64> = model.values().map(|vector| distance(metric, query, vector)).collect();
    naive.sort_by(f64::total_cmp);
    naive.truncate(k);
    assert_eq!(hits.keys.len(), naive.len());
    for (got, expected) in hits.distances.iter().zip(&naive).filter(|_| hits.stats.exact) {
        assert!((f64::from(*got) - expected).abs() <= TOLERANCE, "{got} {expected}");
    }
    let order: Vec<_> = hits.distances.iter().map(|distance| distance.to_bits()).zip(&hits.keys).collect();
    for (pair, distances) in order.windows(2).zip(hits.distances.windows(2)) {
        assert!(distances[0] < distances[1] || distances[0] == distances[1] && pair[0].1 < pair[1].1, "{hits:?}");
    }
    for (key, got) in hits.keys.iter().zip(&hits.distances) {
        assert!((f64::from(*got) - distance(metric, query, &model[key])).abs() <= TOLERANCE);
    }
    assert_eq!(hits.stats.k, hits.keys.len());
    assert_eq!(hits.stats.min, hits.distances.first().map_or(0.0, |distance| f64::from(*distance)));
    assert_eq!(hits.stats.max, hits.distances.last().map_or(0.0, |distance| f64::from(*distance)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn an_index_does_what_a_map_does(
        steps in prop::collection::vec(step(), 1..25),
        metric in prop::sample::select(&Metric::ALL),
        m in 2..5usize,
        ef_construction in 1..20usize,
        seed: u64,
    ) {
        let mut index = Index::new(DIM, Params { metric, m, ef_construction, seed, ..Params::default() }).unwrap();
        let mut model = BTreeMap::new();
        for step in steps {
            match step {
                Step::Insert(rows) => {
                    let keys: Vec<u64> = rows.iter().map(|row| row.0).collect();
                    let vectors = rows.iter().map(|row| row.1).collect::<Vec<_>>();
                    let insertion = Insertion { keys: &keys, vectors: vectors.as_flattened(), threads: 1 };
                    index.insert_parallel(insertion, &never).unwrap();
                    model.extend(rows);
                }
                Step::Delete(keys) => {
                    let there = keys.iter().filter(|key| model.remove(key).is_some()).count();
                    prop_assert_eq!(index.delete(&keys), there);
                }
                Step::Search(query, k, ef) => check_search(&index, &model, &query, k, ef),
            }
            prop_assert_eq!(index.len(), model.len());
            prop_assert_eq!(index.verify(), Ok(()));
            prop_assert!((0..40).all(|key| index.contains(key) == model.contains_key(&key)));
        }
        if metric != Metric::Cosine {
            prop_assert!(model.iter().all(|(key, vector)| index.vector(*key).as_deref() == Ok(vector.as_slice())));
        }
    }

    #[test]
    fn the_same_steps_and_seed_give_the_same_answers(
        rows in prop::collection::vec((0..100u64, vector()), 1..80), query in vector(), seed: u64,
    ) {
        let keys: Vec<u64> = rows.iter().map(|row| row.0).collect();
        let vectors: Vec<[f32; DIM]> = rows.iter().map(|row| row.1).collect();
        let params = Params { metric: Metric::L2, m: 2, ef_construction: 4, seed, ..Params::default() };
        let build = || {
            let mut index = Index::new(DIM, params).unwrap();
            index.insert(&keys, vectors.as_flattened(), &never).unwrap();
            index.delete(&keys[..keys.len() / 3]);
            index.search(&query, &SearchParams { scan_few: false, ..SearchParams::new(5, 5) }, None).unwrap()
        };
        prop_assert_eq!(build(), build());
    }
}

#[test]
fn a_raised_stop_flag_keeps_the_rows_before() {
    let mut index = Index::new(1, Params { metric: Metric::L2, ..Params::default() }).unwrap();
    index.insert(&[0, 1, 2, 3], &[0.0, 1.0, 2.0, 3.0], &never).unwrap();
    let asked = Cell::new(0);
    let stop = || asked.replace(asked.get() + 1) == 2;
    assert_eq!(index.insert(&[1, 9, 2], &[10.0, 90.0, 20.0], &stop), Err(Error::Stopped));
    assert_eq!((index.len(), index.unreachable()), (5, 0));
    assert_eq!(index.vector(1).as_deref(), Ok(&[10.0][..]));
    assert_eq!(index.vector(9).as_deref(), Ok(&[90.0][..]));
    assert_eq!(index.vector(2).as_deref(), Ok(&[2.0][..]));
}

#[test]
fn a_stop_flag_raised_once_is_heard_whenever_it_is() {
    let rows: Vec<f32> = (0..300).map(|i| i as f32).collect();
    let keys: Vec<u64> = (0..300).collect();
    for threads in [1, 2] {
        for at in [0, 1, 2, 3, 63, 64, 65, 100] {
            let mut index = Index::new(1, Params { metric: Metric::L2, ..Params::default() }).unwrap();
            let asked = Cell::new(0);
            let stop = || asked.replace(asked.get() + 1) == at;
            let insertion = Insertion { keys: &keys, vectors: &rows, threads };
            let result = index.insert_parallel(insertion, &stop);
            // With a second thread there may be fewer questions than rows.
            assert_eq!(result.is_err(), asked.get() > at, "{threads} threads, stopped at {at}");
            assert!(threads > 1 || index.len() == at);
            assert!((0..index.len() as u64).all(|key| index.contains(key)) && index.unreachable() == 0);
        }
    }
}

#[test]
fn an_unfit_row_changes_nothing() {
    let mut index = Index::new(2, Params::default()).unwrap();
    for (rows, error) in [
        (&[1.0, 0.0, f32::NAN, 1.0][..], Error::NotFinite { row: 1 }),
        (&[1.0, 0.0, 0.0, 0.0], Error::ZeroVector { row: 1 }),
        (&[1.0, 0.0, 1.0], Error::Length { what: "values (keys times dimension)", expected: 4, got: 3 }),
    ] {
        assert_eq!(index.insert(&[1, 2], rows, &never), Err(error));
        assert!(index.is_empty());
    }
    assert!(matches!(index.search(&[1.0, 0.0], &SearchParams::new(0, 1), None), Err(Error::Parameter { .. })));
    assert!(matches!(index.search(&[1.0, 0.0], &SearchParams::new(1, 0), None), Err(Error::Parameter { .. })));
    let no_rerank = SearchParams { rerank: 0, ..SearchParams::new(1, 1) };
    assert!(matches!(index.search(&[1.0, 0.0], &no_rerank, None), Err(Error::Parameter { .. })));
    let nobody = Insertion { keys: &[], vectors: &[], threads: 0 };
    assert!(matches!(index.insert_parallel(nobody, &never), Err(Error::Parameter { .. })));
    assert_eq!(index.search(&[1.0], &SearchParams::new(1, 1), None), Err(Error::Dimension { expected: 2, got: 1 }));
    assert_eq!(index.search(&[1.0, 0.0], &SearchParams::new(usize::MAX, 1), None).unwrap().stats.k, 0);
}

#[test]
fn searches_run_in_parallel() {
    let mut index = Index::new(1, Params { metric: Metric::L2, ..Params::default() }).unwrap();
    let values: Vec<f32> = (0..500).map(|i| i as f32).collect();
    index.insert(&(0..500).collect::<Vec<_>>(), &values, &never).unwrap();
    std::thread::scope(|scope| {
        for start in 0..4 {
            let index = &index;
            scope.spawn(move || {
                for i in (start..500).step_by(4) {
                    assert_eq!(index.search(&[i as f32], &SearchParams::new(1, 8), None).unwrap().keys, [i as u64]);
                }
            });
        }
    });
}
