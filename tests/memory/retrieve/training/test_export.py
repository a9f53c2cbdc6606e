"""The network that is trained and the one that runs are the same."""

from __future__ import annotations

import numpy as np
import pytest

from sanderling._core import Attention, GraphMemory
from sanderling.memory.retrieve.attention_weights import SHIPPED
from sanderling.memory.retrieve.training.export import from_bytes, to_bytes
from sanderling.memory.retrieve.training.network import Weights, forward, graph, initial
from sanderling.records import SearchParams

NODES, FEATURES, SLOTS = 40, 7, 9


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_rust_weighs_as_the_network_scores(layers, seed):
    random = np.random.default_rng(seed)
    weights = initial(FEATURES, 4 + seed, layers, SLOTS, seed)
    weights = Weights(*((each + random.normal(0, 0.3, each.shape)).astype(np.float32) for each in weights))
    attention = Attention.from_bytes(to_bytes(Weights(*(each.astype(float) for each in weights)), 3))
    assert (attention.features, attention.features_version) == (FEATURES, 3)
    memory = GraphMemory(4)
    keys = np.arange(100, 100 + NODES, dtype=np.uint64)
    memory.insert(keys, random.normal(0, 1, (NODES, 4)).astype(np.float32))
    drawn = {tuple(edge) for edge in random.integers(0, NODES, (60, 2)).tolist() if edge[0] != edge[1]}
    src, dst = np.array(sorted(drawn)).T
    rel = random.integers(0, 6, len(src))
    weight = random.uniform(0.1, 1.0, len(src)).astype(np.float32)
    memory.link(keys[src], keys[dst], rel.astype(np.uint16), weight)
    phi = random.uniform(-1, 1, (NODES, FEATURES)).astype(np.float32)
    order = random.permutation(NODES)
    found = memory.attend(
        np.ones(4, np.float32), keys[order], SearchParams(hops=0), features=phi[order], attention=attention
    )

    # An edge stands in the lists of both its ends, in that of its destination as the edge it is. Relations from 4 on
    # are not known, and their bias is 0.
    sides = [np.concatenate(pair) for pair in ((dst, src), (src, dst), (2 * rel, 2 * rel + 1), (weight, weight))]
    known = sides[2] < SLOTS - 1
    g = graph(NODES, *(side[known] for side in sides), SLOTS)
    if not known.all():
        # One slot more, with a bias of 0, for all that are not.
        bias = np.insert(weights.bias, SLOTS - 1, 0.0, axis=1)
        weights = weights._replace(bias=bias)
        g = graph(NODES, sides[0], sides[1], np.minimum(sides[2], SLOTS - 1), sides[3], SLOTS + 1)
    scores = forward(weights, g, phi.astype(float)).scores
    expected = np.exp(scores - scores.max())
    expected /= expected.sum()
    place = {int(key): at for at, key in enumerate(keys)}
    got = np.zeros(NODES)
    got[[place[int(key)] for key in found.keys]] = found.weights
    # Scores are sums of fewer than 100 f32 terms below 10 in two layers at most: they err by less than 4e-4 of one.
    np.testing.assert_allclose(got, expected, rtol=4e-4, atol=1e-7)


@pytest.mark.parametrize("layers", [1, 2])
def test_what_was_written_is_read_back(layers):
    weights = initial(FEATURES, 3, layers, SLOTS, 5)
    weights = weights._replace(direct=np.arange(FEATURES, dtype=float), gamma=weights.gamma * np.arange(1, 4))
    for written, read in zip(weights, from_bytes(to_bytes(weights)), strict=True):
        assert (written.astype(np.float32) == read).all()


def test_the_weights_that_ship_are_read_and_written_as_they_are():
    assert to_bytes(from_bytes(SHIPPED.read_bytes())) == SHIPPED.read_bytes()


def test_weights_of_another_network_are_not_taken_for_its_own():
    with pytest.raises(ValueError, match="not of the network"):
        from_bytes(bytes(Attention.prior().to_bytes()) if hasattr(Attention, "to_bytes") else SHIPPED.read_bytes()[:-8])
