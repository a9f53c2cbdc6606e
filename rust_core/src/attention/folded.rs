//! The attention parameters in the form that `fused` reads. Heads are in groups of four, and coefficients are already
//! multiplied by W.

use super::heads::{Head, Projection};
use super::lanes::{LANES, Lanes, RANGE, SLOPE, State, exp, map};
use crate::kernels::dot;

/// The parameters of a group of up to four heads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// For each head, the four products of Wᵀ and a coefficient vector a. They are those of a_dst and a_src of layer 1,
    /// then of layer 2; an empty vector stands for zeros.
    pub products: Vec<[Vec<f32>; 4]>,
    /// The product m τ of each head.
    pub scale: Lanes,
    pub kappa: Lanes,
    /// The addition to a node's state per unit of each feature.
    pub features: Vec<State>,
    pub layers: Vec<GroupLayer>,
}

/// The parameters of one layer for a group of heads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GroupLayer {
    pub gamma: Lanes,
    /// One bias per relation slot; the slot `self` is last.
    pub biases: Vec<Bias>,
    /// The bias of edges whose relation has no slot.
    pub unknown: Bias,
    /// Largest absolute value of any bias.
    pub largest_bias: f32,
}

/// The bias b of one relation slot, with e^b in `up` and e^(0.2 b) in `low`.
///
/// The exponentials are used only if |b| is small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bias {
    pub value: Lanes,
    pub up: Lanes,
    pub low: Lanes,
}

impl Bias {
    fn new(value: Lanes) -> Self {
        // `exp` is undefined outside its range.
        let small = |x: f32| if x.abs() <= RANGE { exp(x) } else { 0.0 };
        Self { value, up: map(|h| small(value[h])), low: map(|h| small(SLOPE * value[h])) }
    }
}

impl Group {
    /// Builds the groups of all heads.
    pub fn all(heads: &[Head], dim: usize, embeddings: &[f32], relation_dim: usize, features: usize) -> Vec<Self> {
        heads.chunks(LANES).map(|heads| Self::new(heads, dim, embeddings, relation_dim, features)).collect()
    }

    fn new(heads: &[Head], dim: usize, embeddings: &[f32], relation_dim: usize, features: usize) -> Self {
        let lanes = |of: &dyn Fn(&Head) -> f32| map(|h| heads.get(h).map_or(0.0, of));
        let products = heads.iter().map(|head| {
            let mut products = [const { Vec::new() }; 4];
            for (layer, pair) in head.layers.iter().zip(products.chunks_exact_mut(2)) {
                pair[0] = head.node.transposed(&layer.a_dst, dim);
                pair[1] = head.node.transposed(&layer.a_src, dim);
            }
            products
        });
        let layer = |at: usize| {
            let bias = |r: &[f32]| Bias::new(lanes(&|head| dot(&head.layers[at].a_rel, r)));
            let biases: Vec<Bias> = embeddings.chunks_exact(relation_dim).map(bias).collect();
            let largest_bias = biases.iter().flat_map(|bias| bias.value).fold(0.0, |a, b| b.abs().max(a));
            let gamma = lanes(&|head| head.layers[at].gamma);
            GroupLayer { gamma, biases, unknown: Bias::new([0.0; LANES]), largest_bias }
        };
        let feature = |f: usize| {
            let mut state = State::default();
            state[0] = lanes(&|head| head.p[f]);
            for (at, pair) in state[1..].chunks_exact_mut(2).enumerate().take(heads[0].layers.len()) {
                pair[0] = lanes(&|head| head.layers[at].f_dst[f]);
                pair[1] = lanes(&|head| head.layers[at].f_src[f]);
            }
            state
        };
        Self {
            products: products.collect(),
            features: (0..features).map(feature).collect(),
            scale: lanes(&|head| head.m * head.tau),
            kappa: lanes(&|head| head.kappa),
            layers: (0..heads[0].layers.len()).map(layer).collect(),
        }
    }
}

impl Head {
    /// Returns κ Q q for a query `direction` of unit length.
    pub fn g(&self, direction: &[f32]) -> Vec<f32> {
        self.query.apply(direction).into_iter().map(|value| self.kappa * value).collect()
    }
}

impl Projection {
    /// Returns the projection of `x`.
    pub fn apply(&self, x: &[f32]) -> Vec<f32> {
        match self {
            Self::Identity => x.to_vec(),
            Self::LowRank { matrix, .. } => matrix.chunks_exact(x.len()).map(|row| dot(row, x)).collect(),
        }
    }

    /// Returns Wᵀa, or an empty vector if `a` is zero.
    ///
    /// For every x, (Wᵀa)·x = a·(W x).
    pub fn transposed(&self, a: &[f32], dim: usize) -> Vec<f32> {
        if a.iter().all(|value| *value == 0.0) {
            return Vec::new();
        }
        match self {
            Self::Identity => a.to_vec(),
            Self::LowRank { matrix, .. } => {
                let mut sum = vec![0.0; dim];
                for (a, row) in a.iter().zip(matrix.chunks_exact(dim)) {
                    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += a * value);
                }
                sum
            }
        }
    }
}
