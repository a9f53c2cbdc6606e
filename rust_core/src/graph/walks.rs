//! Walks from the hits, each as one number, because whole numbers are compared quickest.

/// A walk from a hit to another node, as one number: the walk that is continued next is the largest.
///
/// From the highest bits down: the product of the edge weights, in f64, where two f32 never over- or underflow (many hops
/// may, which only makes ties); the complement of the slot where it ends; the complement of its number of hops. Products
/// are above 0, so their bits order as they do.
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

/// A walk of one edge, half as long: its product is a weight, its number of hops is known.
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
