"""Examples in, weights out: AdamW on the listwise loss, stopped where questions held out no longer get better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....records import Record
from ...store.schema import RELATIONS
from .loss import Asked, listwise
from .network import Array, Graph, Indices, Weights, backward, forward, graph, initial


class Example(Record):
    """One question: the nodes found for it, and which documents were wanted."""

    group: str
    """The set of questions it is of; groups count alike whatever their number of questions."""
    phi: Array
    """float[n, F]"""
    edges: tuple[Indices, Indices, Indices, Array]
    """Receiver, sender, slot, weight."""
    document: Indices
    """Of each node, from 0."""
    gold: Array
    """Of each document."""


class Settings(Record):
    """How weights are trained."""

    heads: int = 4
    layers: int = 1
    slots: int = 2 * len(RELATIONS) + 1
    """Each relation of the schema along its edges and against them, and a node itself."""
    rate: float = 0.03
    decay: float = 0.01
    batch: int = 32
    epochs: int = 16
    patience: int = 6
    per_group: int = 100
    """Questions of each set in an epoch, drawn anew each time; all of a smaller set, some of them twice."""
    seed: int = 0


class Batch(Record):
    """Examples side by side."""

    graph: Graph
    phi: Array
    asked: Asked


def join(examples: Sequence[Example], weights: Sequence[float], slots: int) -> Batch:
    """Lay examples side by side."""
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
    """Return the weights that were best on ``held_out``, and after how many epochs."""
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
    """Draw the questions of an epoch, the same number of each group."""
    drawn = []
    for name in dict.fromkeys(each.group for each in train):
        of_group = [i for i, each in enumerate(train) if each.group == name]
        rounds = [random.permutation(of_group) for _ in range(-(-per_group // len(of_group)))]
        drawn.append(np.concatenate(rounds)[:per_group])
    return random.permutation(np.concatenate(drawn))


def balanced(examples: Sequence[Example]) -> list[float]:
    """Return weights under which every group counts alike."""
    counts = {name: sum(each.group == name for each in examples) for name in {each.group for each in examples}}
    return [1 / counts[each.group] for each in examples]


def adamw(
    weights: Weights, gradient: Weights, moments: list[list[Array]], step: int, settings: Settings, epoch: int
) -> Weights:
    """One step (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2); the rate falls along half a cosine."""
    rate = settings.rate * 0.5 * (1 + np.cos(np.pi * (epoch - 1) / settings.epochs))
    after = []
    for i, (value, slope) in enumerate(zip(weights, gradient, strict=True)):
        moments[0][i] = 0.9 * moments[0][i] + 0.1 * slope
        moments[1][i] = 0.999 * moments[1][i] + 0.001 * slope**2
        first, second = moments[0][i] / (1 - 0.9**step), moments[1][i] / (1 - 0.999**step)
        after.append(value - rate * (first / (np.sqrt(second) + 1e-8) + settings.decay * value))
    return Weights(*after)
