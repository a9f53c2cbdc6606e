//! Bytes of the edges, sorted, and every check on bytes that claim to be some.
//!
//! ```text
//! count u64 · per edge: src u64 · dst u64 · relation u16 · weight f32
//! ```

use super::{Edge, Graph};
use crate::bytes::{Reader, Writer};
use crate::error::{Error, Result};

impl Graph {
    /// Appends the edges to `out`, their ends named by `key`.
    pub(crate) fn encode(&self, out: &mut Writer, key: impl Fn(u32) -> u64) {
        out.put_u64(self.edge_count() as u64);
        let mut edges: Vec<_> = self.edges().map(|edge| (key(edge.src), key(edge.dst), edge)).collect();
        edges.sort_unstable_by_key(|(src, dst, edge)| (*src, *dst, edge.relation));
        for (src, dst, edge) in edges {
            out.put_u64s(&[src, dst]);
            out.put_u16(edge.relation);
            out.put_f32(edge.weight);
        }
    }

    /// Reads edges between nodes whose slots `slot` knows.
    ///
    /// # Errors
    /// [`Error::Truncated`], or [`Error::Corrupt`] naming the invariant that does not hold.
    pub(crate) fn decode(from: &mut Reader<'_>, slot: impl Fn(u64) -> Option<u32>) -> Result<Self> {
        const WHAT: &str = "edges";
        let mut graph = Self::default();
        let mut before = None;
        // A count larger than the file ends in the first read past the end; nothing is allocated for it.
        for _ in 0..from.u64(WHAT)? {
            let (src, dst) = (from.u64(WHAT)?, from.u64(WHAT)?);
            let (relation, weight) = (from.u16(WHAT)?, from.f32(WHAT)?);
            let place = Some((src, dst, relation));
            if place <= before {
                return Err(Error::Corrupt { what: "edges are not in rising order" });
            }
            before = place;
            let (Some(src), Some(dst)) = (slot(src), slot(dst)) else {
                return Err(Error::Corrupt { what: "an edge ends at a node that is not there" });
            };
            let edge = Edge { src, dst, relation, weight };
            graph.link(edge).map_err(|_| Error::Corrupt { what: "an edge weight is not finite or not above 0" })?;
        }
        Ok(graph)
    }
}
