//! Turns an index from one graph into clusters, and forms the clusters again when the index has grown.
//!
//! ```text
//! graph, or clusters ─► k-means over a sample of codes ─► nearest centroid of each node ─► slots in the order of clusters
//! ```
//!
//! Finding the clusters takes long and changes nothing, so that searches can run meanwhile. Then the rows are put into
//! the order of the clusters, free slots are dropped, and so are all links: a node added later goes to the nearest
//! centroid, at the end.

use super::clusters::Clusters;
use super::codes::Codes;
use super::k_means::{SAMPLED_PER_CENTROID, Work, assign, centroids};
use super::{Index, Metric};
use crate::error::{Error, Result};

/// Clusters that were found and are not yet in use.
#[derive(Debug)]
pub(crate) struct Partition {
    centroids: Codes,
    /// Slot of each node, in its new place.
    order: Vec<u32>,
    /// Cluster of each node, in its new place.
    homes: Vec<u32>,
}

impl Partition {
    /// Returns the present slot of each node, in the order of the nodes' new slots.
    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }
}

impl Index {
    /// Number of clusters; 0 if the index is one graph.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.clusters.as_ref().map_or(0, Clusters::count)
    }

    /// Number of clusters that a search with this `nprobe` looks at; 0 if the index is one graph.
    #[must_use]
    pub fn probes(&self, nprobe: usize) -> usize {
        self.clusters.as_ref().map_or(0, |clusters| clusters.probes(nprobe))
    }

    /// Whether clusters should be formed, for the first time or again. There must be `from` nodes, and no clusters yet
    /// or too few for twice as many nodes.
    ///
    /// False for vectors that have no codes, and under other metrics than cosine.
    #[must_use]
    pub fn is_partition_due(&self, from: usize) -> bool {
        let due = self.clusters.as_ref().is_none_or(|clusters| clusters.outgrown(self.len()));
        self.can_partition() && due && self.len() >= from
    }

    /// Finds clusters of all nodes, for [`Self::partition`]. `stop` is polled by the calling thread.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the index is empty or its vectors have no codes that cosines can be computed from, or for
    /// no threads; [`Error::Stopped`]; [`Error::Checksum`] when the snapshot that it was read from is damaged.
    pub(crate) fn plan_partition(&self, threads: usize, stop: &dyn Fn() -> bool) -> Result<Partition> {
        let Some(codes) = self.space.codes().filter(|_| self.can_partition()) else {
            let what = "clusters need nodes, the metric cosine, and vectors of 64 values or more";
            return Err(Error::Parameter { what, got: format!("{} nodes of {} values", self.len(), self.dim()) });
        };
        if threads == 0 {
            return Err(Error::Parameter { what: "threads must be at least 1", got: "0".to_owned() });
        }
        self.space.check_all_codes()?;
        let live: Vec<u32> = self.links.live().collect();
        let count = Clusters::suited_to(live.len());
        let every = live.len().div_ceil(count * SAMPLED_PER_CENTROID).max(1);
        let sample: Vec<u32> = live.iter().copied().step_by(every).collect();
        let work = Work { threads, stop };
        let centroids = centroids(codes, self.dim(), &sample, count.min(sample.len()), work)?;
        let homes = assign(codes, &centroids, &live, work)?;
        let mut pairs: Vec<(u32, u32)> = homes.into_iter().zip(live).collect();
        pairs.sort_unstable();
        let (homes, order) = pairs.into_iter().unzip();
        Ok(Partition { centroids, order, homes })
    }

    /// Starts to use clusters that were found for the present nodes. The slots of the nodes change to those of the
    /// partition's order.
    ///
    /// # Errors
    /// [`Error::Checksum`] when the snapshot that the index was read from is damaged; then nothing changes.
    pub(crate) fn partition(&mut self, found: Partition) -> Result<()> {
        let Partition { centroids, order, homes } = found;
        self.space.reorder(&order)?;
        self.keys = order.iter().map(|slot| self.keys[*slot as usize]).collect();
        self.slots.clear();
        self.slots.extend(self.keys.iter().copied().zip(0..));
        self.free.clear();
        self.links.unlink(order.len());
        self.entry = (!order.is_empty()).then_some(0);
        self.clusters = Some(Clusters::of(centroids, homes));
        Ok(())
    }

    fn can_partition(&self) -> bool {
        self.params.metric == Metric::Cosine && self.space.is_coded() && !self.is_empty()
    }
}
