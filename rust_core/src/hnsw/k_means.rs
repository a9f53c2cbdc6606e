//! Spherical k-means over the codes of nodes. Each centroid is the mean direction of the nodes nearest to it (Dhillon &
//! Modha, "Concept decompositions for large sparse text data using clustering", Machine Learning 42, 2001).
//!
//! The first centroids are nodes spread evenly over the sample, and nothing is drawn, so that the same codes give the same
//! clusters whatever the number of threads.

use super::clusters::nearest;
use super::codes::Codes;
use super::params::Metric;
use super::space::Distances;
use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Number of sampled nodes per centroid.
pub(super) const SAMPLED_PER_CENTROID: usize = 32;

/// Number of times that the centroids are computed again; later rounds move few nodes.
const ROUNDS: usize = 6;

/// Number of nodes that a thread takes at a time.
const CHUNK: usize = 1024;

/// The threads of a computation, and the function that stops it.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) threads: usize,
    pub(super) stop: &'a dyn Fn() -> bool,
}

/// Returns `count` centroids of the nodes in `sample`. The sample holds `count` nodes or more, and the vectors have
/// length `dim`.
///
/// # Errors
/// [`Error::Stopped`].
pub(super) fn centroids(codes: &Codes, dim: usize, sample: &[u32], count: usize, work: Work<'_>) -> Result<Codes> {
    let mut centroids = Codes::new(dim, Metric::Cosine);
    for at in 0..count {
        let code = codes.get(sample[at * sample.len() / count]);
        centroids.set(at as u32, &centroids.encode(&unit(&widened(code.values, code.scale, dim))));
    }
    for _ in 0..ROUNDS {
        let homes = assign(codes, &centroids, sample, work)?;
        let mut sums = vec![0f32; count * dim];
        for (slot, home) in sample.iter().zip(&homes) {
            let code = codes.get(*slot);
            let sum = &mut sums[*home as usize * dim..][..dim];
            sum.iter_mut().zip(code.values).for_each(|(sum, value)| *sum += code.scale * f32::from(*value));
        }
        for (at, sum) in (0..).zip(sums.chunks_exact(dim)) {
            // A cluster that has no nodes, or whose nodes cancel each other out, keeps its centroid.
            if sum.iter().any(|value| *value != 0.0) {
                centroids.set(at, &centroids.encode(&unit(sum)));
            }
        }
    }
    Ok(centroids)
}

/// Returns the nearest centroid of each node in `slots`. The calling thread polls `stop` before each chunk.
///
/// # Errors
/// [`Error::Stopped`].
pub(super) fn assign(codes: &Codes, centroids: &Codes, slots: &[u32], work: Work<'_>) -> Result<Vec<u32>> {
    let numbers: Vec<u32> = (0..centroids.count() as u32).collect();
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done = Mutex::new(vec![0; slots.len()]);
    let run = |stop: &dyn Fn() -> bool| {
        let mut into = Distances::default();
        while !stopped.load(Ordering::Relaxed) {
            if stop() {
                stopped.store(true, Ordering::Relaxed);
                break;
            }
            // Only the counter is shared; the results are written under the lock below.
            let from = next.fetch_add(CHUNK, Ordering::Relaxed);
            let Some(chunk) = slots.get(from..).filter(|chunk| !chunk.is_empty()) else { break };
            let chunk = &chunk[..CHUNK.min(chunk.len())];
            let homes: Vec<u32> =
                chunk.iter().map(|slot| nearest(centroids, &numbers, codes.get(*slot), &mut into)).collect();
            // Nobody panics while holding it.
            done.lock().unwrap_or_else(PoisonError::into_inner)[from..][..homes.len()].copy_from_slice(&homes);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..work.threads.min(slots.len().div_ceil(CHUNK)) {
            scope.spawn(|| run(&|| false));
        }
        run(work.stop);
    });
    if stopped.into_inner() {
        return Err(Error::Stopped);
    }
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn widened(values: &[i8], scale: f32, dim: usize) -> Vec<f32> {
    values.iter().take(dim).map(|value| scale * f32::from(*value)).collect()
}

/// Returns `vector` scaled to length 1; a vector that is too short for it stays as it is.
fn unit(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if length < f64::from(f32::MIN_POSITIVE) {
        return vector.to_vec();
    }
    vector.iter().map(|value| (f64::from(*value) / length) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIM: usize = 70;

    fn coded(rows: &[Vec<f32>]) -> Codes {
        let mut codes = Codes::new(DIM, Metric::Cosine);
        for (slot, row) in (0..).zip(rows) {
            codes.set(slot, &codes.encode(&unit(row)));
        }
        codes
    }

    fn rows() -> impl Strategy<Value = Vec<Vec<f32>>> {
        let row = prop::collection::vec(-1f32..1.0, DIM).prop_filter("not 0", |row| row.iter().any(|x| x.abs() > 0.1));
        prop::collection::vec(row, 1..60)
    }

    /// Assigns by reading all distances one by one.
    fn naive(codes: &Codes, centroids: &Codes, slot: u32) -> u32 {
        let distance = |at: u32| {
            let mut out = Vec::new();
            centroids.distances(codes.get(slot), &[at], &mut Vec::new(), &mut out);
            out[0]
        };
        (0..centroids.count() as u32).min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap()
    }

    proptest! {
        #[test]
        fn a_node_goes_to_the_nearest_centroid_whatever_the_threads(rows in rows(), count in 1..9usize) {
            let (codes, slots) = (coded(&rows), (0..rows.len() as u32).collect::<Vec<_>>());
            let count = count.min(rows.len());
            let alone = Work { threads: 1, stop: &|| false };
            let centroids_ = centroids(&codes, DIM, &slots, count, alone).unwrap();
            prop_assert_eq!(centroids_.count(), count);
            let homes = assign(&codes, &centroids_, &slots, alone).unwrap();
            let expected: Vec<u32> = slots.iter().map(|slot| naive(&codes, &centroids_, *slot)).collect();
            prop_assert_eq!(&homes, &expected);
            let many: Vec<u32> = slots.iter().copied().cycle().take(CHUNK * 2 + 5).collect();
            let together = assign(&codes, &centroids_, &many, Work { threads: 3, stop: &|| false }).unwrap();
            prop_assert!(together.iter().enumerate().all(|(at, home)| *home == homes[at % rows.len()]));
        }
    }

    #[test]
    fn separate_groups_get_a_centroid_each_and_stop_ends_the_work() {
        let row = |group: usize, at: usize| {
            (0..DIM).map(|i| if i % 3 == group { 1.0 } else { ((i * 7 + at * 13) % 5) as f32 / 50.0 }).collect()
        };
        let rows: Vec<Vec<f32>> = (0..90).map(|at| row(at / 30, at)).collect();
        let (codes, slots) = (coded(&rows), (0..90).collect::<Vec<u32>>());
        let found = centroids(&codes, DIM, &slots, 3, Work { threads: 1, stop: &|| false }).unwrap();
        let homes = assign(&codes, &found, &slots, Work { threads: 1, stop: &|| false }).unwrap();
        let mut groups: Vec<u32> = homes.chunks(30).map(|group| group[0]).collect();
        assert!(homes.chunks(30).all(|group| group.iter().all(|home| *home == group[0])));
        groups.sort_unstable();
        assert_eq!(groups, [0, 1, 2]);
        let stopped = assign(&codes, &found, &slots, Work { threads: 2, stop: &|| true });
        assert_eq!(stopped, Err(Error::Stopped));
    }
}
