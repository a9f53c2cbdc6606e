//! Recall of the index against brute force.

mod common;

use common::{Random, never, recall};
use sanderling_core::hnsw::{Index, Metric, Params};

const N: usize = 3000;
const QUERIES: usize = 100;

fn measure(name: &str, dim: usize, make: impl Fn(&mut Random, usize) -> Vec<f32>) {
    for metric in Metric::ALL {
        for seed in [1, 2] {
            let random = &mut Random(seed);
            // One draw, so that the queries come from the clusters of the data.
            let rows = make(random, N + QUERIES);
            let (data, queries) = rows.split_at(N * dim);
            let mut index = Index::new(dim, Params { metric, m: 16, ef_construction: 100, seed }).unwrap();
            let keys: Vec<u64> = (0..N as u64).collect();
            index.insert(&keys, data, &never).unwrap();
            assert_eq!(index.unreachable(), 0, "{name} {metric:?} seed {seed}");
            let recall = recall(&index, queries, 10, 64);
            println!("{name}, dim {dim}, {metric:?}, seed {seed}: recall@10 at ef 64 = {recall:.3}");
            assert!(recall >= 0.95, "{name} {metric:?} seed {seed}: recall {recall}");
        }
    }
}

#[test]
fn random_vectors() {
    measure("random", 32, |random, n| random.vectors(n, 32));
}

#[test]
fn clustered_vectors() {
    measure("clustered", 64, |random, n| random.clustered(n, 64, 50));
}

#[test]
fn duplicates_stay_reachable() {
    let (n, dim) = (1000, 8);
    for seed in [1, 2] {
        let random = &mut Random(seed);
        let few = random.vectors(5, dim);
        let rows: Vec<f32> = (0..n).flat_map(|i| few[i % 5 * dim..][..dim].to_vec()).collect();
        for metric in Metric::ALL {
            let mut index = Index::new(dim, Params { metric, m: 4, ef_construction: 20, seed }).unwrap();
            index.insert(&(0..n as u64).collect::<Vec<_>>(), &rows, &never).unwrap();
            assert_eq!(index.unreachable(), 0, "{metric:?} seed {seed}");
            assert_eq!(index.search(&rows[..dim], 300, 10).unwrap().keys.len(), 300);
        }
    }
}
