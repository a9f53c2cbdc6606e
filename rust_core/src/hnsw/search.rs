//! Finds nearest neighbours: by beam search (paper, algorithms 2 and 5), or exactly, by comparing the query with every
//! node.
//!
//! ```text
//! query ─► code ───► greedy descent ─► beam on level 0 ───────────────────────► distances of the best on whole rows ─► result
//!     │    └─► every code, when there are few ────────────────────────────────┘
//!     └─► sketch ─► greedy descent ─► beam on level 0 ─► codes of the beam ───┘   when there are many
//! ```
//!
//! An index in clusters is searched by `probe`.

use super::candidate::Candidate;
use super::scratch::Scratch;
use super::space::{Probe, Space, Target};
use super::{Index, KeySet, SearchResult, SearchStats};
use crate::error::{Error, Result};
use crate::search_params::SearchParams;

/// Largest number of nodes, per unit of beam width, that a search scans instead of walking the graph. On a Xeon of
/// 2023, with 384 values per vector, both took the same time at 17 for ef 16, 11 for ef 64, 7 for ef 256 and 8 for ef
/// 13,000. Measured on f32 rows; on codes, where a comparison is cheaper, the limit could be higher.
pub(super) const SCANNED_PER_EF: usize = 8;

/// A beam on sketches is wider than `k` by `k / SPARE`. With one sixth, as many of the 64 nearest were found as on
/// codes, in the same time.
pub(super) const SPARE: usize = 6;

impl Index {
    /// Finds approximately the `k` nodes nearest to `query` among the allowed nodes.
    ///
    /// `allowed` is the set of allowed keys; `None` allows all. The beam has a width of `max(ef_search, k)`. The result
    /// is shorter only if fewer nodes are live and allowed.
    ///
    /// With a set of allowed keys the beam is widened as if they were spread evenly, and other nodes are dropped from
    /// it afterwards. An uneven spread does not make the result worse, since every node outside the beam is farther
    /// than all inside, but shorter; if it is too short, or if few nodes are allowed, all allowed nodes are compared.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `k`, `ef_search` or `rerank` is 0 or the query is too long a vector;
    /// [`Error::Dimension`], [`Error::NotFinite`] or [`Error::ZeroVector`], with row 0, when it is unfit otherwise;
    /// [`Error::Checksum`] when a vector is needed that is damaged in the snapshot it was read from.
    pub fn search(&self, query: &[f32], params: &SearchParams, allowed: Option<&KeySet>) -> Result<SearchResult> {
        self.search_slots(query, params, allowed).map(|(_, hits)| hits)
    }

    /// Searches as [`Self::search`] does, and also returns the slots of the nodes found.
    pub(crate) fn search_slots(
        &self,
        query: &[f32],
        params: &SearchParams,
        allowed: Option<&KeySet>,
    ) -> Result<(Vec<u32>, SearchResult)> {
        params.check()?;
        let SearchParams { k, ef_search, rerank, scan_few, .. } = *params;
        let query = self.query(query, k)?;
        if let (Some(clusters), Some(code)) = (&self.clusters, self.space.encode(&query)) {
            let scratch = &mut *self.pool.lease_for(0);
            return self.probe(clusters, (&query, code.view()), params, allowed, scratch);
        }
        let live = self.len();
        let count = allowed.map_or(live, |allowed| allowed.len().min(live));
        // The number of allowed nodes in a beam varies by chance; three standard deviations of spare width rarely fall
        // short.
        let spare = if count < live { 3 * k.min(live).isqrt() } else { 0 };
        let ef = ef_search.max(k.saturating_add(spare)).saturating_mul(live).div_ceil(count.max(1)).min(live);
        let code = self.space.encode(&query);
        let probe = Space::probe(&query, code.as_ref());
        let target = self.space.sketch_target(&query);
        // Among as many by sketch as are wanted a few of the nearest would be missing.
        let ef = if target.is_some() { ef.max(k.saturating_add(k.div_ceil(SPARE))).min(live) } else { ef };
        let walk = target.as_ref().map_or(probe, Probe::Sketch);
        let scratch = &mut *self.pool.lease_for(self.links.slots());
        if k >= count || scan_few && count <= ef.saturating_mul(SCANNED_PER_EF) {
            return self.scan(&query, probe, k, allowed, scratch);
        }
        let is_allowed = |candidate: &Candidate| {
            let key = self.keys[candidate.slot as usize];
            self.is_named(candidate.slot) && allowed.is_none_or(|allowed| allowed.contains(key))
        };
        let most = rerank.max(k);
        let mut found: Vec<Candidate> = Vec::new();
        if let Some(entry) = self.entry {
            let nearest = (1..=self.top()).rev().fold(entry, |slot, level| self.descend(walk, slot, level, scratch));
            self.beam(walk, &[nearest], ef, 0, scratch);
            found.extend(scratch.beam.found().filter(is_allowed));
            if target.is_some() {
                self.recode(probe, &mut found, scratch);
                nearest_first(&mut found, most);
                found.truncate(most);
                nearest_first(&mut found, k);
            }
        }
        found.truncate(most);
        // The entry point reaches every node, but the slot where the descent ended may not.
        if found.len() < k {
            return self.scan(&query, probe, k, allowed, scratch);
        }
        self.rerank(&query, probe, k, &mut found, scratch)?;
        Ok(self.hits(found, k, false))
    }

    /// Finds the `k` nodes nearest to `query` by comparing it with every vector.
    ///
    /// The recall of [`Self::search`] is measured against this search.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn search_exact(&self, query: &[f32], k: usize) -> Result<SearchResult> {
        let query = self.query(query, k)?;
        let slots = self.every(None).into_iter();
        let mut found: Vec<_> = slots.map(|slot| Candidate { distance: 0.0, slot }).collect();
        let code = self.space.encode(&query);
        let target = self.space.target(&query, Space::probe(&query, code.as_ref()));
        self.measure(&target, &mut found, &mut self.pool.lease_for(0))?;
        Ok(self.hits(found, k, true).1)
    }

    fn query(&self, query: &[f32], k: usize) -> Result<Vec<f32>> {
        if k == 0 {
            return Err(Error::Parameter { what: "k must be at least 1", got: "0".to_owned() });
        }
        self.space.vectors().check(query, 0)?;
        Ok(self.space.vectors().prepare(query))
    }

    /// Finds the `k` nearest allowed nodes exactly.
    ///
    /// The query is compared first with the codes, a quarter of the bytes, then with those vectors that can still be
    /// among the nearest.
    pub(super) fn scan(
        &self,
        query: &[f32],
        probe: Probe<'_>,
        k: usize,
        allowed: Option<&KeySet>,
        scratch: &mut Scratch,
    ) -> Result<(Vec<u32>, SearchResult)> {
        let slots = self.every(allowed);
        self.space.check_codes(&slots)?;
        let distances = self.space.distances(probe, &slots, &mut scratch.distances);
        let pairs = slots.iter().zip(distances);
        let mut found: Vec<_> = pairs.map(|(&slot, &distance)| Candidate { distance, slot }).collect();
        nearest_first(&mut found, k);
        self.rerank(query, probe, k, &mut found, scratch)?;
        Ok(self.hits(found, k, true))
    }

    /// Returns the slots of the allowed nodes.
    fn every(&self, allowed: Option<&KeySet>) -> Vec<u32> {
        let named = || self.links.live().filter(|slot| self.is_named(*slot));
        match allowed {
            // Looking up one key costs about as much as skipping eight nodes.
            Some(allowed) if allowed.len() < self.len() / 8 => {
                allowed.iter().filter_map(|key| self.slots.get(&key).copied()).collect()
            }
            Some(allowed) => named().filter(|slot| allowed.contains(self.keys[*slot as usize])).collect(),
            None => named().collect(),
        }
    }

    /// Replaces the distances in `found` with exact ones, and drops candidates that cannot be among the `k` nearest.
    /// `found` must begin with the `k` candidates that are nearest by code: no node farther than the farthest of these
    /// can be a hit.
    pub(super) fn rerank(
        &self,
        query: &[f32],
        probe: Probe<'_>,
        k: usize,
        found: &mut Vec<Candidate>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        if let Probe::Code(_) = probe {
            let target = self.space.target(query, probe);
            let mut others = found.split_off(k.min(found.len()));
            self.measure(&target, found, scratch)?;
            let worst = found.iter().map(|candidate| candidate.distance).fold(f32::NEG_INFINITY, f32::max);
            others.retain(|other| other.distance - self.space.margin(probe, other.slot) <= worst);
            self.measure(&target, &mut others, scratch)?;
            found.append(&mut others);
        }
        Ok(())
    }

    /// Whether the key of the node in `slot` still stands for this node. An insertion in progress may have given
    /// the key to a new node.
    pub(super) fn is_named(&self, slot: u32) -> bool {
        self.replaced.is_empty() || self.slots.get(&self.keys[slot as usize]) == Some(&slot)
    }

    /// Replaces the distances in `found` with distances computed from the kept vectors, in f32 or in 16 bits.
    fn measure(&self, target: &Target<'_>, found: &mut [Candidate], scratch: &mut Scratch) -> Result<()> {
        scratch.near.clear();
        scratch.near.extend(found.iter().map(|candidate| candidate.slot));
        let distances = self.space.measure(target, &scratch.near, &mut scratch.distances)?;
        for (candidate, distance) in found.iter_mut().zip(distances) {
            candidate.distance = *distance;
        }
        Ok(())
    }

    /// Replaces the distances in `found` with those computed from codes.
    fn recode(&self, probe: Probe<'_>, found: &mut [Candidate], scratch: &mut Scratch) {
        scratch.near.clear();
        scratch.near.extend(found.iter().map(|candidate| candidate.slot));
        let distances = self.space.distances(probe, &scratch.near, &mut scratch.distances);
        for (candidate, distance) in found.iter_mut().zip(distances) {
            candidate.distance = *distance;
        }
    }

    pub(super) fn hits(&self, mut found: Vec<Candidate>, k: usize, exact: bool) -> (Vec<u32>, SearchResult) {
        let key = |candidate: &Candidate| self.keys[candidate.slot as usize];
        let order = |a: &Candidate, b: &Candidate| a.distance.total_cmp(&b.distance).then_with(|| key(a).cmp(&key(b)));
        if k < found.len() {
            found.select_nth_unstable_by(k, order);
            found.truncate(k);
        }
        found.sort_unstable_by(order);
        let distances: Vec<f32> = found.iter().map(|candidate| candidate.distance).collect();
        let stats = SearchStats::of(&distances, exact);
        let hits = SearchResult { keys: found.iter().map(key).collect(), stats, distances };
        (found.into_iter().map(|candidate| candidate.slot).collect(), hits)
    }

    /// Returns the level of the entry point; 0 if there is none.
    pub(super) fn top(&self) -> usize {
        self.entry.and_then(|entry| self.links.level(entry)).unwrap_or(0)
    }

    /// Walks from `from` to ever nearer neighbours on `level`, and returns the last node (algorithm 2 with ef = 1).
    pub(super) fn descend(&self, probe: Probe<'_>, from: u32, level: usize, scratch: &mut Scratch) -> u32 {
        self.beam(probe, &[from], 1, level, scratch);
        scratch.beam.found().next().map_or(from, |nearest| nearest.slot)
    }

    /// Walks on `level` with a beam of width `ef`; afterwards `scratch.beam` holds the nodes found (algorithm 2).
    pub(super) fn beam(&self, probe: Probe<'_>, from: &[u32], ef: usize, level: usize, scratch: &mut Scratch) {
        let Scratch { visited, beam, near, distances } = scratch;
        visited.clear(self.links.slots());
        beam.start(ef);
        visited.insert_all(from, near);
        loop {
            let values = self.space.distances(probe, near, distances);
            let mut limit = beam.limit();
            for (&slot, &distance) in near.iter().zip(values) {
                if distance <= limit {
                    // The neighbours of the node to go on from next are needed soon.
                    if beam.offer(Candidate { distance, slot }) {
                        self.links.prefetch(slot, level);
                    }
                    limit = beam.limit();
                }
            }
            let Some(nearest) = beam.pop() else { return };
            if let Some(next) = beam.peek() {
                self.links.prefetch(next, level);
            }
            visited.insert_all(self.links.list(nearest, level), near);
        }
    }
}

/// Moves the `count` nearest candidates to the front.
pub(super) fn nearest_first(found: &mut [Candidate], count: usize) {
    if count < found.len() {
        found.select_nth_unstable(count);
    }
}
