//! Computes the feature table of a question's candidates in one pass over their columns.
//!
//! What goes in is a column for each value that is known of the candidates, and a row for each anchor, one of the best of
//! them; what comes out is one row of numbers for each candidate, which graph attention reads.
//!
//! | module | holds |
//! |---|---|
//! | `columns` | what is known of the candidates and of their anchors |
//! | `paths` | the candidates as ends of chains of notes |
//! | `ties` | the names that candidates share with anchors |
//! | `table` | all columns, in the order that the weights were trained on |
//!
//! The meaning of every column, and of the paths, is in `python/sanderling/memory/retrieve/features.py`. The arithmetic is
//! that of the numpy expressions in `tests/helpers/slow_features.py`, in the same order, except for sums over the
//! candidates: means and deviations.

mod columns;
mod paths;
mod table;
mod ties;

pub use columns::{Anchors, Nodes};
pub use table::{FEATURES, table};
pub use ties::{Named, ties};
