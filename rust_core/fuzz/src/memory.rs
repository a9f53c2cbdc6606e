//! A small memory that covers every feature, and the operations that must work on any memory that loads.

use sanderling_core::Result;
use sanderling_core::attention::Parameters;
use sanderling_core::hnsw::{Metric, Params, Precision};
use sanderling_core::memory::GraphMemory;
use sanderling_core::search_params::SearchParams;
use std::sync::Arc;

/// Metric, precision and dimension of each sample: two without codes, two with codes, two with residuals, two with
/// sketches too.
pub const SAMPLES: [(Metric, Precision, usize); 8] = [
    (Metric::Cosine, Precision::Float32, 3),
    (Metric::Cosine, Precision::Float32, 70),
    (Metric::L2, Precision::Float32, 70),
    (Metric::InnerProduct, Precision::Float32, 2),
    (Metric::Cosine, Precision::Int16, 70),
    (Metric::InnerProduct, Precision::Int16, 70),
    (Metric::Cosine, Precision::Float32, 130),
    (Metric::Cosine, Precision::Int16, 130),
];

/// Returns a memory with upper levels, free slots, a replaced key, edges and a self-loop.
#[must_use]
pub fn sample((metric, precision, dim): (Metric, Precision, usize)) -> GraphMemory {
    let mut memory = GraphMemory::new(dim, Params { metric, m: 2, ef_construction: 8, seed: 4, precision }).unwrap();
    let keys: Vec<u64> = (100..130).collect();
    // Between −1 and 1.
    let vectors: Vec<f32> = (0..30 * dim).map(|i| (i * i % 1009) as f32 / 504.5 - 1.0).collect();
    memory.insert(&keys, &vectors, &|| false).unwrap();
    memory.insert(&keys[3..5], &vectors[dim..3 * dim], &|| false).unwrap();
    memory.insert(&[1, 2, 3], &vectors[5 * dim..8 * dim], &|| false).unwrap();
    memory.delete(&keys[20..24]);
    memory.link(&[100, 101, 102, 1], &[101, 101, 129, 100], &[0, 1, 2, 0], &[0.5, 1.0, 2.0, 4.0]).unwrap();
    memory
}

/// Searches, attends, deletes, inserts, saves and loads. Content that fails `verify` may be refused at any step;
/// sound content may not, and stays sound.
pub fn use_memory(mut memory: GraphMemory) {
    let sound = memory.verify().is_ok();
    let used = every_way(&mut memory, sound);
    if sound {
        used.unwrap();
        memory.verify().unwrap();
    }
}

fn every_way(memory: &mut GraphMemory, sound: bool) -> Result<()> {
    // Large memories are sketched by themselves.
    memory.sketch();
    let (dim, len) = (memory.index().dim(), memory.index().len());
    let query = vec![1.0; dim];
    let walk = |k| SearchParams { scan_few: false, max_nodes: 16, ..SearchParams::new(k, 8) };
    for hits in [
        memory.search(&query, &SearchParams::new(5, 8), None)?,
        memory.search(&query, &walk(5), None)?,
        memory.index().search_exact(&query, 5)?,
    ] {
        assert!(hits.keys.len() <= 5 && (!sound || hits.keys.len() == len.min(5)));
    }
    let hits = memory.search(&query, &walk(3), None)?.keys;
    let near = memory.subgraph(&hits, 2, 16)?;
    assert!(near.keys.len() <= 16);
    // Vectors too short or too long for attention are refused also in a sound memory.
    let _ = memory.attend(&Arc::new(Parameters::prior(2)?), &query, &hits, &[], &walk(3));
    memory.delete(&hits[..hits.len().min(2)]);
    assert!(memory.index().unreachable() == 0 || !sound);
    let replaced = hits.last().copied().unwrap_or(8);
    memory.insert(&[7, replaced], &[vec![0.5; dim], vec![-2.0; dim]].concat(), &|| false)?;
    assert!(memory.index().contains(7) && memory.index().contains(replaced));
    let (loaded, generation) = GraphMemory::from_bytes(&memory.to_bytes(11)?)?;
    assert_eq!((generation, loaded.index().len()), (11, memory.index().len()));
    // Not the distances: those to a vector that is not sound can be NaN.
    assert_eq!(loaded.search(&query, &walk(5), None)?.keys, memory.search(&query, &walk(5), None)?.keys);
    Ok(())
}
