//! Attention over the neighbourhood of a search's hits.
//!
//! ```text
//! slots of hits ─► graph::neighbourhood ─► vectors, projections or codes ─► attention ─► keys, heaviest first
//! ```
//!
//! Nothing is copied or looked up by key on the way, and the buffers are pooled. Projections are used where they are
//! kept, and codes where the parameters need only cosines, as the prior does: then the vectors, the largest part of a
//! mapped snapshot, are read for the hits alone.

use crate::attention::{self, Parameters, Projected, Scratch, attend_over};
use crate::error::{Error, Result};
use crate::graph::{Graph, Neighbourhood, Nodes};
use crate::hnsw::{Index, KeySet, SearchResult};
use crate::pool::Pool;
use crate::search_params::SearchParams;
use std::sync::Arc;

/// The attention weights of the hits and of the nodes near them.
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionResult {
    /// Keys of the nodes, heaviest first; nodes of equal weight are in ascending order of keys.
    pub keys: Vec<u64>,
    /// Weights of the nodes; they sum to 1.
    pub weights: Vec<f32>,
    /// Shannon entropy of the weights, in nats.
    pub entropy: f32,
    /// Number of edges from the hits to the farthest node in the result.
    pub depth_touched: u32,
}

/// The hits of a search, and the attention weights of the hits and of the nodes near them.
#[derive(Debug, Clone, PartialEq)]
pub struct RetrievalResult {
    /// The nearest nodes.
    pub hits: SearchResult,
    /// The weights of the hits and the nodes near them.
    pub attended: AttentionResult,
}

/// The inputs of attention: its parameters, the query, and the hits with their features.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttentionQuery<'a> {
    pub parameters: &'a Arc<Parameters>,
    /// Vector of the query.
    pub query: &'a [f32],
    /// Slots of the hits.
    pub hits: &'a [u32],
    /// Features of the hits, row by row; empty for parameters that take none.
    pub features: &'a [f32],
    /// Keys that the neighbourhood may contain; `None` allows all.
    pub allowed: Option<&'a KeySet>,
}

#[derive(Debug, Default)]
struct Buffers {
    neighbourhood: Neighbourhood,
    attention: Scratch,
    cosines: Vec<f32>,
    order: Vec<u64>,
}

/// The attention parameters of a memory, the projected vectors, and a pool of buffers.
#[derive(Debug)]
pub(crate) struct AttentionCache {
    parameters: Arc<Parameters>,
    /// The projected vectors, one row per live slot.
    ///
    /// `None` if the parameters have no projections, or if a vector could not be projected.
    projected: Option<Projected>,
    pool: Pool<Buffers>,
}

/// The nodes of an index, in the form that the search for a neighbourhood needs.
///
/// The projections of kept nodes are prefetched while the neighbourhood is still being found, which leaves the memory
/// bus idle.
struct View<'a> {
    index: &'a Index,
    projected: Option<&'a Projected>,
    allowed: Option<&'a KeySet>,
}

impl Nodes for View<'_> {
    fn key(&self, slot: u32) -> u64 {
        self.index.key(slot)
    }

    fn allowed(&self) -> Option<&KeySet> {
        self.allowed
    }

    fn kept(&self, slot: u32) {
        if let Some(projected) = self.projected {
            projected.prefetch(slot);
        }
    }
}

impl Nodes for Index {
    fn key(&self, slot: u32) -> u64 {
        self.key(slot)
    }
}

impl Default for AttentionCache {
    fn default() -> Self {
        let parameters = Arc::new(Parameters::prior(1).expect("one layer is a valid number of layers"));
        Self { parameters, projected: None, pool: Pool::default() }
    }
}

impl AttentionCache {
    /// Returns the parameters last given to [`Self::set`], initially the prior of one layer.
    pub fn parameters(&self) -> &Arc<Parameters> {
        &self.parameters
    }

    /// Replaces the parameters and projects every vector; changes nothing on an error.
    pub fn set(&mut self, index: &Index, parameters: Arc<Parameters>, threads: usize) -> Result<()> {
        parameters.check_dim(index.dim())?;
        let mut projected = Projected::new(&parameters);
        if let Some(projected) = &mut projected {
            index.check_all_rows()?;
            let live = |slot| index.is_live(slot).then(|| index.row(slot));
            projected.fill(index.slot_count(), threads, live)?;
        }
        (self.parameters, self.projected) = (parameters, projected);
        Ok(())
    }

    /// Projects all vectors again after their slots changed.
    pub fn refresh(&mut self, index: &Index) {
        if self.projected.is_some() && self.set(index, Arc::clone(&self.parameters), 1).is_err() {
            self.projected = None;
        }
    }

    /// Projects the vector in `slot` again. If attention does not accept the vector, all projections are dropped, and
    /// attending reports the error.
    pub fn update(&mut self, index: &Index, slot: u32) {
        let Some(projected) = &mut self.projected else { return };
        projected.resize(index.slot_count());
        if projected.set(slot, &index.row(slot)).is_err() {
            self.projected = None;
        }
    }

    /// Weighs the nodes in the neighbourhood of the hits. Parameters that take features weigh the hits alone.
    pub fn attend(
        &self,
        index: &Index,
        graph: &Graph,
        query: &AttentionQuery<'_>,
        params: &SearchParams,
    ) -> Result<AttentionResult> {
        let AttentionQuery { parameters, query, hits, features, allowed } = *query;
        if query.len() != index.dim() {
            return Err(Error::Dimension { expected: index.dim(), got: query.len() });
        }
        let Buffers { neighbourhood, attention, cosines, order } = &mut *self.pool.lease();
        let projected = self.projected.as_ref().filter(|projected| projected.is_of(parameters));
        let nodes = View { index, projected, allowed };
        graph.neighbourhood(hits, params.hops, params.max_nodes, &nodes, neighbourhood)?;
        // Rows of features are matched by position, so the nodes must be exactly the hits.
        if parameters.features() > 0 && neighbourhood.slots != hits {
            let what = "features are of the hits: no hops, and each hit once and within max_nodes";
            return Err(Error::Parameter {
                what,
                got: format!("{} nodes of {} hits", neighbourhood.slots.len(), hits.len()),
            });
        }
        let (slots, subgraph) = (&neighbourhood.slots, &neighbourhood.subgraph);
        let row = |node: usize| index.row(slots[node]);
        let soon = |node: usize| index.prefetch_row(slots[node]);
        let nodes = match projected {
            _ if parameters.ask_for_features_alone() => attention::Nodes::Unread,
            Some(projected) => attention::Nodes::Projected(projected, slots),
            None if parameters.ask_for_cosines() && index.cosines(query, slots, cosines)? => {
                attention::Nodes::Cosines(cosines)
            }
            None => {
                index.check_rows(slots)?;
                attention::Nodes::Vectors(&row, &soon)
            }
        };
        let found = attend_over(parameters, query, nodes, features, subgraph, attention)?;
        let (keys, weights) = heaviest_first(&subgraph.keys, &found.weights, order);
        Ok(AttentionResult { keys, weights, entropy: found.entropy, depth_touched: subgraph.depth_touched })
    }
}

/// Returns keys and weights sorted by descending weight, and by ascending key among equal weights.
fn heaviest_first(keys: &[u64], weights: &[f32], order: &mut Vec<u64>) -> (Vec<u64>, Vec<f32>) {
    // The bits of non-negative floats order as the floats do, and integers sort fastest.
    order.clear();
    order.extend((0u64..).zip(weights).map(|(node, weight)| u64::from(!weight.to_bits()) << 32 | node));
    order.sort_unstable();
    for equal in order.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|equal| equal.len() > 1) {
        equal.sort_unstable_by_key(|node| keys[*node as u32 as usize]);
    }
    let nodes = || order.iter().map(|node| *node as u32 as usize);
    (nodes().map(|node| keys[node]).collect(), nodes().map(|node| weights[node]).collect())
}
