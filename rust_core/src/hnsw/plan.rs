//! The neighbours of a batch of new nodes, chosen before any of them is linked.
//!
//! The graph does not change meanwhile, so threads share it without locks, and the outcome does not depend on how many
//! they are. Nodes of one batch are not in the graph yet, but often each other's nearest: neighbouring passages of one
//! text. So each is also compared with all before it in the batch, and finds what it would have found one by one.

use super::Index;
use super::candidate::Candidate;
use super::scratch::Scratch;
use super::space::Probe;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A node that is not linked yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewNode {
    pub(crate) slot: u32,
    pub(super) level: usize,
}

/// The neighbours chosen for one node, per level from 0.
pub(crate) type Plan = Vec<Vec<u32>>;

impl Index {
    /// One plan for each of `batch`, whose vectors are in their slots, and whether `stop` said so, which is asked before
    /// every plan that the calling thread makes. Then there may be plans for the first of the batch only.
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
                // Only the number is shared; the results meet under the lock below.
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
        // Every number drawn came to a plan, so none is missing between the first and the last.
        plans.sort_unstable_by_key(|(at, _)| *at);
        (plans.into_iter().map(|(_, plan)| plan).collect(), stopped.into_inner())
    }

    /// Algorithm 1, lines 5 to 11: the beams and the choice for `batch[at]`.
    fn choose(&self, batch: &[NewNode], at: usize, scratch: &mut Scratch) -> Plan {
        let NewNode { slot, level } = batch[at];
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
            // The stable sort is the quick one where most is in order.
            found.sort();
            found.truncate(self.params.ef_construction);
            // The next entry point must reach everything, which it does by a link to the present one.
            let leads = on == 0 && level > top;
            plan[on] = self.select(&found, self.params.m - usize::from(leads));
            if leads && !plan[on].contains(&entry) {
                plan[on].push(entry);
            }
        }
        plan
    }

    /// Those before it in the batch, with their levels.
    fn mates(&self, probe: Probe<'_>, before: &[NewNode], scratch: &mut Scratch) -> Vec<(Candidate, usize)> {
        scratch.near.clear();
        scratch.near.extend(before.iter().map(|mate| mate.slot));
        let distances = self.space.distances(probe, &scratch.near, &mut scratch.distances);
        let mates = before.iter().zip(distances);
        mates.map(|(mate, &distance)| (Candidate { distance, slot: mate.slot }, mate.level)).collect()
    }
}
