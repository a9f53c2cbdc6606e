//! The untrained parameters, which weigh a node by its own and its neighbours' similarity to the query.
//!
//! One head, identity projections, a = 0 apart from the bias β of the self slot. With c_j = cos(q, x_j) and W_i the sum
//! of a node's edge weights, the module's equations become
//!
//! ```text
//! s_i = τ (e^(β + γ c_i) c_i + Σ_j w_ij e^(γ c_j) c_j) / (e^(β + γ c_i) + Σ_j w_ij e^(γ c_j))
//! ```
//!
//! so a node without edges scores τ c_i, as in plain retrieval; a node beside better ones rises, because what is linked to
//! a good answer often holds its missing half; and a good node beside worse ones hardly falls, because both γ and β make
//! it listen to itself. Measured against one neighbour whose cosine is D above its own, a node moves by D·σ(γD − β) for an
//! edge of weight 1. From this:
//!
//! - **β = γ = 3.** A neighbour of weight ≤ 1 then outweighs the node itself only at D > 1, beyond any usual gap. D = 0.5
//!   gives a rise of 0.09, D = −0.5 a fall of 0.005.
//! - **A hit falls by at most W_i e^(−1−β) / γ**, about 0.0061 W_i of cosine, whatever its neighbours: the fall
//!   Δ/(1 + e^(β+γΔ)/W) is below W e^(−β) Δ e^(−γΔ), which peaks at Δ = 1/γ. So an unconnected node that is worse by more
//!   than that stays behind it.
//! - **A node with higher cosine of its own scores higher** among nodes with the same neighbour as long as
//!   γ D σ(γD − β) ≤ 1, for weight 1 up to D = 0.85. A larger γ alone would break this: dissimilar nodes would copy a hit
//!   more faithfully than similar ones do.
//! - **τ = 20** is the scale under which sentence embedders are trained contrastively (the default of
//!   MultipleNegativesRankingLoss in sentence-transformers), so softmax(τ c) is the embedder's own belief which
//!   text the query belongs to. It is also steep enough to tell 0.1 of cosine apart by a factor of 7.
//!
//! A second layer spreads once more with the same constants, to nodes two edges away.

use super::heads::{Head, Layer, Projection};
use super::weights::{Features, Parameters};
use crate::error::{Error, Result};

const BETA: f32 = 3.0;
const GAMMA: f32 = 3.0;
const TAU: f32 = 20.0;

impl Parameters {
    /// Returns the untrained parameters for 1 or 2 layers and vectors of any length. They weigh nodes by the softmax of
    /// their similarity to the query, spread along edges: the neighbours of a relevant node rise, and the node itself
    /// hardly falls.
    ///
    /// # Errors
    /// [`Error::Parameter`] for another number of layers.
    pub fn prior(layers: usize) -> Result<Self> {
        if !(1..=2).contains(&layers) {
            return Err(Error::Parameter { what: "layers must be 1 or 2", got: layers.to_string() });
        }
        let none = Vec::new;
        let layer =
            Layer { gamma: GAMMA, a_rel: vec![BETA], a_dst: none(), a_src: none(), f_dst: none(), f_src: none() };
        let head = Head {
            node: Projection::Identity,
            query: Projection::Identity,
            m: 1.0,
            tau: TAU,
            kappa: 1.0,
            p: none(),
            layers: vec![layer; layers],
        };
        // One embedding, that of the self slot: its product with a_rel is β, and every relation is unknown, b = 0.
        Ok(Self::freeze(0, 1, vec![1.0], Features::default(), vec![head]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NodeWeights, attend};
    use super::*;
    use crate::graph::{Neighbour, Subgraph};
    use proptest::prelude::*;

    const QUERY: [f32; 2] = [1.0, 0.0];

    /// Returns the weights of nodes whose cosines with the query are `cosines`.
    ///
    /// An edge is `(to, from, weight)`.
    fn run(layers: usize, cosines: &[f32], edges: &[(usize, usize, f32)]) -> NodeWeights {
        let vectors: Vec<f32> = cosines.iter().flat_map(|c| [*c, (1.0 - c * c).sqrt()]).collect();
        let mut graph = Subgraph { keys: (0..cosines.len() as u64).collect(), offsets: vec![0], ..Default::default() };
        for to in 0..cosines.len() {
            for (_, from, weight) in edges.iter().filter(|edge| edge.0 == to) {
                graph.neighbours.push(Neighbour { node: *from as u32, relation: 9, reverse: false, weight: *weight });
            }
            graph.offsets.push(graph.neighbours.len() as u32);
        }
        attend(&Parameters::prior(layers).unwrap(), &QUERY, &vectors, &[], &graph).unwrap()
    }

    /// Returns by how much the score of node `a` exceeds that of node `b`, in units of cosine.
    fn lead(weights: &[f32], a: usize, b: usize) -> f32 {
        (weights[a] / weights[b]).ln() / TAU
    }

    /// Largest rounding error of [`lead`]. Vectors, scores, exp and division each add a few units of 2⁻²⁴; those of the
    /// scores are not enlarged, since they are divided by τ again. 1e-6 covers them all.
    const ROUNDING: f32 = 1e-6;

    #[test]
    fn without_edges_it_is_the_softmax_of_similarity() {
        let cosines = [0.9f32, 0.5, 0.45, -0.2];
        for layers in [1, 2] {
            let got = run(layers, &cosines, &[]);
            let total: f32 = cosines.iter().map(|c| (TAU * (c - 0.9)).exp()).sum();
            for (weight, c) in got.weights.iter().zip(cosines) {
                let expected = (TAU * (c - 0.9)).exp() / total;
                // A score of τ = 20 errs by τ · 4 units, and softmax turns that into a relative error.
                assert!((weight - expected).abs() <= expected * 2.0 * TAU * 4.0 * f32::EPSILON);
            }
            assert!(got.weights.is_sorted_by(|a, b| a > b));
        }
    }

    #[test]
    fn a_neighbour_of_a_strong_hit_outranks_an_unconnected_equal() {
        // 0 is the hit, 1 its neighbour, 2 as similar as 1; the rise is D·σ(γD − β) with D = 0.4.
        let got = run(1, &[0.7, 0.3, 0.3], &[(0, 1, 1.0), (1, 0, 1.0)]);
        let rise = 0.4 / (1.0 + (BETA - GAMMA * 0.4).exp());
        assert!((lead(&got.weights, 1, 2) - rise).abs() <= ROUNDING);
        assert!(got.weights[0] > got.weights[1]);
    }

    #[test]
    fn a_second_layer_reaches_two_edges_far() {
        let chain = [(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 1, 1.0)];
        let cosines = [0.8, 0.2, 0.2, 0.2];
        assert!(lead(&run(1, &cosines, &chain).weights, 2, 3).abs() <= ROUNDING);
        // Node 1 hears 0 and 2 in the first layer, node 2 hears the risen node 1 in the second.
        let (better, equal) = ((GAMMA * 0.6 - BETA).exp(), (-BETA).exp());
        let first = 0.6 * better / (1.0 + better + equal);
        let second = first / (1.0 + (BETA - GAMMA * first).exp());
        assert!((lead(&run(2, &cosines, &chain).weights, 2, 3) - second).abs() <= ROUNDING);
    }

    #[test]
    fn other_layers_are_refused() {
        assert!(matches!(Parameters::prior(0), Err(Error::Parameter { .. })));
        assert!(matches!(Parameters::prior(3), Err(Error::Parameter { .. })));
    }

    proptest! {
        #[test]
        fn a_hit_keeps_its_lead_over_a_worse_unconnected_node(
            hit in 0.3f32..1.0,
            neighbours in prop::collection::vec((0f32..1.3, 0.01f32..2.0), 0..12),
        ) {
            let total: f32 = neighbours.iter().map(|(_, weight)| weight).sum();
            let bound = total * (-1.0 - BETA).exp() / GAMMA;
            let mut cosines = vec![hit, hit - bound - ROUNDING];
            prop_assume!(cosines[1] > -1.0);
            cosines.extend(neighbours.iter().map(|(gap, _)| (hit - gap).max(-1.0)));
            let edges: Vec<_> = neighbours.iter().enumerate().map(|(i, (_, weight))| (0, i + 2, *weight)).collect();
            prop_assert!(lead(&run(1, &cosines, &edges).weights, 0, 1) >= -ROUNDING);
        }

        #[test]
        fn more_edge_weight_pulls_towards_the_neighbour(
            own in -1f32..1.0, other in -1f32..1.0, weight in 0.05f32..4.0,
        ) {
            let score = |weight| lead(&run(1, &[own, 0.0, other], &[(0, 2, weight)]).weights, 0, 1);
            let moved = score(weight * 1.5) - score(weight);
            prop_assert!(moved * (other - own).signum() >= -2.0 * ROUNDING);
        }

        #[test]
        fn own_similarity_counts_beside_the_same_neighbour(
            hit in 0.5f32..1.0, gap in 0f32..0.85, less in 0f32..0.5, weight in 0.05f32..1.0,
        ) {
            let own = hit - gap;
            let lower = (own - less).max(hit - 0.85);
            let got = run(1, &[own, lower, hit], &[(0, 2, weight), (1, 2, weight)]);
            prop_assert!(lead(&got.weights, 0, 1) >= -ROUNDING);
        }
    }
}
