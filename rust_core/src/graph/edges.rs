//! An edge, and its entry in the list of each of its two ends.

use crate::error::{Error, Result};

/// A typed, weighted edge. Two nodes may have one edge per relation and direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Source slot.
    pub src: u32,
    /// Destination slot; may be `src`.
    pub dst: u32,
    /// Relation id.
    pub relation: u16,
    /// Weight, finite and above 0.
    pub weight: f32,
}

impl Edge {
    /// Checks that the weight is finite and above 0.
    pub(crate) fn check(&self) -> Result<()> {
        if is_weight(self.weight) {
            return Ok(());
        }
        Err(Error::Parameter { what: "an edge weight must be finite and above 0", got: self.weight.to_string() })
    }

    /// Returns the entry for this edge in the list of its source.
    pub(super) fn outgoing(&self) -> End {
        End { other: self.dst, weight: self.weight, relation: self.relation, incoming: 0 }
    }

    /// Returns the entry for this edge in the list of its destination.
    pub(super) fn incoming(&self) -> End {
        End { other: self.src, incoming: 1, ..self.outgoing() }
    }
}

pub(super) fn is_weight(weight: f32) -> bool {
    weight.is_finite() && weight > 0.0
}

/// The entry for an edge in the list of one of its ends: twelve bytes without padding.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C)]
pub struct End {
    /// Slot of the other end.
    pub other: u32,
    /// Weight of the edge.
    pub weight: f32,
    /// Relation id.
    pub relation: u16,
    /// 1 in the list of the edge's destination, 0 in the list of its source. A self-loop has both entries in the same
    /// list.
    pub incoming: u16,
}

impl End {
    /// Returns the sort key of this entry in a list: other end, relation, direction.
    pub(super) fn place(&self) -> (u32, u16, u16) {
        (self.other, self.relation, self.incoming)
    }

    /// Returns the edge of this entry, which must come from the list of `slot`.
    pub(super) fn edge(&self, slot: u32) -> Edge {
        let (src, dst) = if self.incoming == 0 { (slot, self.other) } else { (self.other, slot) };
        Edge { src, dst, relation: self.relation, weight: self.weight }
    }
}
