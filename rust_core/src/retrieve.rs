//! From the slots of some hits to weights over their neighbourhood.
//!
//! ```text
//! slots ─► graph::neighbourhood ─► vectors, or what stands for them ─► attention ─► keys, heaviest first
//! ```
//!
//! Nothing is copied or looked up by key on the way, and the buffers are pooled. For vectors stand their projections where
//! these are kept, and their codes where attention asks for nothing but cosines, as the prior does: then the vectors, which
//! are the largest part of a mapped snapshot, are read for the hits alone.

use crate::attention::{self, Parameters, Projected, Scratch, attend_over};
use crate::error::{Error, Result};
use crate::graph::{Graph, Neighbourhood, Nodes};
use crate::hnsw::{Hits, Index, KeySet};
use crate::pool::Pool;
use std::sync::Arc;

/// Attention over the neighbourhood of some hits.
#[derive(Debug, Clone, PartialEq)]
pub struct Attended {
    /// The nodes, heaviest first; equal weights in the order of their keys.
    pub keys: Vec<u64>,
    /// Their weights, which sum to 1.
    pub weights: Vec<f32>,
    /// Shannon entropy of the weights, nats.
    pub entropy: f32,
    /// Hops at which the farthest node was found.
    pub depth_touched: u32,
}

/// Hits, and attention over their neighbourhood.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieved {
    /// What the search found.
    pub hits: Hits,
    /// The weights around it.
    pub attended: Attended,
}

/// How far a neighbourhood reaches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    pub hops: u32,
    pub max_nodes: usize,
}

#[derive(Debug, Default)]
struct Buffers {
    neighbourhood: Neighbourhood,
    attention: Scratch,
    cosines: Vec<f32>,
    order: Vec<u64>,
}

/// The parameters a memory attends by, what they project its vectors to, and the pool of buffers.
#[derive(Debug)]
pub(crate) struct Attention {
    parameters: Arc<Parameters>,
    /// With a row for every live slot.
    projected: Option<Projected>,
    pool: Pool<Buffers>,
}

/// The nodes of an index, as far as they are allowed. What attention will read of those that are kept is asked for while
/// the neighbourhood is still looked for, which leaves the memory idle.
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

impl Default for Attention {
    fn default() -> Self {
        let parameters = Arc::new(Parameters::prior(1).expect("one layer is a number of layers there is"));
        Self { parameters, projected: None, pool: Pool::default() }
    }
}

impl Attention {
    /// The parameters given last.
    pub fn parameters(&self) -> &Arc<Parameters> {
        &self.parameters
    }

    /// Takes parameters and projects every vector by them. On an error nothing is changed.
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

    /// Projects the vector in `slot` anew. If it is none that attention takes, which then says so, nothing more is kept.
    pub fn update(&mut self, index: &Index, slot: u32) {
        let Some(projected) = &mut self.projected else { return };
        projected.resize(index.slot_count());
        if projected.set(slot, index.row(slot)).is_err() {
            self.projected = None;
        }
    }

    /// Attends over the neighbourhood of the nodes in `hits`, as far as they are `allowed`. `features` are of the hits,
    /// row by row; parameters that take any therefore want a neighbourhood of the hits alone.
    #[expect(clippy::too_many_arguments, reason = "the parts of a memory and the arguments of its method")]
    pub fn attend(
        &self,
        index: &Index,
        graph: &Graph,
        parameters: &Arc<Parameters>,
        query: &[f32],
        hits: &[u32],
        features: &[f32],
        scope: Scope,
        allowed: Option<&KeySet>,
    ) -> Result<Attended> {
        if query.len() != index.dim() {
            return Err(Error::Dimension { expected: index.dim(), got: query.len() });
        }
        let Buffers { neighbourhood, attention, cosines, order } = &mut *self.pool.lease();
        let projected = self.projected.as_ref().filter(|projected| projected.is_of(parameters));
        let nodes = View { index, projected, allowed };
        graph.neighbourhood(hits, scope.hops, scope.max_nodes, &nodes, neighbourhood)?;
        // Rows are matched by place, so each hit must be a node, and no node another than a hit.
        if parameters.features() > 0 && neighbourhood.slots != hits {
            let what = "features are of the hits: no hops, and each hit once and within max_nodes";
            return Err(Error::Parameter {
                what,
                got: format!("{} nodes of {} hits", neighbourhood.slots.len(), hits.len()),
            });
        }
        let (slots, subgraph) = (&neighbourhood.slots, &neighbourhood.subgraph);
        let row = |node: usize| index.row(slots[node]);
        let nodes = match projected {
            _ if parameters.ask_for_features_alone() => attention::Nodes::Unread,
            Some(projected) => attention::Nodes::Projected(projected, slots),
            None if parameters.ask_for_cosines() && index.cosines(query, slots, cosines)? => {
                attention::Nodes::Cosines(cosines)
            }
            None => {
                index.check_rows(slots)?;
                attention::Nodes::Vectors(&row)
            }
        };
        let found = attend_over(parameters, query, nodes, features, subgraph, attention)?;
        let (keys, weights) = heaviest_first(&subgraph.keys, &found.weights, order);
        Ok(Attended { keys, weights, entropy: found.entropy, depth_touched: subgraph.depth_touched })
    }
}

/// The nodes by falling weight, equal weights by rising key.
fn heaviest_first(keys: &[u64], weights: &[f32], order: &mut Vec<u64>) -> (Vec<u64>, Vec<f32>) {
    // Weights are not negative, so their bits order as they do, and whole numbers are sorted quickest.
    order.clear();
    order.extend((0u64..).zip(weights).map(|(node, weight)| u64::from(!weight.to_bits()) << 32 | node));
    order.sort_unstable();
    for equal in order.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|equal| equal.len() > 1) {
        equal.sort_unstable_by_key(|node| keys[*node as u32 as usize]);
    }
    let nodes = || order.iter().map(|node| *node as u32 as usize);
    (nodes().map(|node| keys[node]).collect(), nodes().map(|node| weights[node]).collect())
}
