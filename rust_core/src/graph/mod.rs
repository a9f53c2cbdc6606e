//! Typed, weighted edges between the nodes of the memory, and the small subgraph that attention works on.
//!
//! ```text
//! link / unlink ─► edges ─► neighbourhood(hits, hops, max_nodes) ─► Subgraph ─► attention
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `neighbourhood` | the induced subgraph of some hits, capped, best nodes first |

mod neighbourhood;

pub use neighbourhood::{Neighbour, Subgraph};
