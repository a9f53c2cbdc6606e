//! Nodes and edges together: what changes one and what it does to the other.

mod common;

use common::never;
use sanderling_core::Error;
use sanderling_core::hnsw::{Metric, Params};
use sanderling_core::memory::GraphMemory;

fn memory() -> GraphMemory {
    let mut memory = GraphMemory::new(2, Params { metric: Metric::Cosine, ..Params::default() }).unwrap();
    memory.insert(&[1, 2, 3], &[3.0, 4.0, 1.0, 0.0, 0.0, 2.0], &never).unwrap();
    memory.link(&[1, 2, 3], &[2, 3, 1], &[0, 0, 1], &[1.0, 0.5, 0.25]).unwrap();
    memory
}

#[test]
fn a_deleted_node_takes_its_edges_along() {
    let mut memory = memory();
    assert_eq!(memory.delete(&[1, 1, 99]), 1);
    assert_eq!((memory.index().len(), memory.graph().edge_count()), (2, 1));
    assert_eq!(memory.subgraph(&[2], 1, 8).unwrap().keys, [2, 3]);
    assert_eq!(memory.subgraph(&[1], 1, 8), Err(Error::UnknownKey(1)));
    assert_eq!(memory.vectors(&[2, 1]), Err(Error::UnknownKey(1)));
}

#[test]
fn a_replaced_vector_keeps_the_edges() {
    let mut memory = memory();
    memory.insert(&[1], &[0.0, -5.0], &never).unwrap();
    assert_eq!(memory.graph().edge_count(), 3);
    assert_eq!(memory.vectors(&[1, 2]).unwrap(), [0.0, -1.0, 1.0, 0.0]);
    assert_eq!(memory.search(&[0.0, -1.0], 1, 8).unwrap().keys, [1]);
}

#[test]
fn an_unfit_edge_changes_nothing() {
    let mut memory = memory();
    let link = |memory: &mut GraphMemory, dst: u64, weight| memory.link(&[2, 1], &[1, dst], &[7, 7], &[1.0, weight]);
    assert_eq!(link(&mut memory, 9, 1.0), Err(Error::UnknownKey(9)));
    assert!(matches!(link(&mut memory, 2, f32::NAN), Err(Error::Parameter { .. })));
    let short = memory.link(&[1], &[2], &[], &[1.0]);
    assert_eq!(short, Err(Error::Length { what: "relations", expected: 1, got: 0 }));
    assert_eq!(memory.graph().edge_count(), 3);
    assert_eq!(memory.unlink(&[1, 1], &[2, 3], &[0, 0]), Ok(1));
    assert!(matches!(memory.unlink(&[1], &[], &[]), Err(Error::Length { .. })));
    assert_eq!(memory.graph().edge_count(), 2);
}
