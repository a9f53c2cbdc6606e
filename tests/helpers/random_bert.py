"""Random weights of a BERT encoder in our records, and its vectors computed the obvious way, in float64."""

from __future__ import annotations

import math

import numpy as np

from sanderling.models.recipe.bert_graph import BertLayer, BertWeights, Linear, Norm

DIM, WIDE, HEADS, WORDS, POSITIONS, LAYERS = 64, 128, 2, 50, 40, 2


def random_bert(seed: int) -> BertWeights:
    random = np.random.default_rng(seed)

    def values(*shape: int) -> np.ndarray:
        return random.normal(0.0, 1 / math.sqrt(shape[-1]), shape).astype(np.float32)

    def linear(outputs: int, inputs: int) -> Linear:
        return Linear(weight=values(outputs, inputs), bias=values(outputs))

    def norm() -> Norm:
        return Norm(gain=1 + values(DIM), offset=values(DIM))

    return BertWeights(
        words=values(WORDS, DIM),
        positions=values(POSITIONS, DIM),
        norm=norm(),
        layers=tuple(
            BertLayer(
                query=linear(DIM, DIM),
                key=linear(DIM, DIM),
                value=linear(DIM, DIM),
                attended=linear(DIM, DIM),
                attended_norm=norm(),
                widened=linear(WIDE, DIM),
                narrowed=linear(DIM, WIDE),
                narrowed_norm=norm(),
            )
            for _ in range(LAYERS)
        ),
        n_heads=HEADS,
        epsilon=1e-12,
    )


def reference(weights: BertWeights, ids: list[int]) -> np.ndarray:
    """Return the unit vector of one text, float64[DIM]."""

    def norm(x: np.ndarray, by: Norm) -> np.ndarray:
        x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + weights.epsilon)
        return x * by.gain + by.offset

    def linear(x: np.ndarray, by: Linear) -> np.ndarray:
        return x @ by.weight.astype(np.float64).T + by.bias

    def heads(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(ids), weights.n_heads, -1).transpose(1, 0, 2)

    x = norm(weights.words[ids].astype(np.float64) + weights.positions[: len(ids)], weights.norm)
    for layer in weights.layers:
        q, k, v = (heads(linear(x, each)) for each in (layer.query, layer.key, layer.value))
        scores = np.exp(q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[2]))
        mixed = (scores / scores.sum(axis=2, keepdims=True)) @ v
        x = norm(x + linear(mixed.transpose(1, 0, 2).reshape(len(ids), -1), layer.attended), layer.attended_norm)
        wide = linear(x, layer.widened)
        wide = 0.5 * wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + linear(wide, layer.narrowed), layer.narrowed_norm)
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)
