//! Tests the files of the graph memory: what was saved is read back, and damage of any kind is an error, never a panic.

mod common;

use common::{Random, never};
use proptest::prelude::*;
use sanderling_core::hnsw::{Metric, Params, Precision};
use sanderling_core::memory::GraphMemory;
use sanderling_core::search_params::SearchParams;
use sanderling_core::snapshot::{Snapshot, Writer};
use sanderling_core::{Error, Result};
use std::path::Path;
use std::sync::LazyLock;

const MAGIC: [u8; 8] = *b"SNDRMEM\0";
const VERSION: u32 = 4;
const DIM: usize = 3;

/// Returns a memory with upper levels, free slots, a replaced key, edges and a self-loop.
fn sample(metric: Metric, dim: usize) -> GraphMemory {
    sample_of(40, metric, dim)
}

/// Returns a memory with the features of [`sample`], built from `nodes` nodes.
///
/// `nodes` must be at least 12; six of these nodes are deleted.
fn sample_of(nodes: usize, metric: Metric, dim: usize) -> GraphMemory {
    sample_with(nodes, metric, Precision::Float32, dim)
}

fn sample_with(nodes: usize, metric: Metric, precision: Precision, dim: usize) -> GraphMemory {
    let mut memory = GraphMemory::new(dim, Params { metric, m: 2, ef_construction: 8, seed: 4, precision }).unwrap();
    let random = &mut Random(6);
    let keys: Vec<u64> = (100..100 + nodes as u64).collect();
    memory.insert(&keys, &random.vectors(nodes, dim), &never).unwrap();
    memory.insert(&keys[3..5], &random.vectors(2, dim), &never).unwrap();
    let vectors = random.vectors(3, dim);
    memory.insert(&[1, 2, 3], &vectors, &never).unwrap();
    memory.delete(&keys[nodes / 2 - 1..][..6]);
    memory.link(&[100, 101, 102], &[101, 101, keys[nodes - 1]], &[0, 1, 2], &[0.5, 1.0, 2.0]).unwrap();
    memory
}

fn bytes(memory: &GraphMemory) -> Vec<u8> {
    memory.to_bytes(77).unwrap()
}

static SAVED: LazyLock<Vec<u8>> = LazyLock::new(|| bytes(&sample(Metric::Cosine, DIM)));

/// Snapshots of [`sample`] under L2, where a changed vector is mostly still a valid one.
///
/// The first has no codes, the second has codes; the last has residuals, under the inner product.
static PLAIN: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    let narrow = sample_with(40, Metric::InnerProduct, Precision::Int16, 70);
    [sample(Metric::L2, DIM), sample(Metric::L2, 70), narrow].map(|memory| bytes(&memory))
});

/// Returns the header and the sections of a snapshot, as bytes.
fn opened(data: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut snapshot = Snapshot::of_bytes(data, MAGIC, VERSION..=VERSION, "graph memory").unwrap();
    let header = snapshot.header().to_vec();
    (header, std::iter::from_fn(|| snapshot.copy::<u8>().ok()).collect())
}

/// Returns a snapshot with correct checksums, whatever its content.
fn sealed(header: &[u8], sections: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), MAGIC, VERSION).unwrap();
    sections.iter().for_each(|section| writer.section(&[section]).unwrap());
    writer.finish(77, header).unwrap()
}

/// Searches, reads, inserts and deletes; all of this must work in any memory that loads.
fn use_it(memory: &mut GraphMemory) -> Result<()> {
    let (dim, len) = (memory.index().dim(), memory.index().len());
    let hits = memory.search(&vec![1.0; dim], &SearchParams::new(5, 8), None)?;
    assert_eq!(hits.keys.len(), len.min(5));
    if !hits.keys.is_empty() {
        memory.vectors(&hits.keys)?;
        memory.subgraph(&hits.keys, 2, 16)?;
    }
    memory.insert(&[7, 8], &vec![0.5; 2 * dim], &never)?;
    memory.delete(&hits.keys);
    assert_eq!(memory.index().unreachable(), 0);
    memory.search(&vec![-1.0; dim], &SearchParams::new(50, 8), None)?;
    Ok(())
}

#[test]
fn what_is_saved_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.idx");
    let wide = Metric::ALL.map(|metric| (metric, Precision::Float32));
    let narrow = [Metric::Cosine, Metric::InnerProduct].map(|metric| (metric, Precision::Int16));
    let kinds = wide
        .into_iter()
        .chain(narrow)
        .flat_map(|(metric, precision)| [(metric, precision, DIM), (metric, precision, 70)]);
    for (metric, precision, dim) in kinds {
        let mut memory = sample_with(40, metric, precision, dim);
        memory.save(&path, 77).unwrap();
        let (mut loaded, generation) = GraphMemory::load(&path).unwrap();
        assert_eq!(loaded.index().params().precision, precision);
        assert_eq!((generation, loaded.verify(), bytes(&loaded) == bytes(&memory)), (77, Ok(()), true));
        let query = vec![0.5; dim];
        assert_eq!(
            loaded.search(&query, &SearchParams::new(9, 9), None),
            memory.search(&query, &SearchParams::new(9, 9), None)
        );
        // The loaded one goes on as the other does: same free slots, same levels to come. The file stays as it is.
        let before = std::fs::read(&path).unwrap();
        let more = Random(8).vectors(80, dim);
        for each in [&mut memory, &mut loaded] {
            use_it(each).unwrap();
            each.insert(&(1000..1080).collect::<Vec<_>>(), &more, &never).unwrap();
            each.delete(&(1000..1030).collect::<Vec<_>>());
            each.verify().unwrap();
        }
        assert!(bytes(&loaded) == bytes(&memory) && std::fs::read(&path).unwrap() == before);
        // Nor does a newer file in its place change what is loaded.
        sample(Metric::L2, 5).save(&path, 78).unwrap();
        assert!(bytes(&loaded) == bytes(&memory));
    }
    assert!(matches!(GraphMemory::load(&folder.path().join("absent")), Err(Error::Io { .. })));
}

#[test]
fn a_file_made_longer_without_content_is_damaged_and_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.idx");
    for length in [1 << 24, 1 << 30, 1 << 40] {
        sample(Metric::L2, DIM).save(&path, 1).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(length).unwrap();
        assert_eq!(GraphMemory::load(&path).err(), Some(Error::Checksum), "{length} bytes");
    }
}

#[test]
fn an_empty_memory_comes_back() {
    let mut memory = sample(Metric::L2, DIM);
    assert_eq!(memory.delete(&(0..200).collect::<Vec<_>>()), 37);
    for empty in [memory, GraphMemory::new(2, Params::default()).unwrap()] {
        let (mut loaded, _) = GraphMemory::from_bytes(&bytes(&empty)).unwrap();
        assert!(loaded.index().is_empty());
        assert_eq!((loaded.graph().edge_count(), loaded.verify()), (0, Ok(())));
        use_it(&mut loaded).unwrap();
    }
}

#[test]
fn another_kind_or_version_is_named() {
    let mut data = SAVED.clone();
    data[8] = 1;
    assert!(matches!(GraphMemory::from_bytes(&data), Err(Error::Version { expected: 5, got: 1 })));
    data[0] = 0;
    assert!(matches!(GraphMemory::from_bytes(&data), Err(Error::Magic { .. })));
    assert!(matches!(GraphMemory::from_bytes(&[]), Err(Error::Magic { .. })));
}

/// Tests that only regular files are opened: opening a pipe without a writer would never end.
#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.idx");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let link = folder.path().join("link.idx");
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    for path in [folder.path(), &pipe, &link, Path::new("/dev/null"), Path::new("/dev/zero")] {
        assert_eq!(GraphMemory::load(path).unwrap_err(), Error::Irregular, "{path:?}");
    }
}

/// Tests that a small file may be shortened while it is open.
///
/// Above 16 MiB a file stays mapped, and shortening it in place would end this test.
#[cfg(unix)]
#[test]
fn a_small_file_may_be_shortened_while_it_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.idx");
    sample_of(200, Metric::Cosine, 70).save(&path, 1).unwrap();
    let (loaded, _) = GraphMemory::load(&path).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    loaded.verify().unwrap();
    assert!(matches!(GraphMemory::load(&path), Err(Error::Magic { .. })));
}

/// Tests that a flipped byte is detected when everything is read, unless it lies between the sections and means
/// nothing.
#[test]
fn every_flipped_byte_is_detected_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.idx");
    let memory = sample_of(14, Metric::Cosine, 64);
    let whole = bytes(&memory);
    let mut detected = 0;
    for at in 0..whole.len() {
        let mut data = whole.clone();
        data[at] ^= 1 << (at % 8);
        std::fs::write(&path, &data).unwrap();
        match GraphMemory::load(&path).and_then(|(loaded, _)| loaded.verify().map(|()| loaded)) {
            Err(_) => detected += 1,
            Ok(loaded) => assert!(bytes(&loaded) == whole, "byte {at}"),
        }
    }
    assert!(detected > whole.len() * 9 / 10, "{detected} of {}", whole.len());
}

#[test]
fn a_damaged_vector_is_never_used() {
    Precision::ALL.into_iter().for_each(a_damaged_vector_of);
}

fn a_damaged_vector_of(precision: Precision) {
    let (n, dim) = (300, 70);
    // Bytes of a vector; residuals fill two cache lines.
    let (section, bytes_each) = (9, if precision == Precision::Int16 { 128 } else { dim * 4 });
    let params = Params { m: 4, ef_construction: 20, precision, ..Params::default() };
    let mut memory = GraphMemory::new(dim, params).unwrap();
    let rows = Random(5).vectors(n, dim);
    memory.insert(&(0..n as u64).collect::<Vec<_>>(), &rows, &never).unwrap();
    let (header, sections) = opened(&bytes(&memory));
    assert_eq!(sections[section].len(), n * bytes_each);
    // The last block of the section, found in the file by its content.
    let mut data = sealed(&header, &sections);
    let row = &sections[section][(n - 1) * bytes_each..];
    let at = data.windows(row.len()).position(|window| window == row).unwrap();
    data[at] ^= 1;
    let (mut loaded, _) = GraphMemory::from_bytes(&data).unwrap();
    let last = &rows[(n - 1) * dim..];
    assert_eq!(loaded.search(last, &SearchParams::new(1, 8), None), Err(Error::Checksum));
    assert_eq!(loaded.vectors(&[n as u64 - 1]), Err(Error::Checksum));
    assert_eq!((loaded.verify(), loaded.to_bytes(1)), (Err(Error::Checksum), Err(Error::Checksum)));
    // A node that would be written into the same block is refused, and nothing of it stays.
    loaded.delete(&[n as u64 - 2]);
    assert_eq!(loaded.insert(&[1000], &rows[..dim], &never), Err(Error::Checksum));
    assert_eq!((loaded.index().contains(1000), loaded.index().unreachable()), (false, 0));
    // What lies elsewhere is still there.
    assert_eq!(
        loaded.search(&rows[..dim], &SearchParams::new(1, 8), None).unwrap().keys,
        memory.search(&rows[..dim], &SearchParams::new(1, 8), None).unwrap().keys
    );
}

/// Overwrites part of a section, and returns why the memory is then refused.
///
/// The bytes from `at` on are replaced by `with`. `section` is `None` for the header.
fn refused(memory: &GraphMemory, section: Option<usize>, at: usize, with: &[u8]) -> &'static str {
    let (mut header, mut sections) = opened(&bytes(memory));
    let place = section.map_or(&mut header, |section| &mut sections[section]);
    place[at..][..with.len()].copy_from_slice(with);
    match GraphMemory::from_bytes(&sealed(&header, &sections)).and_then(|(loaded, _)| loaded.verify()) {
        Err(Error::Corrupt { what }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_broken_invariant_is_named() {
    // Nodes at 0, 1 and 2 on a line, the first with an edge to itself, after one that is gone.
    let mut memory =
        GraphMemory::new(1, Params { metric: Metric::L2, m: 2, ef_construction: 2, seed: 3, ..Params::default() })
            .unwrap();
    memory.insert(&[4, 5, 6, 7], &[9.0, 0.0, 1.0, 2.0], &never).unwrap();
    memory.delete(&[4]);
    memory.link(&[5], &[5], &[1], &[1.0]).unwrap();
    let (header, sections) = opened(&bytes(&memory));
    assert_eq!((sections[1][0], &sections[2][..], header.len()), (255, &[0; 4][..], 34 + 4));
    let [keys, levels, free, counts, lists] = [0, 1, 2, 3, 4].map(Some);
    let (vectors, ends, edges) = (Some(9), Some(10), Some(11));
    let far = 9u32.to_le_bytes();
    let cases: &[(Option<usize>, usize, &[u8], &str)] = &[
        (None, 0, &[3], "metric"),
        (None, 1, &[2], "precision"),
        (None, 1, &[1], "parameter"),
        (None, 2, &[1], "parameter"),
        (None, 18, &[0, 0, 0, 0], "parameter"),
        (None, 30, &[9], "add up"),
        (None, 34, &[9], "not a slot"),
        (None, 34, &[0], "top level"),
        (None, 34, &[255; 4], "without an entry"),
        (keys, 8, &[6], "key stands twice"),
        (levels, 1, &[54], "too high"),
        (levels, 1, &[255], "longer than its capacity"),
        (levels, 0, &[0], "add up"),
        (free, 0, &[9], "not a slot"),
        (free, 0, &[1], "free slot is live"),
        (counts, 2, &[5], "capacity"),
        (counts, 2, &[0], "reach"),
        (lists, 64, &far, "no node"),
        (lists, 64, &[0], "no node"),
        (lists, 64, &[1], "own node"),
        (vectors, 4, &f32::NAN.to_le_bytes(), "range"),
        (ends, 4, &[3], "add up"),
        (ends, 0, &[2, 0, 0, 0, 0], "not there"),
        (edges, 0, &[9], "no slot"),
        (edges, 4, &[0; 4], "weight"),
        (edges, 8, &[2], "rising order"),
        (edges, 10, &[2], "neither"),
        (edges, 20, &[2], "do not agree"),
    ];
    for (section, at, with, named) in cases {
        let what = refused(&memory, *section, *at, with);
        assert!(what.contains(named), "section {section:?} at {at}: {what}, not {named}");
    }
    for cut in 0..header.len() {
        let error = GraphMemory::from_bytes(&sealed(&header[..cut], &sections)).unwrap_err();
        assert!(matches!(error, Error::Truncated { .. } | Error::Corrupt { .. }), "{cut}: {error}");
    }
    for missing in 0..sections.len() {
        let mut fewer = sections.clone();
        fewer.remove(missing);
        let error = GraphMemory::from_bytes(&sealed(&header, &fewer)).unwrap_err();
        assert!(matches!(error, Error::Truncated { .. } | Error::Corrupt { .. }), "{missing}: {error}");
    }
    let more = [sections.as_slice(), &[vec![1]]].concat();
    assert!(GraphMemory::from_bytes(&sealed(&header, &more)).unwrap_err().to_string().contains("more sections"));
}

#[test]
fn vectors_and_codes_are_verified() {
    let memory = sample(Metric::Cosine, 70);
    // The first node's vector, made twice as long; its code, changed; its scale, not a number.
    assert!(refused(&memory, Some(9), 0, &2f32.to_le_bytes()).contains("length 1"));
    assert!(refused(&memory, Some(6), 0, &[0; 64]).contains("code"));
    assert!(refused(&memory, Some(7), 0, &f32::NAN.to_le_bytes()).contains("scale"));
    // Code and residual are the vector: a change of the code, of the scale, and of whole residuals, is one of its length.
    let memory = sample_with(40, Metric::Cosine, Precision::Int16, 70);
    assert!(refused(&memory, Some(6), 0, &[0; 64]).contains("length 1"));
    assert!(refused(&memory, Some(7), 0, &1e-3f32.to_le_bytes()).contains("length 1"));
    assert!(refused(&memory, Some(9), 0, &[0x81; 64]).contains("length 1"));
    assert!(refused(&memory, Some(9), 0, &[0x80]).contains("out of range"));
    assert!(refused(&memory, Some(6), 0, &[0x80]).contains("out of range"));
    // Row lengths of the other kind.
    let (header, mut sections) = opened(&bytes(&memory));
    sections[9].truncate(64);
    let error = GraphMemory::from_bytes(&sealed(&header, &sections)).unwrap_err();
    assert!(error.to_string().contains("residuals and slots"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_file_cut_off_is_refused(cut in any::<prop::sample::Index>()) {
        prop_assert!(GraphMemory::from_bytes(&SAVED[..cut.index(SAVED.len())]).is_err());
    }

    /// Tests damaged content with correct checksums, so that only the checks of invariants protect the index.
    ///
    /// Small values, which are slots, levels and counts of this file, get further than any bytes do.
    #[test]
    fn a_damaged_content_is_refused_or_works(
        coded in 0..3usize,
        changes in prop::collection::vec((0..13usize, any::<prop::sample::Index>(), prop_oneof![0..48u8, any::<u8>()]), 1..4),
    ) {
        let (mut header, mut sections) = opened(&PLAIN[coded]);
        for (section, at, byte) in changes {
            let place = if section == sections.len() { &mut header } else { &mut sections[section] };
            if !place.is_empty() {
                let at = at.index(place.len());
                place[at] = byte;
            }
        }
        match GraphMemory::from_bytes(&sealed(&header, &sections)) {
            Ok((mut memory, _)) => use_it(&mut memory).unwrap(),
            Err(error) => prop_assert!(matches!(error, Error::Corrupt { .. } | Error::Truncated { .. }), "{error}"),
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes: Vec<u8>) {
        prop_assert!(GraphMemory::from_bytes(&bytes).is_err());
        prop_assert!(GraphMemory::from_bytes(&sealed(&bytes, &[])).is_err());
    }
}
