//! Tests the recall of the index against brute force.

mod common;

use common::{Random, never, recall};
use sanderling_core::hnsw::{Index, Insertion, KeySet, Metric, Params, Precision};
use sanderling_core::memory::GraphMemory;
use sanderling_core::search_params::SearchParams;

const N: usize = 3000;
const QUERIES: usize = 100;

fn measure(name: &str, dim: usize, make: impl Fn(&mut Random, usize) -> Vec<f32>) {
    for metric in Metric::ALL {
        for seed in [1, 2] {
            let random = &mut Random(seed);
            // One draw, so that the queries come from the clusters of the data.
            let rows = make(random, N + QUERIES);
            let (data, queries) = rows.split_at(N * dim);
            let mut index =
                Index::new(dim, Params { metric, m: 16, ef_construction: 100, seed, ..Params::default() }).unwrap();
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

/// Tests vectors whose codes do not fill a whole number of cache lines.
#[test]
fn coded_vectors() {
    measure("coded", 100, |random, n| random.clustered(n, 100, 50));
}

/// Tests that an index in 16 bits finds what the same index in f32 finds, at the same distances.
///
/// A value differs by `largest / 64,516` at most on either side, so a distance of unit vectors by
/// `2 √dim · largest / 64,516`, where no value is above 1; the nodes may differ only where distances do not.
#[test]
fn sixteen_bits_find_what_f32_finds() {
    let (dim, k) = (96, 10);
    let random = &mut Random(4);
    let rows = random.clustered(N + QUERIES, dim, 50);
    let (data, queries) = rows.split_at(N * dim);
    let keys: Vec<u64> = (0..N as u64).collect();
    let [wide, narrow] = Precision::ALL.map(|precision| {
        let mut index =
            Index::new(dim, Params { m: 16, ef_construction: 100, precision, ..Params::default() }).unwrap();
        index.insert(&keys, data, &never).unwrap();
        index.verify().unwrap();
        index
    });
    let largest = keys.iter().flat_map(|key| wide.vector(*key).unwrap().to_vec()).fold(0f32, |a, b| a.max(b.abs()));
    let bound = 2.0 * (dim as f32).sqrt() * largest.max(0.6) / 64_516.0;
    let mut same = 0;
    for query in queries.chunks_exact(dim) {
        let [a, b] = [&wide, &narrow].map(|index| index.search(query, &SearchParams::new(k, 64), None).unwrap());
        same += a.keys.iter().filter(|key| b.keys.contains(key)).count();
        let off = a.distances.iter().zip(&b.distances).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
        assert!(off <= bound, "{off} > {bound}");
    }
    // Neighbours in rank are mostly farther apart than the bound.
    assert!(same >= QUERIES * k * 99 / 100, "{same}");
}

#[test]
fn filters_keep_recall() {
    let (dim, k) = (96, 10);
    let random = &mut Random(9);
    let rows = random.clustered(N + QUERIES, dim, 50);
    let (data, queries) = rows.split_at(N * dim);
    for metric in Metric::ALL {
        let mut index =
            Index::new(dim, Params { metric, m: 16, ef_construction: 100, seed: 1, ..Params::default() }).unwrap();
        let keys: Vec<u64> = (0..N as u64).collect();
        index.insert(&keys, data, &never).unwrap();
        // By key, which says nothing of the place, and by place: nodes far from the query as likely as near ones.
        let side = |key: &u64| data[*key as usize * dim] > 0.0;
        let filters: [(&str, Vec<u64>); 4] = [
            ("50%", keys.iter().copied().filter(|key| key % 2 == 0).collect()),
            ("5%", keys.iter().copied().filter(|key| key % 20 == 0).collect()),
            ("0.5%", keys.iter().copied().filter(|key| key % 200 == 0).collect()),
            ("one side", keys.iter().copied().filter(side).collect()),
        ];
        let orders: Vec<Vec<u64>> =
            queries.chunks_exact(dim).map(|query| index.search_exact(query, N).unwrap().keys).collect();
        for (name, keys) in filters {
            let allowed = KeySet::new(keys);
            let mut found = 0;
            for (query, order) in queries.chunks_exact(dim).zip(&orders) {
                let hits = index.search(query, &SearchParams::new(k, 32), Some(&allowed)).unwrap();
                let nearest: Vec<u64> = order.iter().copied().filter(|key| allowed.contains(*key)).take(k).collect();
                assert_eq!(hits.keys.len(), nearest.len());
                found += hits.keys.iter().filter(|key| nearest.contains(key)).count();
            }
            let recall = found as f64 / (QUERIES * k) as f64;
            println!("{metric:?}, {name} allowed: recall@10 at ef 32 = {recall:.3}");
            assert!(recall >= 0.95, "{metric:?} {name}: recall {recall}");
        }
    }
}

/// Tests recall when the nodes of 50 domains are inserted one domain after another.
///
/// A memory reads its folders in this way. Queries come from all domains. The nodes of a domain are either near each
/// other or anywhere. Either way a search must be as good as with nodes inserted in any order, and a search among the
/// nodes of a single domain too, whether the query is near them or not.
#[test]
fn domains_do_not_cost_recall() {
    let (n, dim, k, domains) = (4000, 96, 10, 50);
    let random = &mut Random(21);
    let centres = random.vectors(domains, dim);
    let near = |random: &mut Random, centre: usize| -> Vec<f32> {
        (0..dim).map(|i| centres[centre * dim + i] + random.normal()).collect()
    };
    let queries: Vec<f32> = (0..QUERIES).flat_map(|i| near(random, i % domains)).collect();
    let rows: Vec<f32> = (0..n).flat_map(|i| near(random, i % domains)).collect();
    let keys: Vec<u64> = (0..n as u64).collect();
    let build = |order: &[u64]| {
        let mut index = Index::new(dim, Params { m: 16, ef_construction: 100, ..Params::default() }).unwrap();
        for keys in order.chunks(n / domains) {
            let rows: Vec<f32> = keys.iter().flat_map(|key| &rows[*key as usize * dim..][..dim]).copied().collect();
            index.insert(keys, &rows, &never).unwrap();
        }
        index
    };
    // Keys modulo 50 are the places; hashed they are no place at all.
    let domain = |key: u64, placed: bool| if placed { key % 50 } else { Random(key).bits() % 50 };
    let plain = recall(&build(&keys), &queries, k, 32);
    for placed in [true, false] {
        let mut order = keys.clone();
        order.sort_by_key(|key| domain(*key, placed));
        let index = build(&order);
        let among_all = recall(&index, &queries, k, 32);
        println!("placed {placed}: recall@10 at ef 32 = {among_all:.4}, {plain:.4} in any order");
        // 3 of 1,000 hits: three standard deviations of what the order of insertion does by chance.
        assert!(among_all >= plain - 0.005 - 0.003, "{among_all} {plain}");
        for (at, query) in queries.chunks_exact(dim).enumerate() {
            let one = KeySet::new(keys.iter().copied().filter(|key| domain(*key, placed) == at as u64 / 2).collect());
            for scan_few in [true, false] {
                let params = SearchParams { scan_few, ..SearchParams::new(k, 32) };
                let got = index.search(query, &params, Some(&one)).unwrap().keys;
                let exact = index.search_exact(query, n).unwrap().keys.into_iter().filter(|key| one.contains(*key));
                assert!(got.len() == k && !scan_few || got == exact.take(k).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (n, dim) = (1500, 64);
    let rows = Random(3).clustered(n, dim, 20);
    let build = |threads| {
        let mut memory = GraphMemory::new(dim, Params { m: 8, ef_construction: 40, ..Params::default() }).unwrap();
        for (keys, vectors) in (0..n as u64).collect::<Vec<_>>().chunks(700).zip(rows.chunks(700 * dim)) {
            memory.insert_parallel(Insertion { keys, vectors, threads }, &never).unwrap();
        }
        memory.to_bytes(0).unwrap()
    };
    assert!(build(1) == build(3));
}

#[test]
fn few_nodes_are_scanned_and_many_are_not() {
    let rows = Random(4).vectors(600, 64);
    let mut index = Index::new(64, Params { m: 8, ef_construction: 40, ..Params::default() }).unwrap();
    index.insert(&(0..600).collect::<Vec<_>>(), &rows, &never).unwrap();
    assert!(index.search(&rows[..64], &SearchParams::new(5, 100), None).unwrap().stats.exact);
    assert!(!index.search(&rows[..64], &SearchParams::new(5, 10), None).unwrap().stats.exact);
    let walk = SearchParams { scan_few: false, ..SearchParams::new(5, 100) };
    let walked = index.search(&rows[..64], &walk, None).unwrap();
    assert!(!walked.stats.exact);
    // Distances are those of the f32 rows either way.
    let scanned = index.search_exact(&rows[..64], 5).unwrap();
    assert_eq!((walked.keys, walked.distances), (scanned.keys, scanned.distances));
}

#[test]
fn duplicates_stay_reachable() {
    let (n, dim) = (1000, 8);
    for seed in [1, 2] {
        let random = &mut Random(seed);
        let few = random.vectors(5, dim);
        let rows: Vec<f32> = (0..n).flat_map(|i| few[i % 5 * dim..][..dim].to_vec()).collect();
        for metric in Metric::ALL {
            let mut index =
                Index::new(dim, Params { metric, m: 4, ef_construction: 20, seed, ..Params::default() }).unwrap();
            index.insert(&(0..n as u64).collect::<Vec<_>>(), &rows, &never).unwrap();
            assert_eq!(index.unreachable(), 0, "{metric:?} seed {seed}");
            assert_eq!(index.search(&rows[..dim], &SearchParams::new(300, 10), None).unwrap().keys.len(), 300);
        }
    }
}
