//! Chooses the neighbours of all new nodes of a batch before any of the nodes is linked.
//!
//! The graph does not change meanwhile, so threads share it without locks, and the result does not depend on their
//! number. Nodes of one batch, such as neighbouring chunks of one text, are often each other's nearest but not yet in
//! the graph. So each is also compared with all before it in the batch, and finds what it would have found one by one.

use super::Index;
use super::candidate::Candidate;
use super::scratch::Scratch;
use super::space::Probe;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A new node that has a slot but no links yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewNode {
    pub(crate) slot: u32,
    pub(super) level: usize,
}

/// The neighbours chosen for one node: one list per level, from level 0 up. In an index in clusters: one list with the
/// number of the node's cluster.
pub(crate) type Plan = Vec<Vec<u32>>;

impl Index {
    /// Chooses the neighbours of each node of `batch`. The vectors must be in their slots. The calling thread polls
    /// `stop` before each of its nodes. Returns the plans, and whether `stop` ended the work; then only the first nodes
    /// have plans.
    pub(super) fn plan(&self, batch: &[NewNode], threads: usize, stop: &dyn Fn() -> bool) -> (Vec<Plan>, bool) {
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let done = Mutex::new(Vec::with_capacity(batch.len()));
        let work = |stop: &dyn Fn() -> bool| {
            let mut scratch = self.pool.lease_for(self.links.slots());
            let mut plans = Vec::new();
            while !stopped.load(Ordering::Relaxed) && next.load(Ordering::Relaxed) < batch.len() {
                if stop() {
                    stopped.store(true, Ordering::Relaxed);
                    break;
                }
                // Only the counter is shared; the results are collected under the lock below.
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= batch.len() {
                    break;
                }
                plans.push((at, self.choose(batch, at, &mut scratch)));
            }
            // Nobody panics while holding it.
            done.lock().unwrap_or_else(PoisonError::into_inner).append(&mut plans);
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(batch.len()) {
                scope.spawn(|| work(&|| false));
            }
            work(stop);
        });
        let mut plans = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Every number drawn got a plan, so none is missing in between.
        plans.sort_unstable_by_key(|(at, _)| *at);
        (plans.into_iter().map(|(_, plan)| plan).collect(), stopped.into_inner())
    }

    /// Chooses the neighbours of `batch[at]` (algorithm 1, lines 5 to 11).
    fn choose(&self, batch: &[NewNode], at: usize, scratch: &mut Scratch) -> Plan {
        let NewNode { slot, level } = batch[at];
        if let (Some(clusters), Probe::Code(code)) = (&self.clusters, self.space.probe_of(slot)) {
            return vec![vec![clusters.nearest(code, &mut scratch.distances)]];
        }
        let mut plan = vec![Vec::new(); level + 1];
        let Some(entry) = self.entry else { return plan };
        let probe = self.space.probe_of(slot);
        let mates = self.mates(probe, &batch[..at], scratch);
        let top = self.top();
        let nearest = (level + 1..=top).rev().fold(entry, |from, above| self.descend(probe, from, above, scratch));
        let mut from = vec![nearest];
        for on in (0..=level.min(top)).rev() {
            self.beam(probe, &from, self.params.ef_construction, on, scratch);
            let mut found: Vec<Candidate> = scratch.beam.found().collect();
            from = found.iter().map(|candidate| candidate.slot).collect();
            let limit = scratch.beam.limit();
            let near = |mate: &&(Candidate, usize)| mate.1 >= on && mate.0.distance <= limit;
            found.extend(mates.iter().filter(near).map(|mate| mate.0));
            // The stable sort is the faster one on mostly sorted input.
            found.sort();
            found.truncate(self.params.ef_construction);
            // The next entry point must reach every node, which a link to the present one ensures.
            let leads = on == 0 && level > top;
            plan[on] = self.select(&found, self.params.m - usize::from(leads));
            if leads && !plan[on].contains(&entry) {
                plan[on].push(entry);
            }
        }
        plan
    }

    /// Returns the slot and level of each node in `before`, and its distance from the probe.
    ///
    /// They precede the probe's node in the batch.
    fn mates(&self, probe: Probe<'_>, before: &[NewNode], scratch: &mut Scratch) -> Vec<(Candidate, usize)> {
        scratch.near.clear();
        scratch.near.extend(before.iter().map(|mate| mate.slot));
        let distances = self.space.distances(probe, &scratch.near, &mut scratch.distances);
        let mates = before.iter().zip(distances);
        mates.map(|(mate, &distance)| (Candidate { distance, slot: mate.slot }, mate.level)).collect()
    }
}
