//! Typed, weighted edges between the slots of the index, and the small subgraph that attention works on.
//!
//! ```text
//! link / unlink ─► lists ─► neighbourhood(hits, hops, max_nodes) ─► Subgraph ─► attention
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `edges` | an edge, and an edge as one of its ends keeps it |
//! | `lists` | one list of ends per slot, all in one array |
//! | `adjacency` | every edge in the lists of both its ends |
//! | `subgraph` | some nodes and every edge between them, as compressed rows |
//! | `neighbourhood` | the induced subgraph of some hits, capped, best nodes first |
//! | `walks` | the walks that lead to it |
//! | `slots` | sets of slots, and where kept ones stand in it |
//! | `inner` | the edges between its nodes |
//! | `arrays` | the lists as plain arrays, and every check on such arrays |
//! | `persist` | bytes of the edges and every check on them |

mod adjacency;
mod arrays;
mod edges;
mod inner;
mod lists;
mod neighbourhood;
mod persist;
mod slots;
mod subgraph;
mod walks;

pub use adjacency::Graph;
pub use edges::{Edge, End};
pub use neighbourhood::{Neighbourhood, Nodes};
pub use subgraph::{Neighbour, Subgraph};
