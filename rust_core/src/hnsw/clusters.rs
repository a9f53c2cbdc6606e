//! Clusters of nodes with similar vectors, for searches of a large index. A search compares the query with the members
//! of the nearest clusters, instead of walking a graph of all nodes.
//!
//! Each cluster has a centroid, a unit vector kept as a code, and a node belongs to the cluster whose centroid is
//! nearest. The members of a cluster lie side by side in the snapshot, so that of a mapped file only the clusters that
//! are searched, and not all codes, take memory (Jégou, Douze & Schmid, "Product quantization for nearest neighbor
//! search", PAMI 2011, section 4: the inverted file).

use super::candidate::Candidate;
use super::codes::{Codes, View};
use super::space::Distances;
use crate::error::{Result, ensure};
use crate::kernels::Plane;
use crate::snapshot::{Blocks, Snapshot, Writer};
use std::io::Write;

/// Cluster of a slot that is free.
const NOWHERE: u32 = u32::MAX;

/// Number of clusters per cluster that a search looks at unless told otherwise; see "Clusters or one graph" in
/// `bench_device/LOG.md`.
const PROBED_SHARE: usize = 8;

/// Smallest number of clusters that a search looks at unless told otherwise.
const PROBED_LEAST: usize = 16;

/// The clusters of an index.
#[derive(Debug)]
pub(super) struct Clusters {
    /// The centroid of each cluster.
    centroids: Codes,
    /// The numbers of all clusters, in ascending order.
    numbers: Vec<u32>,
    /// Slots of each cluster's nodes.
    members: Vec<Vec<u32>>,
    /// Cluster of the node in each slot, or [`NOWHERE`].
    homes: Vec<u32>,
}

impl Clusters {
    /// Makes clusters from their centroids and the cluster of each slot's node.
    pub(super) fn of(centroids: Codes, homes: Vec<u32>) -> Self {
        let numbers: Vec<u32> = (0..centroids.count() as u32).collect();
        let mut members = vec![Vec::new(); numbers.len()];
        for (slot, home) in (0..).zip(&homes).filter(|(_, home)| **home != NOWHERE) {
            members[*home as usize].push(slot);
        }
        Self { centroids, numbers, members, homes }
    }

    /// Returns the number of clusters that suits `nodes` nodes. Comparing a query with all centroids then takes as long
    /// as comparing it with the members of four clusters.
    pub(super) fn suited_to(nodes: usize) -> usize {
        (2 * nodes.isqrt()).clamp(1, nodes.max(1))
    }

    /// Number of clusters.
    pub(super) fn count(&self) -> usize {
        self.numbers.len()
    }

    /// Whether the clusters are suited to at most half of `nodes` nodes.
    pub(super) fn outgrown(&self, nodes: usize) -> bool {
        Self::suited_to(nodes / 2) >= self.count() && nodes >= 2
    }

    /// Number of clusters that a search looks at; the default if `wanted` is 0.
    pub(super) fn probes(&self, wanted: usize) -> usize {
        let default = (self.count() / PROBED_SHARE).max(PROBED_LEAST);
        (if wanted == 0 { default } else { wanted }).min(self.count())
    }

    /// Returns the cluster whose centroid is nearest to `code`.
    pub(super) fn nearest(&self, code: View<'_>, into: &mut Distances) -> u32 {
        nearest(&self.centroids, &self.numbers, code, into)
    }

    /// Returns all clusters, each with the distance of its centroid from `code`. The `first` nearest come first, in order.
    pub(super) fn ranked(&self, code: View<'_>, first: usize, into: &mut Distances) -> Vec<Candidate> {
        self.centroids.distances(code, &self.numbers, &mut into.products, &mut into.values);
        let pairs = self.numbers.iter().zip(&into.values);
        let mut ranked: Vec<_> = pairs.map(|(&slot, &distance)| Candidate { distance, slot }).collect();
        if first < ranked.len() {
            ranked.select_nth_unstable(first);
        }
        let first = first.min(ranked.len());
        ranked[..first].sort_unstable();
        ranked
    }

    /// Returns the slots of the nodes in a cluster.
    pub(super) fn members(&self, cluster: u32) -> &[u32] {
        &self.members[cluster as usize]
    }

    /// Puts the node in `slot`, which is in no cluster, into `cluster`.
    pub(super) fn put(&mut self, slot: u32, cluster: u32) {
        if self.homes.len() <= slot as usize {
            self.homes.resize(slot as usize + 1, NOWHERE);
        }
        self.homes[slot as usize] = cluster;
        self.members[cluster as usize].push(slot);
    }

    /// Removes the nodes in `slots` from their clusters.
    pub(super) fn remove(&mut self, slots: &[u32]) {
        let mut changed: Vec<u32> =
            slots.iter().map(|slot| std::mem::replace(&mut self.homes[*slot as usize], NOWHERE)).collect();
        changed.sort_unstable();
        changed.dedup();
        for cluster in changed.into_iter().filter(|cluster| *cluster != NOWHERE) {
            let homes = &self.homes;
            self.members[cluster as usize].retain(|slot| homes[*slot as usize] == cluster);
        }
    }

    /// Whether the clusters list exactly the live nodes, each once and in its own cluster. `live` tells whether a slot
    /// has a node.
    pub(super) fn agree(&self, slots: usize, live: impl Fn(u32) -> bool) -> bool {
        let mut seen = vec![false; slots];
        for (cluster, members) in (0..).zip(&self.members) {
            for &slot in members {
                let fits = live(slot) && self.homes[slot as usize] == cluster;
                if !fits || std::mem::replace(&mut seen[slot as usize], true) {
                    return false;
                }
            }
        }
        (0..slots as u32).all(|slot| live(slot) == seen[slot as usize])
    }

    /// Number of nodes in all clusters.
    pub(super) fn nodes(&self) -> usize {
        self.members.iter().map(Vec::len).sum()
    }

    /// Appends three sections to a snapshot: the cluster of each of `slots` slots, and codes and scales of the
    /// centroids.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub(super) fn write<W: Write>(&self, slots: usize, out: &mut Writer<W>) -> Result<()> {
        let rest = vec![NOWHERE; slots - self.homes.len()];
        out.section(&[&self.homes, &rest])?;
        let (lines, scales, _) = self.centroids.arrays();
        let Plane { base, tail } = lines.plane();
        out.section(&[base, tail])?;
        out.section(&[scales])
    }

    /// Reads the sections that [`Self::write`] appended. `centroids` is empty and gets the centroids. Each slot for
    /// which `live` returns true must have a cluster, and no other.
    ///
    /// # Errors
    /// [`crate::Error::Checksum`], [`crate::Error::Io`], [`crate::Error::Corrupt`].
    pub(super) fn read(
        mut centroids: Codes,
        slots: usize,
        live: impl Fn(u32) -> bool,
        from: &mut Snapshot<'_>,
    ) -> Result<Self> {
        let homes: Vec<u32> = from.copy()?;
        let (lines, scales) = (from.map()?, from.copy::<f32>()?);
        let count = scales.len();
        centroids.restore(count, (lines, Blocks::default()), scales, Vec::new())?;
        ensure(count > 0 && count < NOWHERE as usize, "there are no clusters, or too many")?;
        ensure(homes.len() == slots, "clusters and slots do not add up")?;
        let fits = |(slot, home): (u32, &u32)| if live(slot) { (*home as usize) < count } else { *home == NOWHERE };
        ensure((0..).zip(&homes).all(fits), "a node has no cluster, or a free slot has one")?;
        Ok(Self::of(centroids, homes))
    }
}

/// Returns the number of the centroid that is nearest to `code`; the smallest number at equal distances.
pub(super) fn nearest(centroids: &Codes, numbers: &[u32], code: View<'_>, into: &mut Distances) -> u32 {
    centroids.distances(code, numbers, &mut into.products, &mut into.values);
    let pairs = numbers.iter().zip(&into.values);
    pairs.map(|(&slot, &distance)| Candidate { distance, slot }).min().map_or(0, |nearest| nearest.slot)
}
