//! An edge, and an edge as one of its ends keeps it.

use crate::error::{Error, Result};

/// A typed, weighted edge. Two nodes may have one edge per relation and direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Slot where it starts.
    pub src: u32,
    /// Slot where it ends; may be `src`.
    pub dst: u32,
    /// Relation id.
    pub relation: u16,
    /// Finite and above 0.
    pub weight: f32,
}

impl Edge {
    /// Whether the edge may be stored.
    pub(crate) fn check(&self) -> Result<()> {
        if is_weight(self.weight) {
            return Ok(());
        }
        Err(Error::Parameter { what: "an edge weight must be finite and above 0", got: self.weight.to_string() })
    }

    /// The edge as its source keeps it.
    pub(super) fn outgoing(&self) -> End {
        End { other: self.dst, weight: self.weight, relation: self.relation, incoming: 0 }
    }

    /// The edge as its destination keeps it.
    pub(super) fn incoming(&self) -> End {
        End { other: self.src, incoming: 1, ..self.outgoing() }
    }
}

pub(super) fn is_weight(weight: f32) -> bool {
    weight.is_finite() && weight > 0.0
}

/// An edge as one of its ends keeps it: twelve bytes without padding.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C)]
pub struct End {
    /// Slot of the other end.
    pub other: u32,
    /// Weight of the edge.
    pub weight: f32,
    /// Relation id.
    pub relation: u16,
    /// 1 in the list of the edge's destination, 0 in that of its source. A self-loop stands in its list twice.
    pub incoming: u16,
}

impl End {
    /// What lists are sorted by.
    pub(super) fn place(&self) -> (u32, u16, u16) {
        (self.other, self.relation, self.incoming)
    }

    /// The edge, kept by `slot`, whichever end that is.
    pub(super) fn edge(&self, slot: u32) -> Edge {
        let (src, dst) = if self.incoming == 0 { (slot, self.other) } else { (self.other, slot) };
        Edge { src, dst, relation: self.relation, weight: self.weight }
    }
}
