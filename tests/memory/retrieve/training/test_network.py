from __future__ import annotations

import numpy as np
import pytest

from sanderling.memory.retrieve.training.fit import Example, Settings, fit
from sanderling.memory.retrieve.training.loss import Asked, listwise
from sanderling.memory.retrieve.training.network import Weights, backward, forward, graph, initial, joined

NODES, FEATURES, SLOTS = 9, 4, 5


def random_case(seed, layers):
    random = np.random.default_rng(seed)
    edges = 14
    g = graph(
        NODES,
        random.integers(0, NODES, edges),
        random.integers(0, NODES, edges),
        random.integers(0, SLOTS - 1, edges),
        random.uniform(0.2, 2, edges),
        SLOTS,
    )
    weights = initial(FEATURES, 3, layers, SLOTS, seed)
    weights = Weights(*(each + random.normal(0, 0.5, each.shape) for each in weights))
    asked = Asked(
        document=np.array([0, 0, 1, 2, 3, 3, 4, 5, 4]),
        question=np.array([0, 0, 0, 1, 1, 1]),
        gold=np.array([True, True, False, False, True, False]),
        weight=np.array([1.0, 3.0]),
    )
    return g, weights, random.normal(0, 1, (NODES, FEATURES)), asked


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_the_slope_of_the_loss(layers, seed):
    g, weights, phi, asked = random_case(seed, layers)
    passed = forward(weights, g, phi)
    gradient = backward(weights, g, phi, passed, listwise(passed.scores, asked)[1])
    step = 1e-6
    for number, value in enumerate(weights):
        for at in np.ndindex(value.shape):
            losses = []
            for sign in (1, -1):
                moved = value.copy()
                moved[at] += sign * step
                changed = Weights(*(moved if i == number else each for i, each in enumerate(weights)))
                losses.append(listwise(forward(changed, g, phi).scores, asked)[0])
            slope = (losses[0] - losses[1]) / (2 * step)
            # Central differences err by step² times the third derivative, some 1e-11 here, and by the rounding of two
            # losses of about 1 over the step: 2e-16 / 1e-6. Bends of LeakyReLU are further than a step away.
            assert gradient[number][at] == pytest.approx(slope, abs=1e-7, rel=1e-6), (Weights._fields[number], at)


def test_the_loss_by_hand():
    asked = Asked(
        document=np.array([0, 0, 1, 2]),
        question=np.zeros(3, int),
        gold=np.array([True, False, True]),
        weight=np.ones(1),
    )
    loss, slope = listwise(np.array([1.0, -5.0, 0.0, 2.0]), asked)
    # Each gold competes with the one other document alone, the first by its better node.
    expected = [np.log1p(np.exp(-1.0)), np.log1p(np.exp(-2.0))]
    assert loss == pytest.approx(np.mean(expected))
    assert slope[1] == 0 and slope.sum() == pytest.approx(0)


def test_questions_without_gold_count_nothing():
    asked = Asked(np.array([0, 1]), np.zeros(2, int), np.zeros(2, bool), np.ones(1))
    loss, slope = listwise(np.array([3.0, 1.0]), asked)
    assert loss == 0 and not slope.any()


def test_a_neighbour_only_reachable_over_an_edge_is_learned():
    """The gold node has no feature of its own: only that a marked node points to it over slot 1."""
    random = np.random.default_rng(0)

    def example(number):
        marked, gold, decoy = random.permutation(8)[:3]
        phi = np.zeros((8, 2))
        phi[marked, 0] = 1
        phi[:, 1] = random.normal(0, 1, 8)
        pairs = [(gold, marked, 1), (decoy, marked, 0)]
        receiver, sender, slot = np.array(pairs).T
        wanted = np.arange(8) == gold
        return Example("one", phi, (receiver, sender, slot, np.ones(2)), np.arange(8), wanted)

    examples = [example(number) for number in range(80)]
    weights, _ = fit(examples[:60], examples[60:], Settings(slots=5, epochs=40, rate=0.05, batch=10))
    hits = 0
    for each in examples[60:]:
        g = graph(8, *each.edges, 5)
        hits += bool(each.gold[np.argsort(-forward(weights, g, each.phi).scores)[:2]].any())
    assert hits >= 19


@pytest.mark.parametrize("layers", [1, 2])
def test_joined_weights_give_the_mean_of_the_scores(layers):
    g, first, phi, _ = random_case(0, layers)
    members = [first, random_case(1, layers)[1], random_case(2, layers)[1]]
    scores = [forward(weights, g, phi).scores for weights in members]
    # Sums of a dozen float64 terms of about 1.
    assert forward(joined(members), g, phi).scores == pytest.approx(np.mean(scores, axis=0), abs=1e-12)
