"""Training stays near weights that it begins at, keeps them where nothing is better, and learns from variants."""

from __future__ import annotations

import msgspec
import numpy as np

from sanderling.memory.retrieve.training.fit import Example, Settings, adamw, fit
from sanderling.memory.retrieve.training.network import Weights, initial

SETTINGS = Settings(heads=2, slots=3, epochs=3, batch=8, per_group=32)
NONE = (np.zeros(0, np.int64),) * 3


def examples(count, seed, telling):
    """Questions about five documents, of which the gold one has the largest feature ``telling``."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        phi = random.normal(0, 1, (5, 4))
        gold = np.arange(5) == phi[:, telling].argmax()
        found.append(Example(group="g", phi=phi, edges=(*NONE, np.zeros(0)), document=np.arange(5), gold=gold))
    return found


def distance(one, other):
    return max(np.abs(a - b).max() for a, b in zip(one, other, strict=True))


def test_the_pull_holds_it_near_the_start():
    start = initial(4, 2, 1, 3, 7)
    train, stop = examples(64, 0, telling=1), examples(32, 1, telling=1)
    loose, _ = fit(train, stop, SETTINGS, start)
    held, _ = fit(train, stop, msgspec.structs.replace(SETTINGS, decay=30.0), start)
    assert 0 < distance(held, start) < distance(loose, start)


def test_a_start_that_nothing_beats_is_returned_as_it_is():
    right = initial(4, 2, 1, 3, 7)._replace(direct=np.array([0.0, 9.0, 0.0, 0.0]))
    weights, epoch = fit(examples(64, 0, telling=2), examples(32, 1, telling=1), SETTINGS, right)
    assert epoch == 0 and distance(weights, right) == 0


def test_without_a_gradient_the_pull_leads_to_the_start_or_to_nothing():
    weights, start = initial(4, 2, 1, 3, 1), initial(4, 2, 1, 3, 2)
    still = Weights(*(np.zeros_like(each) for each in weights))
    for goal in (None, start):
        moments = [[np.zeros_like(each) for each in weights] for _ in range(2)]
        after = adamw(weights, still, moments, 1, SETTINGS, 1, goal)
        goals = still if goal is None else goal
        share = SETTINGS.rate * SETTINGS.decay
        for value, to, moved in zip(weights, goals, after, strict=True):
            np.testing.assert_allclose(moved, value - share * (value - to), rtol=1e-12, atol=1e-15)


def test_without_held_out_questions_the_last_epoch_counts():
    train = examples(64, 0, telling=1)
    weights, epoch = fit(train, [], SETTINGS)
    assert epoch == SETTINGS.epochs and weights.direct.argmax() == 1


def test_a_variant_takes_the_place_of_its_question():
    train, other = examples(64, 0, telling=1), examples(64, 1, telling=2)
    varied = [msgspec.structs.replace(one, variants=(two,)) for one, two in zip(train, other, strict=True)]
    settings = msgspec.structs.replace(SETTINGS, members=1)
    telling = [
        fit(varied, [], msgspec.structs.replace(settings, varied=share))[0].direct.argmax() for share in (0.0, 1.0)
    ]
    assert telling == [1, 2]
    # None is drawn where there are none, so other trainings are as they were.
    plain = [fit(train, [], msgspec.structs.replace(settings, varied=share))[0] for share in (0.0, 1.0)]
    assert distance(*plain) == 0
