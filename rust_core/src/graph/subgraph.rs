//! The subgraph passed to attention: the hits of a search, the nodes near them, and all edges between these nodes.

/// The hits of a search, the nodes near them, and all edges between these nodes, as compressed sparse rows.
///
/// An edge `a → b` is entered in two lists: in the list of `b` as `a` with `reverse = false` (the message flows along
/// the edge), and in the list of `a` as `b` with `reverse = true`. A self-loop is entered once, with `reverse = false`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subgraph {
    /// Keys of the nodes: the hits in the order given, then the nodes found from them, best first.
    pub keys: Vec<u64>,
    /// Bounds of the lists: the list of node `i` is `neighbours[offsets[i]..offsets[i + 1]]`. Has `keys.len() + 1`
    /// entries.
    pub offsets: Vec<u32>,
    /// The lists of all nodes, one after another, each sorted by node, relation and `reverse`.
    pub neighbours: Vec<Neighbour>,
    /// Largest number of hops after which a node was found; 0 if there are only hits.
    pub depth_touched: u32,
}

/// The entry for an edge in the list of one of its ends.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Neighbour {
    /// Index of the other end in [`Subgraph::keys`].
    pub node: u32,
    /// Relation id of the edge.
    pub relation: u16,
    /// Whether `node` is the edge's destination. A message from `node` then flows against the edge.
    pub reverse: bool,
    /// Weight of the edge, finite and above 0.
    pub weight: f32,
}
