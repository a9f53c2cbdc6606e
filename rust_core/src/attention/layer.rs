//! Runs one layer for a group of heads. Each node's state becomes the attention-weighted mean of its own and its
//! neighbours' states.
//!
//! On either side of LeakyReLU's bend a logit is a sum of terms of receiver, sender and edge, so its exponential is a
//! product of theirs. With d = a_dst·u_i, s = a_src·u_j and c = g·u_j, and divided by e^d, which is the
//! receiver's in every term,
//!
//! ```text
//! w · e^(s + γc) · e^b                          d + s + b ≥ 0
//! w · e^(0.2 s + γc) · e^(0.2 b) · e^(−0.8 d)   d + s + b < 0
//! ```
//!
//! and a layer takes three exponentials per node instead of two per edge, and no logarithm. As long as the largest of
//! each of these exponents add up to [`RANGE`] at most, no factor or product of factors leaves e^±40, nor a sum of 2³²
//! of them f32, nor their products with values up to [`VALUES`]: e^(40 + 22.2 + 18.5) < f32::MAX. Small products may
//! lose digits to underflow, but never more than 1e-45 / e^−40 < 1e-27 of a mean, which a score takes 1e12 times at
//! most. Parameters, vectors and weights beyond that are rare and take the streaming softmax (Milakov & Gimelshein,
//! arXiv 1805.02867): a running maximum, a running sum and a running mean, rescaled whenever the maximum rises.

use super::folded::{Bias, GroupLayer};
use super::lanes::{LANES, Lanes, RANGE, SLOPE, State, exp, map};
use crate::graph::{Neighbour, Subgraph};

/// Largest value that a state may contain if exponentials are to be multiplied.
const VALUES: f32 = 1e8;

/// The factors of a sending node: `up` is e^(s + γc), `low` is e^(0.2 s + γc).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sender {
    up: Lanes,
    low: Lanes,
}

/// A subgraph, and the spread of the logarithms of its edge weights. The spread is the largest less the smallest, with
/// a weight of 1 always among them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edges<'a> {
    graph: &'a Subgraph,
    largest_log: f32,
}

impl<'a> Edges<'a> {
    pub fn new(graph: &'a Subgraph) -> Self {
        let weights = || graph.neighbours.iter().map(|edge| edge.weight);
        let (least, most) = (weights().fold(1.0, f32::min), weights().fold(1.0, f32::max));
        Self { graph, largest_log: most.ln() - least.ln() }
    }

    fn of(&self, node: usize) -> &'a [Neighbour] {
        &self.graph.neighbours[self.graph.offsets[node] as usize..self.graph.offsets[node + 1] as usize]
    }
}

/// The inputs for running one layer of a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'a> {
    pub edges: Edges<'a>,
    pub layer: &'a GroupLayer,
    /// Index of the layer; the first has 0.
    pub at: usize,
    /// Whether this is the last layer. After it, only the g·u of each state is used.
    pub last: bool,
}

impl Pass<'_> {
    /// Computes the new state of each node from `states` and writes it to `next`.
    pub fn run(&self, states: &[State], senders: &mut Vec<Sender>, next: &mut [State]) {
        if !self.is_small(states) {
            (0..LANES).for_each(|head| self.stream(head, states, next));
            return;
        }
        senders.clear();
        senders.extend(states.iter().map(|state| self.sender(state)));
        if self.last {
            self.multiply([0], states, senders, next)
        } else {
            self.multiply([0, 3, 4], states, senders, next)
        }
    }

    /// Returns the indices of a_dst·u and a_src·u in a state, for this layer.
    fn products(&self) -> (usize, usize) {
        (1 + 2 * self.at, 2 + 2 * self.at)
    }

    /// Whether all values are small enough for multiplying exponentials.
    fn is_small(&self, states: &[State]) -> bool {
        let (dst, src) = self.products();
        let mut largest = State::default();
        for state in states {
            for (largest, value) in largest.iter_mut().zip(state) {
                *largest = map(|h| largest[h].max(value[h].abs()));
            }
        }
        let most = |values: Lanes| values.into_iter().fold(0.0, f32::max);
        let query = most(map(|h| self.layer.gamma[h].abs() * largest[0][h]));
        let logs = most(largest[dst]) + most(largest[src]) + query + self.layer.largest_bias + self.edges.largest_log;
        // The products of the first layer are not written for the second.
        logs <= RANGE && [0, 3, 4].into_iter().all(|value| most(largest[value]) <= VALUES)
    }

    fn sender(&self, state: &State) -> Sender {
        let (_, src) = self.products();
        let term = |slope: f32| map(|h| exp(slope * state[src][h] + self.layer.gamma[h] * state[0][h]));
        Sender { up: term(1.0), low: term(SLOPE) }
    }

    /// Runs the layer by multiplying exponentials.
    ///
    /// `carried` lists the indices of the values in a state that are used afterwards.
    fn multiply<const N: usize>(&self, carried: [usize; N], states: &[State], senders: &[Sender], next: &mut [State]) {
        let (dst, src) = self.products();
        let (own_bias, biases) = self.layer.biases.split_last().expect("the self slot is always there");
        for (i, (own, next)) in states.iter().zip(next).enumerate() {
            let edges = self.edges.of(i);
            if edges.is_empty() {
                *next = *own;
                continue;
            }
            let relief = map(|h| exp((SLOPE - 1.0) * own[dst][h]));
            let weight = |state: &State, sender: &Sender, bias: &Bias, weight: f32| {
                map(|h| {
                    let up = sender.up[h] * bias.up[h];
                    let low = sender.low[h] * bias.low[h] * relief[h];
                    weight * if own[dst][h] + state[src][h] + bias.value[h] < 0.0 { low } else { up }
                })
            };
            let mut total = weight(own, &senders[i], own_bias, 1.0);
            let mut sums = carried.map(|value| map(|h| total[h] * own[value][h]));
            for edge in edges {
                let (state, sender) = (&states[edge.node as usize], &senders[edge.node as usize]);
                let bias = biases.get(slot(edge)).unwrap_or(&self.layer.unknown);
                let weight = weight(state, sender, bias, edge.weight);
                total = map(|h| total[h] + weight[h]);
                for (sum, value) in sums.iter_mut().zip(carried) {
                    *sum = map(|h| sum[h] + weight[h] * state[value][h]);
                }
            }
            for (sum, value) in sums.iter().zip(carried) {
                next[value] = map(|h| sum[h] / total[h]);
            }
        }
    }

    /// Runs the layer for one head with the streaming softmax, which allows values of any size.
    fn stream(&self, head: usize, states: &[State], next: &mut [State]) {
        let (dst, src) = self.products();
        let (own_bias, biases) = self.layer.biases.split_last().expect("the self slot is always there");
        for (i, (own, next)) in states.iter().zip(next).enumerate() {
            let logit = |state: &State, bias: &Bias| {
                let x = own[dst][head] + state[src][head] + bias.value[head];
                (if x < 0.0 { SLOPE * x } else { x }) + self.layer.gamma[head] * state[0][head]
            };
            let values = |state: &State| state.map(|lanes| lanes[head]);
            let mut mean = Mean::start(logit(own, own_bias), values(own));
            for edge in self.edges.of(i) {
                let state = &states[edge.node as usize];
                let bias = biases.get(slot(edge)).unwrap_or(&self.layer.unknown);
                mean.add(logit(state, bias) + edge.weight.ln(), values(state));
            }
            next.iter_mut().zip(mean.value()).for_each(|(lanes, value)| lanes[head] = value);
        }
    }
}

fn slot(edge: &Neighbour) -> usize {
    2 * usize::from(edge.relation) + usize::from(edge.reverse)
}

/// A running mean whose weights are the softmax of logits that arrive one at a time.
struct Mean {
    largest: f32,
    total: f32,
    sum: [f32; 5],
}

impl Mean {
    fn start(logit: f32, values: [f32; 5]) -> Self {
        Self { largest: logit, total: 1.0, sum: values }
    }

    fn add(&mut self, logit: f32, values: [f32; 5]) {
        // One of the two factors is exactly 1: nothing grows, and the first state need not be special.
        let largest = self.largest.max(logit);
        let (keep, weight) = ((self.largest - largest).exp(), (logit - largest).exp());
        self.largest = largest;
        self.total = self.total * keep + weight;
        for (sum, value) in self.sum.iter_mut().zip(values) {
            *sum = *sum * keep + weight * value;
        }
    }

    fn value(self) -> [f32; 5] {
        self.sum.map(|sum| sum / self.total)
    }
}
