"""The hand-written backward against differences, in float64, with every term of the loss at work."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sanderling.router.fastgrnn import OUTPUTS
from sanderling.router.training.cell import Shape, backward, forward, initial, read
from sanderling.router.training.examples import NO_LABEL, Examples, from_utilities
from sanderling.router.training.loss import Terms, loss, scales

N, INPUTS, HIDDEN = 30, 7, 5
STEP = 1e-6
CLOSE = 1e-7
"""A central difference errs by step² times a third derivative of order 1, and by 2⁻⁵² · loss / step, both some 1e-9."""


def rows(rng: np.random.Generator) -> Examples:
    utility = rng.normal(size=(N, 4, 4))
    utility[rng.random(utility.shape) < 0.3] = np.nan
    utility[:, 0, 0] = rng.normal(size=N)
    second = rng.normal(size=(N, INPUTS))
    second[::3] = np.nan
    gain = rng.normal(size=N)
    gain[5:8] = np.nan
    quoted = np.where(rng.random(N) < 0.3, np.nan, 2 * rng.normal(size=N))
    made = from_utilities(rng.normal(size=(N, INPUTS)), utility, second=second, gain=gain, quoted=quoted)
    y_model = made.y_model.copy()
    y_model[:4] = NO_LABEL
    return dataclasses.replace(
        made,
        y_model=y_model,
        y_temperature=np.where(rng.random(N) < 0.5, np.nan, rng.random(N)),
        y_top_p=rng.uniform(0.7, 1, N),
    )


@pytest.mark.parametrize("ranks", [(0, 0), (3, 2)])
@pytest.mark.parametrize("steps", [1, 2])
def test_the_backward_is_the_gradient(ranks: tuple[int, int], steps: int) -> None:
    rng = np.random.default_rng(1)
    examples, terms = rows(rng), Terms(alpha=0.4, beta=0.7, eta=1.3, balance=0.5)
    scale = scales(examples, terms)
    drawn = initial(Shape(INPUTS, HIDDEN, *ranks), np.ones(INPUTS, dtype=bool), rng)
    parameters = {name: value.astype(np.float64) + rng.normal(0, 0.1, value.shape) for name, value in drawn.items()}
    inputs = [examples.first, np.nan_to_num(examples.second)][:steps]
    before = rng.normal(0, 0.3, (N, HIDDEN))

    def value() -> float:
        return loss(examples, [read(parameters, t) for t in forward(parameters, inputs, before)], terms, scale)[0]

    traces = forward(parameters, inputs, before)
    _, d_y = loss(examples, [read(parameters, trace) for trace in traces], terms, scale)
    for name, gradient in backward(parameters, traces, d_y).items():
        for at in np.ndindex(gradient.shape):
            kept = parameters[name][at]
            parameters[name][at] = kept + STEP
            above = value()
            parameters[name][at] = kept - STEP
            below = value()
            parameters[name][at] = kept
            assert gradient[at] == pytest.approx((above - below) / (2 * STEP), abs=CLOSE), (name, at)


def test_what_is_not_allowed_has_no_gradient() -> None:
    rng = np.random.default_rng(2)
    examples, terms = rows(rng), Terms()
    forbidden = examples.utility.copy()
    forbidden[:, 3] = np.nan
    examples = from_utilities(examples.first, forbidden)
    _, (d_y,) = loss(examples, [rng.normal(size=(N, OUTPUTS))], terms, scales(examples, terms))
    assert (d_y[:, 3] == 0).all()
    assert (d_y[:, :3] != 0).any()


def test_rows_without_a_draft_have_no_second_loss() -> None:
    rng = np.random.default_rng(3)
    examples, terms = rows(rng), Terms()
    y = [rng.normal(size=(N, OUTPUTS)) for _ in range(2)]
    _, (_, d_second) = loss(examples, y, terms, scales(examples, terms))
    assert (d_second[~examples.drafted] == 0).all()
    assert (d_second[examples.drafted] != 0).any(axis=1).all()
