"""Graph attention over many subgraphs at once, and its gradient, in numpy.

The same network as in ``rust_core/src/attention``.

Equations and names are those of that module's header, for identity projections. A node enters with its features φ
only, its cosine to the question among them, so the learned weights are not tied to one embedder. Per head and layer,
with edges j → i of weight w and slot r, every node attending to itself in the last slot::

    c = p·φ      e_ij = LeakyReLU(a_dst·φ_i + a_src·φ_j + b_r) + γ c_j + ln w_ij      α_i = softmax over j of e_ij

All of these then move along the edges: x'_i = Σ_j α_ij x_j for c, and for the a-products of the layers still to come.
The score is s_i = Σ_h c'_ih + d·φ_i. Scale and sign of a head are in its p, so m = τ = 1.

Subgraphs are concatenated without edges between them. Edges are sorted by receiver, and every node receives from
itself, so each sum over neighbours is one ``reduceat`` without empty parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SLOPE = 0.2
"""Slope of LeakyReLU below zero (arXiv 1710.10903, section 3.3)."""


class Graph(NamedTuple):
    """Edges of all subgraphs sorted by receiver, self edges included."""

    receiver: Indices
    sender: Indices
    slot: Indices
    log_weight: Array
    starts: Indices
    """Index of the first edge of each receiver."""
    by_sender: Indices
    """Permutation that sorts edges by sender."""
    sender_starts: Indices
    """Index of the first edge of each sender, in that order."""


def graph(nodes: int, receiver: Indices, sender: Indices, slot: Indices, weight: Array, slots: int) -> Graph:
    """Build a graph from the given edges, with a self edge for each node.

    Self edges have the slot ``slots`` - 1.
    """
    own = np.arange(nodes)
    receiver, sender = np.concatenate([own, receiver]), np.concatenate([own, sender])
    slot = np.concatenate([np.full(nodes, slots - 1), slot])
    log_weight = np.concatenate([np.zeros(nodes), np.log(weight)])
    order = np.argsort(receiver, kind="stable")
    receiver, sender, slot, log_weight = receiver[order], sender[order], slot[order], log_weight[order]
    by_sender = np.argsort(sender, kind="stable")
    return Graph(
        receiver,
        sender,
        slot,
        log_weight,
        np.searchsorted(receiver, own),
        by_sender,
        np.searchsorted(sender[by_sender], own),
    )


class Weights(NamedTuple):
    """Trained parameters, or their gradient. F features, H heads, L layers, R slots."""

    p: Array
    """[F, H]"""
    a_dst: Array
    """[L, F, H], as ``a_src``."""
    a_src: Array
    bias: Array
    """[L, R, H]"""
    gamma: Array
    """[L, H]"""
    direct: Array
    """[F]"""


def initial(features: int, heads: int, layers: int, slots: int, seed: int) -> Weights:
    """Return small random weights with which a node attends mostly to itself."""
    random = np.random.default_rng(seed)
    bias = np.zeros((layers, slots, heads))
    bias[:, -1] = 2.0
    return Weights(
        p=random.normal(0, 0.1, (features, heads)),
        a_dst=random.normal(0, 0.1, (layers, features, heads)),
        a_src=random.normal(0, 0.1, (layers, features, heads)),
        bias=bias,
        gamma=np.ones((layers, heads)),
        direct=np.zeros(features),
    )


def joined(members: Sequence[Weights]) -> Weights:
    """Join the heads of all ``members``, so that a node's score is the mean of the members' scores.

    A head's share of the mean is in its p, by which a node's own logits are divided too: γ makes up for that.
    """
    count = len(members)
    return Weights(
        p=np.concatenate([each.p for each in members], axis=1) / count,
        a_dst=np.concatenate([each.a_dst for each in members], axis=2),
        a_src=np.concatenate([each.a_src for each in members], axis=2),
        bias=np.concatenate([each.bias for each in members], axis=2),
        gamma=np.concatenate([each.gamma for each in members], axis=1) * count,
        direct=np.mean([each.direct for each in members], axis=0),
    )


class _Layer(NamedTuple):
    """Values of one layer's forward pass that its gradient needs."""

    states: Array
    alpha: Array
    above: Array
    """Slope of LeakyReLU at each input: 1 if positive, else :data:`SLOPE`."""


class Passed(NamedTuple):
    """The result of a forward pass."""

    scores: Array
    layers: tuple[_Layer, ...]


def forward(weights: Weights, graph: Graph, phi: Array) -> Passed:
    """Score every node from its features ``phi``, float64[n, F]."""
    layers = len(weights.gamma)
    # [n, 1 + 2L, H]: c, then a_dst·φ and a_src·φ of each layer.
    with_ = np.stack([weights.p, *(a[layer] for layer in range(layers) for a in (weights.a_dst, weights.a_src))])
    states = np.einsum("nf,sfh->nsh", phi, with_, optimize=True)
    kept = []
    for layer in range(layers):
        dst, src = states[:, 1 + 2 * layer], states[:, 2 + 2 * layer]
        inner = dst[graph.receiver] + src[graph.sender] + weights.bias[layer, graph.slot]
        above = np.where(inner > 0, 1.0, SLOPE)
        logits = above * inner + (weights.gamma[layer] * states[:, 0])[graph.sender] + graph.log_weight[:, None]
        logits -= np.maximum.reduceat(logits, graph.starts)[graph.receiver]
        alpha = np.exp(logits)
        alpha /= np.add.reduceat(alpha, graph.starts)[graph.receiver]
        kept.append(_Layer(states, alpha, above))
        if layer + 1 == layers:
            # The last layer needs to move c only.
            states = np.add.reduceat(alpha * states[graph.sender, 0], graph.starts)[:, None]
        else:
            states = np.add.reduceat(alpha[:, None] * states[graph.sender], graph.starts)
    return Passed(states[:, 0].sum(axis=1) + phi @ weights.direct, tuple(kept))


def backward(weights: Weights, graph: Graph, phi: Array, passed: Passed, d_scores: Array) -> Weights:
    """Return the gradient of a loss with respect to the weights.

    ``d_scores``: the gradient of the loss with respect to the scores.
    """
    d_bias, d_gamma = np.zeros_like(weights.bias), np.zeros_like(weights.gamma)
    d_states = np.repeat(d_scores[:, None, None], weights.p.shape[1], axis=2)
    for layer in reversed(range(len(weights.gamma))):
        states, alpha, above = passed.layers[layer]
        # The last layer moved c alone, the others all of a state.
        moved = d_states.shape[1]
        d_means = d_states[graph.receiver]
        values = states[graph.sender, :moved]
        d_alpha = (d_means * values).sum(axis=1)
        d_logits = alpha * (d_alpha - np.add.reduceat(alpha * d_alpha, graph.starts)[graph.receiver])
        d_inner = above * d_logits
        d_values = alpha[:, None] * d_means
        d_values[:, 0] += weights.gamma[layer] * d_logits
        d_states = np.zeros_like(states)
        d_states[:, :moved] = _to_senders(graph, d_values)
        d_states[:, 1 + 2 * layer] += np.add.reduceat(d_inner, graph.starts)
        d_states[:, 2 + 2 * layer] += _to_senders(graph, d_inner)
        d_gamma[layer] = (d_logits * values[:, 0]).sum(axis=0)
        for head in range(d_bias.shape[2]):
            d_bias[layer, :, head] = np.bincount(graph.slot, d_inner[:, head], d_bias.shape[1])
    d_with = np.einsum("nf,nsh->sfh", phi, d_states, optimize=True)
    return Weights(
        p=d_with[0], a_dst=d_with[1::2], a_src=d_with[2::2], bias=d_bias, gamma=d_gamma, direct=phi.T @ d_scores
    )


def _to_senders(graph: Graph, of_edges: Array) -> Array:
    sums: Array = np.add.reduceat(of_edges[graph.by_sender], graph.sender_starts)
    return sums
