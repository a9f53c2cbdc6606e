//! Tests that deletes do not reduce recall.
//!
//! An index in which half the nodes were replaced is compared with a new index of the same nodes.

mod common;

use common::{Random, never, recall};
use sanderling_core::hnsw::{Index, Metric, Params};

const N: usize = 2000;
const DIM: usize = 32;

fn build(metric: Metric, keys: &[u64], rows: &[f32]) -> Index {
    let mut index =
        Index::new(DIM, Params { metric, m: 12, ef_construction: 80, seed: 3, ..Params::default() }).unwrap();
    index.insert(keys, rows, &never).unwrap();
    index
}

/// Replaces half of the nodes, `batch` at a time, and checks that a new index has hardly better recall.
fn churn(metric: Metric, seed: u64, clusters: Option<usize>, batch: usize) {
    let random = &mut Random(seed);
    let total = N + N / 2 + 200;
    let rows = match clusters {
        Some(clusters) => random.clustered(total, DIM, clusters),
        None => random.vectors(total, DIM),
    };
    let (data, queries) = rows.split_at((N + N / 2) * DIM);
    let keys: Vec<u64> = (0..(N + N / 2) as u64).collect();
    let mut index = build(metric, &keys[..N], &data[..N * DIM]);
    for start in (0..N / 2).step_by(batch) {
        assert_eq!(index.delete(&keys[start..start + batch]), batch);
        assert_eq!(index.unreachable(), 0, "{metric:?} seed {seed}: after deleting up to {}", start + batch);
        let new = N + start..N + start + batch;
        index.insert(&keys[new.clone()], &data[new.start * DIM..new.end * DIM], &never).unwrap();
        assert_eq!(index.unreachable(), 0, "{metric:?} seed {seed}: after inserting up to {}", new.end);
    }
    let fresh = build(metric, &keys[N / 2..], &data[N / 2 * DIM..]);
    assert_eq!(index.len(), fresh.len());
    let (churned, fresh) = (recall(&index, queries, 10, 64), recall(&fresh, queries, 10, 64));
    println!("{metric:?}, clusters {clusters:?}, seed {seed}: churned {churned:.3}, fresh {fresh:.3}");
    assert!(churned >= fresh - 0.02, "{metric:?} seed {seed}: churned {churned}, fresh {fresh}");
}

#[test]
fn random_vectors_cosine() {
    churn(Metric::Cosine, 1, None, 50);
}

#[test]
fn random_vectors_inner_product() {
    churn(Metric::InnerProduct, 2, None, 100);
}

#[test]
fn clustered_vectors_l2() {
    churn(Metric::L2, 3, Some(40), 50);
}

#[test]
fn half_of_the_nodes_at_once() {
    churn(Metric::Cosine, 4, Some(40), N / 2);
}

#[test]
fn vectors_replaced_under_their_keys() {
    let random = &mut Random(5);
    let rows = random.vectors(2 * N, DIM);
    let keys: Vec<u64> = (0..N as u64).collect();
    let mut index = build(Metric::L2, &keys, &rows[..N * DIM]);
    index.insert(&keys, &rows[N * DIM..], &never).unwrap();
    assert_eq!((index.len(), index.unreachable()), (N, 0));
    assert_eq!(index.vector(7).unwrap(), &rows[(N + 7) * DIM..][..DIM]);
    let queries = random.vectors(200, DIM);
    let fresh = build(Metric::L2, &keys, &rows[N * DIM..]);
    let (churned, fresh) = (recall(&index, &queries, 10, 64), recall(&fresh, &queries, 10, 64));
    println!("replaced {churned:.3}, fresh {fresh:.3}");
    assert!(churned >= fresh - 0.02, "replaced {churned}, fresh {fresh}");
}
