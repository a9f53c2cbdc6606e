//! A walk that starts at a hit, packed into one integer for fast comparison.

/// A walk from a hit to another node, packed into one integer. The walk with the largest integer is continued next.
///
/// From the highest bits down: the product of the edge weights in f64, where a product of two f32 never over- or
/// underflows (one of many may, which only makes ties); the complement of the final slot; the complement of the number
/// of hops. The bits of positive floats order as the floats do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Walk(u128);

impl Walk {
    pub(super) fn new(product: f64, slot: u32, hop: u32) -> Self {
        Self(u128::from(product.to_bits()) << 64 | u128::from(!slot) << 32 | u128::from(!hop))
    }

    pub(super) fn product(self) -> f64 {
        f64::from_bits((self.0 >> 64) as u64)
    }

    pub(super) fn slot(self) -> u32 {
        !((self.0 >> 32) as u32)
    }

    pub(super) fn hop(self) -> u32 {
        !(self.0 as u32)
    }
}

/// A walk of a single edge, packed into 64 bits.
///
/// Its product is the edge's weight, and it has one hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step(u64);

impl Step {
    pub(super) fn new(weight: f32, slot: u32) -> Self {
        Self(u64::from(weight.to_bits()) << 32 | u64::from(!slot))
    }

    pub(super) fn weight(self) -> f32 {
        f32::from_bits((self.0 >> 32) as u32)
    }

    pub(super) fn slot(self) -> u32 {
        !(self.0 as u32)
    }

    pub(super) fn walk(self) -> Walk {
        Walk::new(f64::from(self.weight()), self.slot(), 1)
    }
}
