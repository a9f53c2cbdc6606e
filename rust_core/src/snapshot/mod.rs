//! Snapshots: files of arrays that are mapped into memory and used in place. Each section of a snapshot is an array of
//! plain values.
//!
//! ```text
//! magic [u8; 8] · version u32 · zeros up to 64
//! section · zeros up to a multiple of 64 · section · …
//! table:   label u64 · header length u64 · header · section count u32
//!          per section: offset u64 · length u64 · crc32 of each block [u32]
//! trailer: table offset u64 · crc32 of magic, version, table and table offset u32
//! ```
//!
//! All little-endian. A block is `BLOCK` (16 KiB) bytes of a section; the last one is shorter. Opening reads trailer and
//! table. A section is then copied or mapped after its blocks were compared with their checksums, or mapped at once and
//! each block compared when first used ([`Blocks`]). Writing to a mapped section writes to private memory: the file
//! never changes, and a new snapshot replaces it by a rename, so that a process keeps the old one while it has it
//! mapped.
//!
//! Mapped arrays are used in place, so the machine must be little-endian, as all supported ones are.
//!
//! ```
//! use sanderling_core::snapshot::{Snapshot, Writer};
//!
//! let mut out = Writer::new(Vec::new(), *b"EXAMPLE1", 1)?;
//! out.section(&[&[1u32, 2][..], &[3]])?;
//! let file = out.finish(7, b"header")?;
//!
//! let mut snapshot = Snapshot::of_bytes(&file, *b"EXAMPLE1", 1..=1, "example")?;
//! assert_eq!((snapshot.label(), snapshot.header()), (7, &b"header"[..]));
//! assert_eq!(snapshot.copy::<u32>()?, [1, 2, 3]);
//! snapshot.finish()?;
//! # Ok::<(), sanderling_core::Error>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `write` | a snapshot as a stream: sections, table, trailer |
//! | `read` | checks of trailer and table, and the sections in order |
//! | `mapped` | a section in memory, mapped or copied |
//! | `blocks` | checksums, compared when a block is first used |
//! | `buffer` | a growing array in memory, in huge pages if it is large |
//! | `rows` | rows of one length: those of a section, then those added since |

mod blocks;
mod buffer;
mod mapped;
mod read;
mod rows;
mod write;

pub use blocks::Blocks;
pub use mapped::Mapped;
pub use read::{Snapshot, Versions};
pub use rows::Rows;
pub use write::Writer;

#[cfg(target_endian = "big")]
compile_error!("snapshots are little-endian and used as they lie in the file");

/// Number of bytes that share one checksum.
///
/// Checking that many bytes costs about as much as the page fault that reads them.
const BLOCK: usize = 16 << 10;

/// Alignment of sections, both in the file and in memory: a cache line. Pages are whole multiples of it.
const ALIGN: usize = 64;

/// Length of the trailer, which holds the table's offset and a checksum.
const TRAILER: usize = 8 + 4;
