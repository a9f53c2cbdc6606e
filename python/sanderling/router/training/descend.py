"""The training loop: gradient descent over epochs of batches, until the held-out loss stops falling."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .adamw import AdamW
from .cell import Parameters, backward, forward, read
from .curriculum import ambiguity, batches, competence
from .examples import Examples, Floats, Ints
from .loss import Scales, Terms, loss
from .settings import Settings


@dataclass(frozen=True)
class Prepared:
    """Examples with the standardised inputs of each step, float32[n, inputs]."""

    examples: Examples
    inputs: list[Floats]

    def take(self, rows: Ints) -> Prepared:
        """Return the rows with these indices."""
        return Prepared(self.examples.take(rows), [x[rows] for x in self.inputs])


@dataclass(frozen=True)
class Descent:
    """The parameters with the lowest held-out loss, the epoch of that loss, and the losses of all epochs.

    The losses are those on the training and on the held-out examples.
    """

    parameters: Parameters
    epoch: int
    losses: list[tuple[float, float]]


def descend(
    parameters: Parameters,
    training: Prepared,
    held: Prepared,
    settings: Settings,
    terms: Terms,
    scale: Scales,
    rng: np.random.Generator,
) -> Descent:
    """Train ``parameters`` in place, and return a copy of their values at the lowest held-out loss.

    A share of the rows starts from hidden states of the previous batch, without backpropagating through them. They
    simulate a conversation after an unrelated turn, which must not disturb the router.
    """
    optimiser = AdamW(parameters, decay=settings.decay)
    order = np.argsort(ambiguity(training.examples), kind="stable")
    best = Descent({}, 0, [])
    least, losses = math.inf, best.losses
    left_behind: Floats | None = None
    for epoch in range(settings.epochs):
        rate = settings.learning_rate * (1 + math.cos(math.pi * epoch / settings.epochs)) / 2
        total, share = 0.0, competence(epoch, settings.epochs)
        seen = 0
        for rows in batches(order, share, settings.batch, rng):
            batch = training.take(rows)
            before = _before(left_behind, len(rows), settings, rng)
            traces = forward(parameters, batch.inputs, before)
            value, d_y = loss(batch.examples, [read(parameters, trace) for trace in traces], terms, scale)
            optimiser.step(backward(parameters, traces, d_y), rate)
            left_behind = traces[0].after
            total += value * len(rows)
            seen += len(rows)
        y = [read(parameters, trace) for trace in forward(parameters, held.inputs)]
        held_loss = loss(held.examples, y, terms, scale)[0]
        losses.append((total / seen, held_loss))
        if held_loss < least:
            least = held_loss
            best = Descent({name: value.copy() for name, value in parameters.items()}, epoch, losses)
        # Not before all rows were seen for a while: until then the held-out part asks for what was not shown yet.
        elif share == 1.0 and epoch - best.epoch >= settings.patience:
            break
    return best


def _before(left_behind: Floats | None, n: int, settings: Settings, rng: np.random.Generator) -> Floats:
    state = np.zeros((n, settings.hidden), dtype=np.float32)
    if left_behind is not None:
        carried = rng.random(n) < settings.carried
        state[carried] = left_behind[rng.integers(0, len(left_behind), int(carried.sum()))]
    return state
