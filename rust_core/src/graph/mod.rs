//! Typed, weighted edges between the nodes of the memory, and the small subgraph that attention works on.
//!
//! ```text
//! link / unlink ─► edges ─► neighbourhood(hits, hops, max_nodes) ─► Subgraph ─► attention
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `edges` | adjacency: every edge in the list of both its ends |
//! | `neighbourhood` | the induced subgraph of some hits, capped, best nodes first |
//! | `persist` | bytes of the edges and every check on them |

mod edges;
mod neighbourhood;
mod persist;

pub use edges::{Edge, Graph};
pub use neighbourhood::{Neighbour, Subgraph};
