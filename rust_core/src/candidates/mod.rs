//! The candidates for one question: all nodes that any channel finds, and what is known of them.
//!
//! ```text
//! keys of a channel ─► extend ─► cosine, words, mentions ─► first score ─► hits ─┐
//!                                                                               ├─► add, with their names
//! keys of a channel ─► extend ─► ties to the hits ─────► second score ─► bridges┘         │
//!                         ▲                                                               ▼
//!                         └───────────── tied: the nodes that share names ◄─── look_up, names ─► nodes
//!
//! all candidates, hits and bridges ─► features ─► graph attention
//! ```
//!
//! What is read from the store (titles, texts, documents) is given by the caller between these steps; the order of the
//! steps is in `python/sanderling/memory/retrieve/candidates.py`.
//!
//! | file | holds |
//! |---|---|
//! | `words` | which of the question's words a node has, and what each word counts |
//! | `names` | the names that were looked up, and the nodes that have them |
//! | `seen` | the candidates, and the values of each |
//! | `scores` | the scores by which hits and bridges are chosen |
//! | `ranked` | features and attention of all candidates |
//!
//! The arithmetic is that of `tests/helpers/slow_candidates.py`, in the same order, except that a node's words are added
//! one by one where the nodes with most of them are chosen.

mod names;
mod ranked;
mod scores;
mod seen;
mod words;

pub use names::Names;
pub use seen::{Anchor, Asked, Candidates};
pub use words::Words;
