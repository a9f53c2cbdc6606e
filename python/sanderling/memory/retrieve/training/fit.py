"""Fit attention weights to examples with AdamW, stopping early by the loss on held-out questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....records import Record
from ...store.schema import RELATIONS
from .loss import Asked, listwise
from .network import Array, Graph, Indices, Weights, backward, forward, graph, initial


class Example(Record):
    """One question: its candidates, and the documents that answer it."""

    group: str
    """Name of its set of questions; sets count alike whatever their size."""
    phi: Array
    """Features, float64[n, F]."""
    edges: tuple[Indices, Indices, Indices, Array]
    """Receiver, sender, slot and weight of each edge."""
    document: Indices
    """Document of each node, numbered from 0."""
    gold: Array
    """Whether each document answers the question."""


class Settings(Record):
    """The hyperparameters of the training."""

    heads: int = 4
    layers: int = 1
    slots: int = 2 * len(RELATIONS) + 1
    """One slot for each relation along its edges and one against them, and one for a node itself."""
    rate: float = 0.03
    decay: float = 0.01
    batch: int = 32
    epochs: int = 16
    patience: int = 6
    per_group: int = 100
    """Questions drawn from each set in an epoch; a smaller set is drawn entirely, some of it more than once."""
    seed: int = 0


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
        phi=np.concatenate([each.phi for each in examples]),
        asked=Asked(
            document=np.concatenate(
                [each.document + start for each, start in zip(examples, documents[:-1], strict=True)]
            ),
            question=np.repeat(np.arange(len(examples)), [len(each.gold) for each in examples]),
            gold=np.concatenate([each.gold for each in examples]),
            weight=np.array(weights, float),
        ),
    )


def fit(train: Sequence[Example], held_out: Sequence[Example], settings: Settings) -> tuple[Weights, int]:
    """Train on ``train``; return the weights with the lowest loss on ``held_out``, and their epoch."""
    random = np.random.default_rng(settings.seed)
    weights = initial(train[0].phi.shape[1], settings.heads, settings.layers, settings.slots, settings.seed)
    batch = join(held_out, balanced(held_out), settings.slots)
    moments = [[np.zeros_like(each) for each in weights] for _ in range(2)]
    best, best_loss, best_epoch, step = weights, np.inf, 0, 0
    for epoch in range(1, settings.epochs + 1):
        order = _epoch(train, settings.per_group, random)
        for start in range(0, len(order), settings.batch):
            part = order[start : start + settings.batch]
            now = join([train[i] for i in part], [1.0] * len(part), settings.slots)
            passed = forward(weights, now.graph, now.phi)
            _, d_scores = listwise(passed.scores, now.asked)
            gradient = backward(weights, now.graph, now.phi, passed, d_scores)
            step += 1
            weights = adamw(weights, gradient, moments, step, settings, epoch)
        loss, _ = listwise(forward(weights, batch.graph, batch.phi).scores, batch.asked)
        if loss < best_loss:
            best, best_loss, best_epoch = weights, loss, epoch
        elif epoch - best_epoch >= settings.patience:
            break
    return best, best_epoch


def _epoch(train: Sequence[Example], per_group: int, random: np.random.Generator) -> Indices:
    """Draw the questions of one epoch, equally many from each group; return their indices."""
    drawn = []
    for name in dict.fromkeys(each.group for each in train):
        of_group = [i for i, each in enumerate(train) if each.group == name]
        rounds = [random.permutation(of_group) for _ in range(-(-per_group // len(of_group)))]
        drawn.append(np.concatenate(rounds)[:per_group])
    return random.permutation(np.concatenate(drawn))


def balanced(examples: Sequence[Example]) -> list[float]:
    """Return a weight for each example, so that all groups have the same total weight."""
    counts = {name: sum(each.group == name for each in examples) for name in {each.group for each in examples}}
    return [1 / counts[each.group] for each in examples]


def adamw(
    weights: Weights, gradient: Weights, moments: list[list[Array]], step: int, settings: Settings, epoch: int
) -> Weights:
    """Take one AdamW step (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2) and return the new weights.

    The learning rate falls along half a cosine.

    ``moments``, the running first and second moments, are updated in place.
    """
    rate = settings.rate * 0.5 * (1 + np.cos(np.pi * (epoch - 1) / settings.epochs))
    after = []
    for i, (value, slope) in enumerate(zip(weights, gradient, strict=True)):
        moments[0][i] = 0.9 * moments[0][i] + 0.1 * slope
        moments[1][i] = 0.999 * moments[1][i] + 0.001 * slope**2
        first, second = moments[0][i] / (1 - 0.9**step), moments[1][i] / (1 - 0.999**step)
        after.append(value - rate * (first / (np.sqrt(second) + 1e-8) + settings.decay * value))
    return Weights(*after)
