//! Tests that `fused` and `reference` agree on random parameters and graphs. Properties that both must have are tested
//! as well.

use super::heads::{Head, Layer, Projection};
use super::weights::{Features, Parameters};
use super::{NodeWeights, Nodes, Projected, Scratch, attend, attend_over, reference};
use crate::error::Error;
use crate::graph::{Neighbour, Subgraph};
use proptest::prelude::*;
use std::sync::Arc;

/// Unit roundoff of f32.
const UNIT: f64 = 1.0 / 16_777_216.0;

/// A SplitMix64 generator, which draws all numbers of a case from one seed.
///
/// When a test fails, proptest prints the seed instead of thousands of numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Returns a uniform number between `-reach` and `reach`.
    fn number(&mut self, reach: f32) -> f32 {
        ((self.next() >> 40) as f32 / (1u32 << 23) as f32 - 1.0) * reach
    }

    fn numbers(&mut self, count: usize, reach: f32) -> Vec<f32> {
        (0..count).map(|_| self.number(reach)).collect()
    }
}

#[derive(Debug, Clone)]
struct Shape {
    nodes: usize,
    dim: usize,
    rank: usize,
    heads: usize,
    layers: usize,
    relations: usize,
    features: usize,
    /// Whether the edge weights are too extreme for multiplying exponentials.
    wild: bool,
    seed: u64,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let nodes = prop_oneof![Just(0), Just(1), 2usize..40, Just(256), 256usize..300];
    let dim = prop_oneof![1usize..20, Just(97)];
    let features = prop_oneof![Just(0), 1usize..40];
    (nodes, dim, 0usize..8, 1usize..=5, 1usize..=2, 0usize..4, features, any::<bool>(), any::<u64>()).prop_map(
        |(nodes, dim, rank, heads, layers, relations, features, wild, seed)| Shape {
            nodes,
            dim,
            rank: rank.min(dim),
            heads,
            layers,
            relations,
            features,
            wild,
            seed,
        },
    )
}

struct Case {
    parameters: Parameters,
    query: Vec<f32>,
    vectors: Vec<f32>,
    features: Vec<f32>,
    graph: Subgraph,
}

const RELATION_DIM: usize = 3;

/// Draws a case. The reaches keep g·u below 2, a_dst·u and a_src·u below 3 each, γ below 2, d·φ below 1 and Σ|m τ|
/// below 10 for every draw, half of which is the features' where there are any, so that [`score_error`] is below 0.09
/// at 97 dimensions and two layers and the comparison means something.
fn case(shape: &Shape) -> Case {
    let Shape { nodes, dim, rank, heads, layers, relations, features, wild, seed } = *shape;
    let mut random = Random(seed);
    let width = if rank == 0 { dim } else { rank };
    let reach = |reach: f32, count: usize| reach / (count as f32).sqrt();
    let projection = |random: &mut Random| match rank {
        0 => Projection::Identity,
        _ => Projection::LowRank { rank, matrix: random.numbers(rank * dim, reach(1.0, rank * dim)) },
    };
    let layer = |random: &mut Random| Layer {
        gamma: random.number(2.0),
        a_rel: random.numbers(RELATION_DIM, 1.0),
        a_dst: random.numbers(width, reach(2.0, width)),
        a_src: random.numbers(width, reach(2.0, width)),
        f_dst: random.numbers(features, 1.0 / features.max(1) as f32),
        f_src: random.numbers(features, 1.0 / features.max(1) as f32),
    };
    let head = |random: &mut Random| Head {
        node: projection(random),
        query: projection(random),
        m: random.number(1.0),
        tau: random.number(2.0),
        // Sometimes none of the vectors' cosines, as in the parameters that ship.
        kappa: if random.below(3) == 0 { 0.0 } else { random.number(1.0) },
        p: random.numbers(features, 1.0 / features.max(1) as f32),
        layers: (0..layers).map(|_| layer(random)).collect(),
    };
    let heads = (0..heads).map(|_| head(&mut random)).collect();
    let embeddings = random.numbers((2 * relations + 1) * RELATION_DIM, 1.0);
    let table =
        Features { version: u32::from(features > 0), direct: random.numbers(features, 1.0 / features.max(1) as f32) };
    let parameters = Parameters::freeze(dim, RELATION_DIM, embeddings, table, heads);
    let phi = random.numbers(nodes * features, 1.0);
    let mut graph = Subgraph { keys: (0..nodes as u64).collect(), offsets: vec![0], ..Default::default() };
    for node in 0..nodes {
        // A third of the nodes have no edges; self-loops, parallel edges and unknown relations come by chance.
        let degree = if random.below(3) == 0 { 0 } else { random.below(12) };
        for _ in 0..degree {
            graph.neighbours.push(Neighbour {
                node: if random.below(8) == 0 { node } else { random.below(nodes) } as u32,
                relation: random.below(relations + 2) as u16,
                reverse: random.below(2) == 1,
                weight: random.number(if wild { 80.0 } else { 4.0 }).exp(),
            });
        }
        graph.offsets.push(graph.neighbours.len() as u32);
    }
    Case {
        parameters,
        query: random.numbers(dim, 2.0),
        vectors: random.numbers(nodes * dim, 2.0),
        features: phi,
        graph,
    }
}

/// Returns a bound on a score's error and a bound on the score's magnitude.
///
/// Both are derived from the operations of `fused`, to first order in [`UNIT`].
///
/// Every number a node holds is a product of two fixed vectors in three stages: Q q, Wᵀ(·), (·)·x, and two lengths. A
/// sum of k terms in any order errs by k·UNIT times the sum of magnitudes, so a state errs by `roundings`·UNIT times
/// its magnitude, the same product with every factor replaced by its absolute value. Means stay below the magnitudes of
/// what they average, and a mean whose weights err by a factor within 1 ± η errs by at most 2η magnitudes.
fn score_error(case: &Case, dim: usize, width: usize) -> (f64, f64) {
    let degree = case.graph.offsets.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    let log_weight = case.graph.neighbours.iter().map(|edge| f64::from(edge.weight.ln().abs())).fold(0.0, f64::max);
    // Two dot products of `dim`, one fold of `width`, two lengths of `dim` under a square root, and single operations.
    // Features add to the sum, each a product and an addition, κ a product.
    let features = case.parameters.features();
    let roundings = (3 * dim + width + features + 18) as f64;
    let absolutes = |a: &[f32]| a.iter().map(|a| f64::from(a.abs())).collect::<Vec<_>>();
    let direct = largest_sum(case, &absolutes(&case.parameters.features.direct));
    let (mut error, mut magnitude) = ((features + 1) as f64 * UNIT * direct, direct);
    for head in &case.parameters.heads {
        let g: Vec<f64> =
            absolute(&head.query, &unit(&case.query)).iter().map(|g| g * f64::from(head.kappa.abs())).collect();
        let c = largest(case, head, &g) + largest_sum(case, &absolutes(&head.p));
        // Relative to its magnitude, every state has the same error.
        let mut relative = roundings * UNIT;
        for layer in &head.layers {
            let products = largest(case, head, &absolutes(&layer.a_dst))
                + largest(case, head, &absolutes(&layer.a_src))
                + largest_sum(case, &absolutes(&layer.f_dst))
                + largest_sum(case, &absolutes(&layer.f_src));
            // Embeddings are below 1.
            let bias: f64 = absolutes(&layer.a_rel).iter().sum();
            let query_term = f64::from(layer.gamma.abs()) * c;
            let logit = products + bias + query_term + log_weight;
            let logit_error = relative * (products + query_term) + (RELATION_DIM + 8) as f64 * UNIT * logit;
            // Streamed, per edge: two exponentials of two units each, a product and a sum; arguments of all rescalings
            // of one node telescope to twice the range of a logit, and each is rounded once. In products, with an edge:
            // three exponentials of three units, arguments below 4 logits together, three products, and a sum of up to
            // degree + 1 such terms, all below the same bound.
            let eta = logit_error + (6.0 * f64::from(degree + 2) + 4.0 * logit) * UNIT;
            relative += 2.0 * eta + UNIT;
        }
        let weight = f64::from((head.m * head.tau).abs());
        error += weight * (relative + 4.0 * UNIT) * c;
        magnitude += weight * c;
    }
    // One more sum than there are heads.
    (error + (case.parameters.heads.len() + 1) as f64 * UNIT * magnitude, magnitude)
}

/// Returns the largest dot product of `with` and the absolute values of a node's features.
fn largest_sum(case: &Case, with: &[f64]) -> f64 {
    let product = |phi: &[f32]| phi.iter().zip(with).map(|(phi, with)| f64::from(phi.abs()) * with).sum();
    case.features.chunks_exact(with.len().max(1)).map(product).fold(0.0, f64::max)
}

fn unit(vector: &[f32]) -> Vec<f64> {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    vector.iter().map(|value| f64::from(value.abs()) / length).collect()
}

/// Projects `x` with the absolute values of the matrix; `x` itself must not have negative values.
fn absolute(projection: &Projection, x: &[f64]) -> Vec<f64> {
    match projection {
        Projection::Identity => x.to_vec(),
        Projection::LowRank { matrix, .. } => {
            let row = |row: &[f32]| row.iter().zip(x).map(|(w, x)| f64::from(w.abs()) * x).sum();
            matrix.chunks_exact(x.len()).map(row).collect()
        }
    }
}

/// Returns the largest dot product of `with` and a node's vector as [`absolute`] projects it.
fn largest(case: &Case, head: &Head, with: &[f64]) -> f64 {
    let product = |vector: &[f32]| -> f64 {
        absolute(&head.node, &unit(vector)).iter().zip(with).map(|(u, with)| u * with).sum()
    };
    case.vectors.chunks_exact(case.query.len()).map(product).fold(0.0, f64::max)
}

fn attend_to_projected(case: &Case) -> Option<NodeWeights> {
    let dim = case.query.len();
    // Slots backwards, so that they are not taken for the nodes' indices.
    let slots: Vec<u32> = (0..case.graph.keys.len() as u32).rev().collect();
    let mut projected = Projected::new(&Arc::new(case.parameters.clone()))?;
    let row = |slot: u32| Some(case.vectors[(slots.len() - 1 - slot as usize) * dim..][..dim].into());
    projected.fill(slots.len(), 2, row).unwrap();
    let nodes = Nodes::Projected(&projected, &slots);
    Some(
        attend_over(&case.parameters, &case.query, nodes, &case.features, &case.graph, &mut Scratch::default())
            .unwrap(),
    )
}

fn is_close(case: &Case, got: &NodeWeights) -> Result<(), TestCaseError> {
    let expected =
        reference::attend(&case.parameters, &case.query, &case.vectors, &case.features, &case.graph).unwrap();
    let dim = case.query.len();
    let width = case.parameters.heads[0].layers[0].a_dst.len();
    let (error, magnitude) = score_error(case, dim, width);
    // A weight is e^s over a sum of such; subtracting the largest score rounds once, exp and the quotient twice.
    let relative = (2.0 * error + (2.0 * magnitude + 8.0) * UNIT).exp_m1();
    prop_assert!(relative < 0.1, "the bound says nothing: {relative}");
    prop_assert_eq!(got.weights.len(), expected.weights.len());
    for (got, expected) in got.weights.iter().zip(&expected.weights) {
        // The last term is where f32 underflows.
        prop_assert!((f64::from(*got) - expected).abs() <= expected * relative + 1e-37, "{got} {expected}");
    }
    // Weights p(1 + ε) change -Σ p ln p by at most ε(H + 1); H itself is a difference of numbers below 2·magnitude.
    let bound = relative * (expected.entropy + 1.0) + 8.0 * UNIT * (1.0 + expected.entropy + 2.0 * magnitude);
    prop_assert!((f64::from(got.entropy) - expected.entropy).abs() <= bound);
    // Each weight is rounded to f32 once, so their sum errs by at most one unit of their sum.
    let total: f64 = got.weights.iter().copied().map(f64::from).sum();
    prop_assert!(got.weights.is_empty() || (total - 1.0).abs() <= 1.01 * UNIT);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn fused_is_the_reference(shape in shapes()) {
        let case = case(&shape);
        let got = attend(&case.parameters, &case.query, &case.vectors, &case.features, &case.graph).unwrap();
        is_close(&case, &got)?;
        // Kept vectors leave one fold out, which takes a rounding error away.
        if let Some(got) = attend_to_projected(&case) {
            is_close(&case, &got)?;
        }
    }

    #[test]
    fn renumbering_the_nodes_renumbers_the_weights(shape in shapes()) {
        let case = case(&shape);
        let nodes = shape.nodes;
        let mut order: Vec<usize> = (0..nodes).collect();
        let mut random = Random(shape.seed ^ 1);
        (1..nodes).rev().for_each(|i| order.swap(i, random.below(i + 1)));
        let mut place = vec![0; nodes];
        order.iter().enumerate().for_each(|(new, old)| place[*old] = new as u32);
        let mut graph = Subgraph { keys: case.graph.keys.clone(), offsets: vec![0], ..Default::default() };
        let (mut vectors, mut features) = (Vec::new(), Vec::new());
        for old in &order {
            let edges = case.graph.offsets[*old] as usize..case.graph.offsets[old + 1] as usize;
            let moved = |edge: &Neighbour| Neighbour { node: place[edge.node as usize], ..*edge };
            graph.neighbours.extend(case.graph.neighbours[edges].iter().map(moved));
            graph.offsets.push(graph.neighbours.len() as u32);
            vectors.extend_from_slice(&case.vectors[old * shape.dim..][..shape.dim]);
            features.extend_from_slice(&case.features[old * shape.features..][..shape.features]);
        }
        let before = attend(&case.parameters, &case.query, &case.vectors, &case.features, &case.graph).unwrap();
        let after = attend(&case.parameters, &case.query, &vectors, &features, &graph).unwrap();
        for (new, old) in order.iter().enumerate() {
            // Only the order of the last sum differs: n roundings in f64, which may tip the last bit of an f32.
            prop_assert!((before.weights[*old] - after.weights[new]).abs() <= before.weights[*old] * f32::EPSILON);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bits(shape in shapes()) {
        let case = case(&shape);
        let once = || attend(&case.parameters, &case.query, &case.vectors, &case.features, &case.graph).unwrap();
        prop_assert_eq!(once(), once());
    }

    #[test]
    fn lengths_of_vectors_do_not_matter(shape in shapes(), power in -20i32..=20) {
        // A power of two changes no digit, so not even the rounding differs. The shortest vector that is not zero is
        // 2⁻²² long before, 2⁻⁴² after, within the accepted lengths, and its square is a normal number.
        let case = case(&shape);
        let longer = |values: &[f32]| values.iter().map(|value| value * 2f32.powi(power)).collect::<Vec<_>>();
        let expected = attend(&case.parameters, &case.query, &case.vectors, &case.features, &case.graph);
        let got = attend(&case.parameters, &longer(&case.query), &longer(&case.vectors), &case.features, &case.graph);
        prop_assert_eq!(got, expected);
    }
}

#[test]
fn an_empty_graph_has_no_weights() {
    let nothing = NodeWeights { weights: Vec::new(), entropy: 0.0 };
    let prior = Parameters::prior(2).unwrap();
    for offsets in [vec![], vec![0]] {
        let graph = Subgraph { offsets, ..Default::default() };
        assert_eq!(attend(&prior, &[1.0, 2.0], &[], &[], &graph), Ok(nothing.clone()));
    }
}

#[test]
fn equal_nodes_share_equally() {
    let graph = Subgraph { keys: vec![1, 2, 3, 4], offsets: vec![0; 5], ..Default::default() };
    // Zero vectors have no direction and score 0, like the query of zeros.
    for query in [[1.0, 0.0], [0.0, 0.0]] {
        let attended = attend(&Parameters::prior(1).unwrap(), &query, &[0.0; 8], &[], &graph).unwrap();
        assert_eq!(attended, NodeWeights { weights: vec![0.25; 4], entropy: 4f32.ln() });
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let edge = Neighbour { node: 0, relation: 0, reverse: false, weight: 1.0 };
    let graph = Subgraph { keys: vec![5, 6], offsets: vec![0, 0, 1], neighbours: vec![edge], depth_touched: 1 };
    let prior = Parameters::prior(1).unwrap();
    let vectors = [1.0, 0.0, 0.0, 1.0];
    let run = |query: &[f32], vectors: &[f32], graph: &Subgraph| {
        let fused = attend(&prior, query, vectors, &[], graph).unwrap_err();
        assert_eq!(reference::attend(&prior, query, vectors, &[], graph).unwrap_err(), fused);
        fused
    };
    let query = [1.0, 0.0];
    assert_eq!(run(&[], &[], &graph), Error::Dimension { expected: 1, got: 0 });
    assert!(matches!(run(&query, &vectors[..3], &graph), Error::Length { expected: 4, got: 3, .. }));
    assert_eq!(run(&[f32::NAN, 0.0], &vectors, &graph), Error::NotFinite { row: 0 });
    assert_eq!(run(&query, &[1.0, 0.0, f32::INFINITY, 1.0], &graph), Error::NotFinite { row: 1 });
    assert!(matches!(run(&query, &[1.0, 0.0, 1e-20, 0.0], &graph), Error::Parameter { .. }));
    assert!(matches!(run(&query, &[1.0, 0.0, 1e30, 0.0], &graph), Error::Parameter { .. }));
    for offsets in [vec![], vec![0, 1], vec![1, 1, 1], vec![0, 1, 0], vec![0, 0, 2]] {
        let graph = Subgraph { offsets, ..graph.clone() };
        assert!(matches!(run(&query, &vectors, &graph), Error::Parameter { .. }));
    }
    for bad in
        [Neighbour { node: 2, ..edge }, Neighbour { weight: 0.0, ..edge }, Neighbour { weight: f32::NAN, ..edge }]
    {
        let graph = Subgraph { neighbours: vec![bad], ..graph.clone() };
        assert!(matches!(run(&query, &vectors, &graph), Error::Parameter { .. }));
    }
    let trained = case(&Shape {
        nodes: 2,
        dim: 3,
        rank: 2,
        heads: 1,
        layers: 1,
        relations: 0,
        features: 2,
        wild: false,
        seed: 1,
    });
    assert_eq!(
        attend(&trained.parameters, &query, &vectors, &[], &graph),
        Err(Error::Dimension { expected: 3, got: 2 })
    );
    let run = |features: &[f32]| {
        let Case { parameters, query, vectors, graph, .. } = &trained;
        let fused = attend(parameters, query, vectors, features, graph).unwrap_err();
        assert_eq!(reference::attend(parameters, query, vectors, features, graph).unwrap_err(), fused);
        fused
    };
    assert!(matches!(run(&[0.0; 3]), Error::Length { expected: 4, got: 3, .. }));
    assert_eq!(run(&[0.0, 0.0, f32::NAN, 0.0]), Error::NotFinite { row: 1 });
    assert!(matches!(run(&[0.0, 2e6, 0.0, 0.0]), Error::Parameter { .. }));
}
