//! Removes nodes without leaving tombstones. The lists that contained them are rebuilt, and nodes that were cut off are
//! linked again.
//!
//! Links are one-way and no list of incoming links is kept, so a removal reads all lists once, however many nodes it
//! removes: remove in batches. (Incoming lists would cost about as much memory as the links themselves.)

use super::Index;
use std::cmp::Reverse;
use std::collections::VecDeque;

impl Index {
    /// Deletes the nodes with the given keys and returns how many were deleted.
    ///
    /// Their slots become free. Unknown keys are skipped.
    pub fn delete(&mut self, keys: &[u64]) -> usize {
        let doomed: Vec<u32> = keys.iter().filter_map(|key| self.slots.remove(key)).collect();
        self.remove(&doomed);
        doomed.len()
    }

    /// Removes the nodes in the slots `doomed` from the graph.
    ///
    /// The map of keys must no longer contain them.
    pub(super) fn remove(&mut self, doomed: &[u32]) {
        if doomed.is_empty() {
            return;
        }
        if let Some(clusters) = &mut self.clusters {
            clusters.remove(doomed);
            doomed.iter().for_each(|slot| self.links.vacate(*slot));
            self.free.extend(doomed);
            if self.entry.is_some_and(|entry| self.links.level(entry).is_none()) {
                self.entry = self.links.live().next();
            }
            return;
        }
        let mut gone = vec![false; self.links.slots()];
        doomed.iter().for_each(|slot| gone[*slot as usize] = true);
        let live: Vec<u32> = self.links.live().filter(|slot| !gone[*slot as usize]).collect();
        let mut found = Vec::new();
        for &slot in &live {
            for level in 0..=self.links.level(slot).unwrap_or(0) {
                if self.links.list(slot, level).iter().any(|next| gone[*next as usize]) {
                    found.push((slot, level, self.mend(slot, level, &gone)));
                }
            }
        }
        // As in an insertion, a link chosen is offered both ways. Only now, when no list names the removed nodes.
        for (slot, level, neighbours) in found {
            for neighbour in neighbours {
                if !self.links.list(neighbour, level).contains(&slot) {
                    self.connect(neighbour, slot, level);
                }
            }
        }
        doomed.iter().for_each(|slot| self.links.vacate(*slot));
        self.free.extend(doomed);
        if self.entry.is_some_and(|entry| gone[entry as usize]) {
            self.entry = live.iter().copied().max_by_key(|slot| (self.links.level(*slot), Reverse(*slot)));
        }
        self.reattach(&live);
    }

    /// Rebuilds the list of `slot` after some of its neighbours were removed. Candidates are the remaining neighbours
    /// and, for each removed one, the neighbours of that node, and so on, until there are as many as in an insertion.
    /// Returns the neighbours that are new in the list.
    fn mend(&mut self, slot: u32, level: usize, gone: &[bool]) -> Vec<u32> {
        let mut near = Vec::new();
        let mut lease = self.pool.lease_for(self.links.slots());
        let visited = &mut lease.visited;
        visited.insert(slot);
        let mut open = VecDeque::from([slot]);
        while let Some(from) = open.pop_front()
            && near.len() < self.params.ef_construction
        {
            for &next in self.links.list(from, level) {
                if !visited.contains(next) {
                    visited.insert(next);
                    if gone[next as usize] { open.push_back(next) } else { near.push(next) }
                }
            }
        }
        drop(lease);
        let capacity = self.params.capacity(level);
        let mut chosen = self.select(&self.ranked(slot, &near), capacity);
        let fresh = chosen.iter().copied().filter(|next| !self.links.list(slot, level).contains(next)).collect();
        // A list is not thinned before it is full (algorithm 1), so the other links stay.
        for &next in self.links.list(slot, level) {
            if !gone[next as usize] && chosen.len() < capacity && !chosen.contains(&next) {
                chosen.push(next);
            }
        }
        self.links.set(slot, level, &chosen);
        fresh
    }

    /// Restores the invariant: each unreachable node gets a link from the nearest reachable node.
    ///
    /// Reachable nodes are those that the entry point reaches on level 0.
    fn reattach(&mut self, live: &[u32]) {
        let Some(entry) = self.entry else { return };
        let (mut reached, _) = self.reached();
        for &slot in live {
            if reached[slot as usize] {
                continue;
            }
            // A beam from the entry point finds only nodes that it reaches.
            let probe = self.space.probe_of(slot);
            let mut scratch = self.pool.lease_for(self.links.slots());
            self.beam(probe, &[entry], self.params.ef_construction, 0, &mut scratch);
            let nearest = scratch.beam.found().next().map_or(entry, |found| found.slot);
            drop(scratch);
            // `connect` needs room in the list of `slot`. The node dropped for it was not reached over `slot`, and is
            // reattached in its turn if it must be.
            let list = self.links.list(slot, 0);
            if list.len() == self.params.capacity(0) {
                let shorter = list[..list.len() - 1].to_vec();
                self.links.set(slot, 0, &shorter);
            }
            self.connect(nearest, slot, 0);
            self.flood(slot, &mut reached);
        }
    }
}
