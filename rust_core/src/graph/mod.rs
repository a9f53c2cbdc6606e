//! Typed, weighted edges between the slots of the index, and the small subgraph that is passed to attention.
//!
//! ```text
//! link / unlink ─► lists ─► neighbourhood(hits, hops, max_nodes) ─► Subgraph ─► attention
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `edges` | an edge, and its form in the list of either end |
//! | `lists` | one list of ends per slot, all in one array |
//! | `adjacency` | every edge in the lists of both its ends |
//! | `subgraph` | nodes and the edges between them, as compressed rows |
//! | `neighbourhood` | the induced subgraph around hits, capped, best nodes first |
//! | `page_rank` | personalised PageRank over a subgraph |
//! | `walks` | the walks that find its nodes |
//! | `slots` | sets of slots, and the index of each kept slot in the subgraph |
//! | `inner` | the edges between its nodes |
//! | `arrays` | the lists as plain arrays, and the checks of such arrays |
//! | `persist` | the edges' sections in a snapshot |

mod adjacency;
mod arrays;
mod edges;
mod inner;
mod lists;
mod neighbourhood;
mod page_rank;
mod persist;
mod slots;
mod subgraph;
mod walks;

pub use adjacency::Graph;
pub use edges::{Edge, End};
pub use neighbourhood::{Neighbourhood, Nodes};
pub use page_rank::page_rank;
pub use subgraph::{Neighbour, Subgraph};
