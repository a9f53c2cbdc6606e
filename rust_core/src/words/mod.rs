//! The words of all nodes: which nodes have a word or a phrase, and the titles of nodes.
//!
//! A copy of what SQLite's full-text index holds, in the same terms (words as its tokenizer cuts and stems them). SQLite
//! answers one look-up in 10 to 40 microseconds, and a question takes some twenty of them; this table answers all in
//! one call. The index remains the source: the table is built from it, follows the store's changes and is saved beside
//! it.
//!
//! ```text
//! terms ─► put ─► Grown ─┐
//!                        ├─► WordTable ─► nodes with a phrase, counts, titles
//! file ──► load ─► Frozen┘       └─► save
//! ```
//!
//! Rows number the nodes in rising order of keys. The nodes of the file come first, those added since behind them, so a
//! new node must have a higher key than all before; keys of a memory only grow. Removed nodes are skipped until the
//! table is saved.
//!
//! | file | holds |
//! |---|---|
//! | `stream` | the posting list of a term |
//! | `phrase` | the rows that have a phrase |
//! | `frozen` | what was read from a file |
//! | `grown` | what was added since |
//! | `table` | both together |
//! | `capitals` | the names in a text |
//! | `entities` | the names of two words and more in a note |
//! | `opening` | the names that a node's title opens with |
//! | `persist` | the file: sections and their order |
//! | `porter` | stems of English words |
//!
//! ```
//! use sanderling_core::words::WordTable;
//!
//! let mut table = WordTable::default();
//! table.extend(&[7, 9], &["Otter", "Quay"])?;
//! // Pairs of node and place; a place is 4 × the word's number in its column + the column.
//! table.put("otter", "7 0 7 5 9 9")?;
//! table.put("quai", "7 9 9 0")?;
//! assert_eq!(table.find(&["otter"], 10)?, [7, 9]);
//! assert_eq!(table.find(&["otter", "quai"], 10)?, [7]);
//! # Ok::<(), sanderling_core::Error>(())
//! ```

mod capitals;
mod entities;
mod frozen;
mod grown;
mod opening;
mod persist;
mod phrase;
pub mod porter;
mod stream;
mod table;

pub use capitals::Capitals;
pub use entities::Entities;
pub use opening::{Opens, Sharing};
pub use table::WordTable;
