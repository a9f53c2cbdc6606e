//! The heads' coefficients as stored in the weights file, named as in the equations of the parent module.

/// Largest absolute value allowed in a weights file. With it nothing overflows f32: for unit vectors |u| and |g| per
/// component stay below 1e6·√8192 < 1e8, g·u below 256·1e16 < 3e18 and κ g·u below 3e24, to which features of at most
/// [`MAX_FEATURE`](super::inputs::MAX_FEATURE) add less than 256·1e6·1e6 < 3e14; one head's score is below 1e12·3e24,
/// all sixteen below 5e37. Vectors are scaled to unit length only after their product with κ g, whose length is below
/// 1e6·1e6·1e8·256·√8192 < 3e24, which is below 3e37 for vectors of length up to
/// [`MAX_LENGTH`](super::inputs::MAX_LENGTH).
pub(super) const MAX_MAGNITUDE: f32 = 1e6;

/// How a head projects vectors of `dim` values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Projection {
    /// Leaves vectors unchanged.
    Identity,
    /// Multiplies vectors by a matrix `[rank × dim]`.
    LowRank {
        /// Number of values in a projected vector.
        rank: usize,
        /// The matrix, row by row.
        matrix: Vec<f32>,
    },
}

/// The coefficients of one head in one layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    pub gamma: f32,
    pub a_rel: Vec<f32>,
    /// Coefficients of the receiver's projected vector; empty if all are 0.
    ///
    /// `a_src` holds those of the sender's, likewise.
    pub a_dst: Vec<f32>,
    pub a_src: Vec<f32>,
    /// Coefficients of the receiver's features.
    ///
    /// `f_src` holds those of the sender's.
    pub f_dst: Vec<f32>,
    pub f_src: Vec<f32>,
}

/// The coefficients of one head.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// The projection W of the nodes' vectors.
    pub node: Projection,
    /// The projection Q of the query.
    pub query: Projection,
    pub m: f32,
    pub tau: f32,
    pub kappa: f32,
    pub p: Vec<f32>,
    pub layers: Vec<Layer>,
}
