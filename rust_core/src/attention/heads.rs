//! The heads' coefficients as the weights file holds them, named as in the module's equations.

/// Bound on every stored value. With it nothing overflows f32: for unit vectors |u| and |g| per component stay below
/// 1e6·√8192 < 1e8, g·u below 256·1e16 < 3e18 and κ g·u below 3e24, to which features of at most
/// [`MAX_FEATURE`](super::inputs::MAX_FEATURE) add less than 256·1e6·1e6 < 3e14; one head's score is below 1e12·3e24,
/// all sixteen below 5e37. Vectors are scaled to unit length only after their product with κ g, whose length is below
/// 1e6·1e6·1e8·256·√8192 < 3e24, which is below 3e37 for vectors of length up to
/// [`MAX_LENGTH`](super::inputs::MAX_LENGTH).
pub(super) const MAX_MAGNITUDE: f32 = 1e6;

/// A head's projection of vectors of `dim` values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Projection {
    /// No change.
    Identity,
    /// `matrix [rank × dim]`, row by row.
    LowRank {
        /// Values per projected vector.
        rank: usize,
        /// The rows.
        matrix: Vec<f32>,
    },
}

/// Coefficients of one head in one layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    pub gamma: f32,
    pub a_rel: Vec<f32>,
    /// Empty for zero, like `a_src`.
    pub a_dst: Vec<f32>,
    pub a_src: Vec<f32>,
    /// The coefficients of the features, as `a_dst` and `a_src` are of the vectors.
    pub f_dst: Vec<f32>,
    pub f_src: Vec<f32>,
}

/// Coefficients of one head.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// W.
    pub node: Projection,
    /// Q.
    pub query: Projection,
    pub m: f32,
    pub tau: f32,
    pub kappa: f32,
    pub p: Vec<f32>,
    pub layers: Vec<Layer>,
}
