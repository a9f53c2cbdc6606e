//! Files of the graph memory: what is saved comes back, and damage of any kind is an error, never a panic.

mod common;

use common::{Random, never};
use proptest::prelude::*;
use sanderling_core::Error;
use sanderling_core::bytes::{frame, unframe};
use sanderling_core::hnsw::{Metric, Params};
use sanderling_core::memory::GraphMemory;
use std::sync::LazyLock;

const MAGIC: [u8; 8] = *b"SNDRMEM\0";
const DIM: usize = 3;

/// Upper levels, free slots, a replaced key, edges and a self-loop.
fn sample(metric: Metric) -> GraphMemory {
    let mut memory = GraphMemory::new(DIM, Params { metric, m: 2, ef_construction: 8, seed: 4 }).unwrap();
    let random = &mut Random(6);
    let keys: Vec<u64> = (100..140).collect();
    memory.insert(&keys, &random.vectors(40, DIM), &never).unwrap();
    memory.insert(&keys[3..5], &random.vectors(2, DIM), &never).unwrap();
    memory.delete(&keys[20..26]);
    memory.link(&[100, 101, 102], &[101, 101, 139], &[0, 1, 2], &[0.5, 1.0, 2.0]).unwrap();
    memory
}

static SAVED: LazyLock<Vec<u8>> = LazyLock::new(|| sample(Metric::Cosine).to_bytes(77));

/// Under L2 a changed vector is mostly still a vector.
static PLAIN: LazyLock<Vec<u8>> = LazyLock::new(|| sample(Metric::L2).to_bytes(77));

fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![0..48u8, any::<u8>()]
}

/// Whatever loads must work.
fn use_it(memory: &mut GraphMemory) {
    let (dim, len) = (memory.index().dim(), memory.index().len());
    let hits = memory.search(&vec![1.0; dim], 5, 8).unwrap();
    assert_eq!(hits.keys.len(), len.min(5));
    if !hits.keys.is_empty() {
        memory.vectors(&hits.keys).unwrap();
        memory.subgraph(&hits.keys, 2, 16).unwrap();
    }
    memory.insert(&[7, 8], &vec![0.5; 2 * dim], &never).unwrap();
    memory.delete(&hits.keys);
    assert_eq!(memory.index().unreachable(), 0);
    memory.search(&vec![-1.0; dim], 50, 8).unwrap();
}

#[test]
fn what_is_saved_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.idx");
    for metric in Metric::ALL {
        let mut memory = sample(metric);
        memory.save(&path, 77).unwrap();
        let (mut loaded, generation) = GraphMemory::load(&path).unwrap();
        assert_eq!((generation, loaded.to_bytes(1)), (77, memory.to_bytes(1)));
        assert_eq!(loaded.search(&[1.0, 2.0, 3.0], 9, 9), memory.search(&[1.0, 2.0, 3.0], 9, 9));
        // The loaded one goes on as the other does: same free slots, same levels to come.
        for each in [&mut memory, &mut loaded] {
            use_it(each);
        }
        assert_eq!(loaded.to_bytes(2), memory.to_bytes(2));
    }
    assert!(matches!(GraphMemory::load(&folder.path().join("absent")), Err(Error::Io { .. })));
}

/// Long enough for codes, which are not in the file.
#[test]
fn codes_are_made_again() {
    let (n, dim) = (400, 70);
    let random = &mut Random(8);
    for metric in Metric::ALL {
        let mut memory = GraphMemory::new(dim, Params { metric, m: 4, ef_construction: 16, seed: 4 }).unwrap();
        memory.insert(&(0..n as u64).collect::<Vec<_>>(), &random.vectors(n, dim), &never).unwrap();
        memory.delete(&(100..150).collect::<Vec<_>>());
        let (mut loaded, _) = GraphMemory::from_bytes(&memory.to_bytes(0)).unwrap();
        let (query, more) = (random.vectors(1, dim), random.vectors(60, dim));
        assert!(!memory.search(&query, 5, 8).unwrap().stats.exact);
        for each in [&mut memory, &mut loaded] {
            each.insert(&(1000..1060).collect::<Vec<_>>(), &more, &never).unwrap();
            each.delete(&(0..30).collect::<Vec<_>>());
            assert_eq!(each.index().unreachable(), 0);
        }
        assert_eq!(loaded.search(&query, 5, 8), memory.search(&query, 5, 8));
        assert_eq!(loaded.to_bytes(1), memory.to_bytes(1));
    }
}

#[test]
fn an_empty_memory_comes_back() {
    let mut memory = sample(Metric::L2);
    assert_eq!(memory.delete(&(0..200).collect::<Vec<_>>()), 34);
    for empty in [memory, GraphMemory::new(2, Params::default()).unwrap()] {
        let (mut loaded, _) = GraphMemory::from_bytes(&empty.to_bytes(0)).unwrap();
        assert!(loaded.index().is_empty());
        assert_eq!(loaded.graph().edge_count(), 0);
        use_it(&mut loaded);
    }
}

/// The invariant that a body breaks.
fn refused(body: &[u8]) -> &'static str {
    match GraphMemory::from_bytes(&frame(MAGIC, 1, body)) {
        Err(Error::Corrupt { what }) => what,
        other => panic!("{other:?}"),
    }
}

/// The body of nodes at 0, 1, 2, … on a line, under the first seed that gives them `levels`.
fn line(levels: &[u8]) -> Vec<u8> {
    let n = levels.len();
    let bodies = (0..).map(|seed| {
        let mut memory = GraphMemory::new(1, Params { metric: Metric::L2, m: 2, ef_construction: 2, seed }).unwrap();
        let at: Vec<f32> = (0..n).map(|i| i as f32).collect();
        memory.insert(&(0..n as u64).collect::<Vec<_>>(), &at, &never).unwrap();
        unframe(&memory.to_bytes(0), MAGIC, 1, "graph memory").unwrap().to_vec()
    });
    bodies.take(1000).find(|body| &body[45 + 8 * n..][..n] == levels).unwrap()
}

#[test]
fn each_broken_link_is_named() {
    // Three nodes: levels at 69, vectors at 72, free count at 84, then [1], [0, 2], [1] with their counts before them.
    let body = line(&[0, 0, 0]);
    assert_eq!(body[88..116], *[1, 1, 2, 0, 2, 1, 1].map(u32::to_le_bytes).as_flattened());
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut body = body.clone();
        change(&mut body);
        refused(&body)
    };
    assert!(changed(&|body| body[92] = 3).contains("no slot"));
    assert!(changed(&|body| body[92] = 0).contains("own node"));
    assert!(changed(&|body| body[104] = 0).contains("twice"));
    assert!(changed(&|body| body[53] = 0).contains("key"));
    let cut_off = |body: &mut Vec<u8>| {
        body[96] = 1;
        body.drain(104..108);
    };
    assert!(changed(&cut_off).contains("reach"));
    // The last node becomes a free slot that is still linked to, then one that is named twice or lives.
    let freed = |named: &'static [u8]| {
        move |body: &mut Vec<u8>| {
            body.drain(108..116);
            body[71] = 255;
            body[84] = named.len() as u8;
            let bytes = named.iter().flat_map(|slot| u32::from(*slot).to_le_bytes());
            body.splice(88..88, bytes);
        }
    };
    assert!(changed(&freed(&[2])).contains("off its level"));
    assert!(changed(&freed(&[1])).contains("free slot"));
    assert!(changed(&freed(&[9])).contains("free slot"));
    assert!(changed(&freed(&[2, 2])).contains("add up"));

    // Two nodes on level 1, one list of one link per level: the second sinks to level 0, the first still leads to it.
    let mut body = line(&[1, 1]);
    body[62] = 0;
    body.drain(body.len() - 16..body.len() - 8);
    assert!(refused(&body).contains("off its level"));
}

#[test]
fn each_broken_invariant_is_named() {
    // One live node: generation 8, metric 1, m 4, ef 4, seed 8, dim 4, ordinal 8, slots 4, entry 4, key 8, level 1, …
    let mut memory = GraphMemory::new(1, Params { metric: Metric::Cosine, m: 2, ef_construction: 2, seed: 0 }).unwrap();
    memory.insert(&[5], &[3.0], &never).unwrap();
    memory.link(&[5], &[5], &[1], &[1.0]).unwrap();
    let whole = memory.to_bytes(0);
    let body = unframe(&whole, MAGIC, 1, "graph memory").unwrap();
    let level = body[53];
    // Vector at 54, free count at 58, then one empty list per level, then the edge count and the edge.
    let edges = 62 + 4 * (level as usize + 1);
    let cases: &[(usize, &[u8], &str)] = &[
        (8, &[3], "metric"),
        (9, &[1], "parameter"),
        (25, &[0, 0, 0, 0], "parameter"),
        (41, &[1], "entry"),
        (41, &[255; 4], "entry"),
        (53, &[54], "too high"),
        (53, &[255], "add up"),
        (54, &2f32.to_le_bytes(), "length 1"),
        (54, &f32::NAN.to_le_bytes(), "range"),
        (62, &[5], "capacity"),
        (edges + 8, &[6], "not there"),
        (edges + 26, &[0; 4], "weight"),
    ];
    for (at, bytes, named) in cases {
        let mut broken = body.to_vec();
        broken[*at..at + bytes.len()].copy_from_slice(bytes);
        assert!(refused(&broken).contains(named), "at {at}: {}, not {named}", refused(&broken));
    }
    let longer = [body, b"x"].concat();
    assert!(refused(&longer).contains("follow"));
    for length in 0..body.len() {
        let error = GraphMemory::from_bytes(&frame(MAGIC, 1, &body[..length])).unwrap_err();
        assert!(matches!(error, Error::Truncated { .. } | Error::Corrupt { .. }), "{length}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_file_is_refused(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8u8), 0..3), cut in any::<prop::sample::Index>(),
    ) {
        let mut data = SAVED.clone();
        for (at, bit) in flips {
            let at = at.index(data.len());
            data[at] ^= 1 << bit;
        }
        prop_assert!(GraphMemory::from_bytes(&data[..cut.index(data.len())]).is_err());
        prop_assert_eq!(GraphMemory::from_bytes(&data).is_ok(), data == *SAVED);
    }

    /// With a right checksum only the invariants stand between the bytes and the index. Small values, which are slots,
    /// levels and counts of this file, get further than any bytes do; so does the second half, where the links are.
    #[test]
    fn a_damaged_body_is_refused_or_works(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), byte()), 1..4),
        header in prop::option::of((0..70usize, byte())),
    ) {
        let mut body = unframe(&PLAIN, MAGIC, 1, "graph memory").unwrap().to_vec();
        for (at, in_links, byte) in changes {
            let half = body.len() / 2;
            let at = if in_links { half + at.index(half) } else { at.index(body.len()) };
            body[at] = byte;
        }
        if let Some((at, byte)) = header {
            body[at] = byte;
        }
        match GraphMemory::from_bytes(&frame(MAGIC, 1, &body)) {
            Ok((mut memory, _)) => use_it(&mut memory),
            Err(error) => prop_assert!(matches!(error, Error::Corrupt { .. } | Error::Truncated { .. }), "{error}"),
        }
    }

    #[test]
    fn any_bytes_are_refused(body: Vec<u8>) {
        prop_assert!(GraphMemory::from_bytes(&body).is_err());
        prop_assert!(GraphMemory::from_bytes(&frame(MAGIC, 1, &body)).is_err());
    }
}
