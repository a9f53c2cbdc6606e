"""Fit attention weights to examples with AdamW, stopping early if questions are held back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....records import Record, Vectors
from ...store.schema import RELATIONS
from .loss import Asked, listwise
from .network import Array, Graph, Indices, Weights, backward, forward, graph, initial, joined


class Example(Record):
    """One training question: its candidates, and the documents with its answer."""

    group: str
    """Name of the question's set; all sets count equally."""
    phi: Array | Vectors
    """Features, float[n, F]; in half the room as ``Vectors``."""
    edges: tuple[Indices, Indices, Indices, Array]
    """Receiver, sender, slot and weight of each edge."""
    document: Indices
    """Document number of each node, from 0."""
    gold: Array
    """Whether each document answers the question."""
    variants: tuple[Example, ...] = ()
    """The same question in other words or of other notes, learned from in its place now and then."""


class Settings(Record):
    """The hyperparameters of the training."""

    heads: int = 4
    layers: int = 1
    slots: int = 2 * len(RELATIONS) + 1
    """Number of slots: one per relation and direction, and one for the node itself."""
    rate: float = 0.03
    decay: float = 0.01
    batch: int = 32
    epochs: int = 16
    patience: int = 6
    per_group: int = 100
    """Number of questions drawn from each set per epoch; a smaller set is drawn entirely, some questions repeatedly."""
    seed: int = 0
    members: int = 4
    """Number of trainings with consecutive seeds, whose heads are joined."""
    varied: float = 0.6
    """How often a variant is learned from in place of a question that has variants."""


class Batch(Record):
    """Examples joined into one graph."""

    graph: Graph
    phi: Array
    asked: Asked


def join(examples: Sequence[Example], weights: Sequence[float], slots: int) -> Batch:
    """Join examples into one batch.

    ``weights``: the weight of each example in the loss. ``slots``: number of edge slots of the batch's graph.
    """
    sizes = [len(each.phi) for each in examples]
    first = np.cumsum([0, *sizes])
    receiver, sender, slot, weight = (
        np.concatenate(
            [each.edges[part] + (start if part < 2 else 0) for each, start in zip(examples, first[:-1], strict=True)]
        )
        for part in range(4)
    )
    documents = np.cumsum([0, *(len(each.gold) for each in examples)])
    return Batch(
        graph=graph(int(first[-1]), receiver, sender, slot, weight, slots),
        phi=np.concatenate([each.phi for each in examples], dtype=float),
        asked=Asked(
            document=np.concatenate(
                [each.document + start for each, start in zip(examples, documents[:-1], strict=True)]
            ),
            question=np.repeat(np.arange(len(examples)), [len(each.gold) for each in examples]),
            gold=np.concatenate([each.gold for each in examples]),
            weight=np.array(weights, float),
        ),
    )


def fit(
    train: Sequence[Example], held_out: Sequence[Example], settings: Settings, start: Weights | None = None
) -> tuple[Weights, int]:
    """Train on ``train``; return the weights with the lowest loss on ``held_out``, and the epoch of these weights.

    Without ``held_out``, these are the weights after the last epoch.

    Of several members, the epoch is the latest. ``start``: weights to begin with, in one training, and to which the
    decay pulls back (L2-SP of Li et al., arXiv 1802.01483, section 3.2); their loss counts too, as epoch 0. None: small
    random ones, pulled to 0.
    """
    if start is not None:
        return _fit(train, held_out, settings, settings.seed, start)
    fitted = [_fit(train, held_out, settings, settings.seed + member) for member in range(settings.members)]
    return joined([weights for weights, _ in fitted]), max(epoch for _, epoch in fitted)


def _fit(
    train: Sequence[Example],
    held_out: Sequence[Example],
    settings: Settings,
    seed: int,
    start: Weights | None = None,
) -> tuple[Weights, int]:
    random = np.random.default_rng(seed)
    batch = join(held_out, balanced(held_out), settings.slots) if held_out else None
    best_loss = np.inf
    if start is None:
        weights = initial(train[0].phi.shape[1], settings.heads, settings.layers, settings.slots, seed)
    else:
        weights = start
    if start is not None and batch is not None:
        best_loss, _ = listwise(forward(weights, batch.graph, batch.phi).scores, batch.asked)
    moments = [[np.zeros_like(each) for each in weights] for _ in range(2)]
    best, best_epoch, step = weights, 0, 0
    for epoch in range(1, settings.epochs + 1):
        order = _epoch(train, settings.per_group, random)
        for first in range(0, len(order), settings.batch):
            part = order[first : first + settings.batch]
            now = join([_drawn(train[i], settings.varied, random) for i in part], [1.0] * len(part), settings.slots)
            passed = forward(weights, now.graph, now.phi)
            _, d_scores = listwise(passed.scores, now.asked)
            gradient = backward(weights, now.graph, now.phi, passed, d_scores)
            step += 1
            weights = adamw(weights, gradient, moments, step, settings, epoch, start)
        if batch is None:
            best, best_epoch = weights, epoch
            continue
        loss, _ = listwise(forward(weights, batch.graph, batch.phi).scores, batch.asked)
        if loss < best_loss:
            best, best_loss, best_epoch = weights, loss, epoch
        elif epoch - best_epoch >= settings.patience:
            break
    return best, best_epoch


def _drawn(example: Example, varied: float, random: np.random.Generator) -> Example:
    if not example.variants or random.random() >= varied:
        return example
    return example.variants[random.integers(len(example.variants))]


def _epoch(train: Sequence[Example], per_group: int, random: np.random.Generator) -> Indices:
    """Return the indices of one epoch's questions, equally many from each group."""
    drawn = []
    for name in dict.fromkeys(each.group for each in train):
        of_group = [i for i, each in enumerate(train) if each.group == name]
        rounds = [random.permutation(of_group) for _ in range(-(-per_group // len(of_group)))]
        drawn.append(np.concatenate(rounds)[:per_group])
    return random.permutation(np.concatenate(drawn))


def balanced(examples: Sequence[Example]) -> list[float]:
    """Return a weight per example, so that all groups have the same total weight."""
    counts = {name: sum(each.group == name for each in examples) for name in {each.group for each in examples}}
    return [1 / counts[each.group] for each in examples]


def adamw(
    weights: Weights,
    gradient: Weights,
    moments: list[list[Array]],
    step: int,
    settings: Settings,
    epoch: int,
    start: Weights | None = None,
) -> Weights:
    """Take one AdamW step and return the new weights. Source: Loshchilov and Hutter, arXiv 1711.05101, algorithm 2.

    The learning rate falls along half a cosine.

    ``moments``, the running first and second moments, are updated in place. ``start``: the weights that the decay pulls
    to; None: 0.
    """
    rate = settings.rate * 0.5 * (1 + np.cos(np.pi * (epoch - 1) / settings.epochs))
    after = []
    goals: Sequence[Array] = [np.zeros(())] * len(weights) if start is None else start
    for i, (value, slope, goal) in enumerate(zip(weights, gradient, goals, strict=True)):
        moments[0][i] = 0.9 * moments[0][i] + 0.1 * slope
        moments[1][i] = 0.999 * moments[1][i] + 0.001 * slope**2
        first, second = moments[0][i] / (1 - 0.9**step), moments[1][i] / (1 - 0.999**step)
        after.append(value - rate * (first / (np.sqrt(second) + 1e-8) + settings.decay * (value - goal)))
    return Weights(*after)
