//! Tests a memory that several threads use at once.

mod common;

use common::{Random, never};
use sanderling_core::hnsw::{Insertion, Params};
use sanderling_core::memory::GraphMemory;
use sanderling_core::search_params::SearchParams;
use sanderling_core::shared::SharedMemory;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const DIM: usize = 70;

fn empty() -> GraphMemory {
    GraphMemory::new(DIM, Params { m: 4, ef_construction: 20, ..Params::default() }).unwrap()
}

fn insertion<'a>(keys: &'a [u64], vectors: &'a [f32]) -> Insertion<'a> {
    Insertion { keys, vectors, threads: 1 }
}

/// Tests that a search can start and finish in the midst of an insertion.
///
/// The insertion polls `stop`, which has another thread search and waits for the result.
#[test]
fn searches_run_while_nodes_are_inserted() {
    let keys: Vec<u64> = (0..600).collect();
    let rows = Random(1).vectors(600, DIM);
    let shared = SharedMemory::new(empty());
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
            answered.recv_timeout(Duration::from_secs(60)).expect("a search waits for the insertion");
            false
        };
        shared.insert(insertion(&keys, rows), &stop).unwrap();
        drop(ask);
    });
    // And what came of it is what an insertion alone makes.
    let mut alone = empty();
    alone.insert(&keys, &rows, &never).unwrap();
    assert!(shared.read().unwrap().to_bytes(1).unwrap() == alone.to_bytes(1).unwrap());
}

#[test]
fn writers_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.idx");
    let shared = SharedMemory::new(empty());
    thread::scope(|scope| {
        for thread in 0..3u64 {
            let (shared, path) = (&shared, &path);
            scope.spawn(move || {
                let rows = Random(thread).vectors(40, DIM);
                for round in 0..8 {
                    let keys: Vec<u64> = (0..40).map(|i| thread * 1000 + round * 40 + i).collect();
                    shared.insert(insertion(&keys, &rows), &never).unwrap();
                    assert_eq!(shared.change(|memory| memory.delete(&keys[..10])).unwrap(), 10);
                    shared.save(path, round).unwrap();
                    assert_eq!(
                        shared.read().unwrap().search(&rows[..DIM], &SearchParams::new(7, 8), None).unwrap().keys.len(),
                        7
                    );
                }
            });
        }
    });
    let memory = shared.read().unwrap();
    assert_eq!((memory.index().len(), memory.verify()), (3 * 8 * 30, Ok(())));
    GraphMemory::load(&path).unwrap().0.verify().unwrap();
}
