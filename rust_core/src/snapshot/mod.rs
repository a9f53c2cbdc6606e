//! Snapshots: one file of sections, each an array of plain values, that is mapped and used as it lies there.
//!
//! ```text
//! magic [u8; 8] · version u32 · zeros up to 64
//! section · zeros up to a multiple of 64 · section · …
//! table:   label u64 · header length u64 · header · section count u32
//!          per section: offset u64 · length u64 · crc32 of each block [u32]
//! trailer: table offset u64 · crc32 of magic, version, table and table offset u32
//! ```
//!
//! All little-endian. A block is [`BLOCK`] bytes of a section, the last one shorter. Opening reads trailer and table; a
//! section is then copied or mapped after its blocks have been compared with their checksums, or mapped at once and each
//! block compared when it is first used ([`Blocks`]). What writes to a mapped section writes to memory of its own: the
//! file never changes, and a new snapshot takes its place by a rename, so whoever has the old one mapped keeps it.
//!
//! Mapped arrays are used where they lie, so a machine must order bytes as the file does; all that we build for do.
//!
//! | file | holds |
//! |---|---|
//! | `write` | a snapshot as a stream: sections, table, trailer |
//! | `read` | trailer and table checked, sections handed out in order |
//! | `mapped` | a section in memory, mapped or copied |
//! | `blocks` | checksums that are looked at when a block is first used |
//! | `rows` | rows of one length: those of a section, then those added since |

mod blocks;
mod mapped;
mod read;
mod rows;
mod write;

pub use blocks::Blocks;
pub use mapped::Mapped;
pub use read::Snapshot;
pub use rows::Rows;
pub use write::Writer;

#[cfg(target_endian = "big")]
compile_error!("snapshots are little-endian and used as they lie in the file");

/// Bytes that share a checksum: few enough that checking them costs about as much as the page fault of reading them.
const BLOCK: usize = 16 << 10;

/// Sections begin at multiples of this, a cache line; pages are multiples of it, so mapped sections do too.
const ALIGN: usize = 64;

/// Table offset and checksum.
const TRAILER: usize = 8 + 4;
