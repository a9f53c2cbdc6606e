//! Bytes of the edges, sorted, and every check on bytes that claim to be some.
//!
//! ```text
//! count u64 · per edge: src u64 · dst u64 · relation u16 · weight f32
//! ```

use super::{Edge, Graph};
use crate::bytes::{Reader, Writer};
use crate::error::{Error, Result, ensure};
use crate::snapshot::{self, Snapshot};
use std::io::Write;

impl Graph {
    /// Appends the edges to a snapshot.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write<W: Write>(&self, out: &mut snapshot::Writer<W>) -> Result<()> {
        let mut bytes = Writer::default();
        self.encode(&mut bytes);
        out.section(&[&bytes.into_inner()])
    }

    /// Takes the edges between nodes that `known` knows from a snapshot.
    ///
    /// # Errors
    /// As [`Self::decode`], [`Error::Checksum`], [`Error::Io`].
    pub(crate) fn read(from: &mut Snapshot<'_>, known: impl Fn(u64) -> bool) -> Result<Self> {
        let bytes: Vec<u8> = from.copy()?;
        let mut reader = Reader::new(&bytes);
        let graph = Self::decode(&mut reader, known)?;
        ensure(reader.left() == 0, "bytes follow the edges")?;
        Ok(graph)
    }

    fn encode(&self, out: &mut Writer) {
        out.put_u64(self.edge_count() as u64);
        for edge in self.edges() {
            out.put_u64s(&[edge.src, edge.dst]);
            out.put_u16(edge.relation);
            out.put_f32(edge.weight);
        }
    }

    /// Reads edges between nodes that `known` knows.
    ///
    /// # Errors
    /// [`Error::Truncated`], or [`Error::Corrupt`] naming the invariant that does not hold.
    fn decode(from: &mut Reader<'_>, known: impl Fn(u64) -> bool) -> Result<Self> {
        const WHAT: &str = "edges";
        let mut graph = Self::default();
        let mut before = None;
        // A count larger than the file ends in the first read past the end; nothing is allocated for it.
        for _ in 0..from.u64(WHAT)? {
            let (src, dst) = (from.u64(WHAT)?, from.u64(WHAT)?);
            let edge = Edge { src, dst, relation: from.u16(WHAT)?, weight: from.f32(WHAT)? };
            let place = Some((src, dst, edge.relation));
            if place <= before {
                return Err(Error::Corrupt { what: "edges are not in rising order" });
            }
            before = place;
            if !known(src) || !known(dst) {
                return Err(Error::Corrupt { what: "an edge ends at a node that is not there" });
            }
            graph.link(edge).map_err(|_| Error::Corrupt { what: "an edge weight is not finite or not above 0" })?;
        }
        Ok(graph)
    }
}
