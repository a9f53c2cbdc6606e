//! Fuzzes snapshots with edited content and correct checksums: each is refused, or loads as a memory that works.
//!
//! The input names a sample in its first byte, then holds edits of eight bytes each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanderling_core::memory::GraphMemory;
use sanderling_core::snapshot::{Snapshot, Writer};
use sanderling_fuzz::{SAMPLES, sample, use_memory};
use std::sync::LazyLock;

const MAGIC: [u8; 8] = *b"SNDRMEM\0";
const VERSION: u32 = 4;

/// For each sample, the header and the sections of its snapshot.
static PARTS: LazyLock<[Vec<Vec<u8>>; SAMPLES.len()]> = LazyLock::new(|| {
    SAMPLES.map(|shape| {
        let file = sample(shape).to_bytes(5).unwrap();
        let mut snapshot = Snapshot::of_bytes(&file, MAGIC, VERSION..=VERSION, "graph memory").unwrap();
        let header = snapshot.header().to_vec();
        let parts: Vec<_> = [header].into_iter().chain(std::iter::from_fn(|| snapshot.copy().ok())).collect();
        GraphMemory::from_bytes(&sealed(&parts)).unwrap();
        parts
    })
});

fn sealed(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), MAGIC, VERSION).unwrap();
    parts[1..].iter().for_each(|section| writer.section(&[section]).unwrap());
    writer.finish(5, &parts[0]).unwrap()
}

/// Applies one edit: writes one byte or four, or resizes a part.
///
/// An edit consists of part u8 · kind u8 · place u16 · value u32.
fn edit(parts: &mut [Vec<u8>], [part, kind, p0, p1, value @ ..]: [u8; 8]) {
    let count = parts.len();
    let part = &mut parts[part as usize % count];
    let place = usize::from(u16::from_le_bytes([p0, p1]));
    match kind % 4 {
        0 => part.resize(place, value[0]),
        1 if !part.is_empty() => {
            let at = place % part.len();
            part[at] = value[0];
        }
        _ if part.len() >= 4 => {
            let at = place % (part.len() / 4) * 4;
            part[at..at + 4].copy_from_slice(&value);
        }
        _ => (),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((which, edits)) = data.split_first() else { return };
    let mut parts = PARTS[*which as usize % PARTS.len()].clone();
    edits.as_chunks::<8>().0.iter().for_each(|change| edit(&mut parts, *change));
    if let Ok((memory, _)) = GraphMemory::from_bytes(&sealed(&parts)) {
        use_memory(memory);
    }
});
