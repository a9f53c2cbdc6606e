"""Learn attention weights from a memory, and install weights that rank better than the present ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import numpy as np

from ..._core import Attention
from ...disk.files import content
from ...errors import UsageError
from ...records import Record
from ..memory import Memory
from ..retrieve.attention_weights import SHIPPED, shipped
from ..retrieve.hybrid import WEIGHTS
from ..retrieve.learned import Learned, install
from ..retrieve.training.export import from_bytes, to_bytes
from ..retrieve.training.fit import Example, Settings, fit
from ..retrieve.training.network import Weights
from ..store.documents import document_of_nodes
from .examples import Progress, examples, vectors_of
from .judge import Ranking, Verdict, judge
from .questions import Made, questions

SETTINGS = Settings(rate=0.003, decay=3.0, epochs=10)
"""Training settings: a tenth of the shipped weights' learning rate, and 300 times the decay.

The decay pulls to the shipped weights instead of to 0.
"""
FROM_NOTHING = Settings(members=2)
HELD_OUT = 0.3
STOPPING = 0.15
"""Share of the questions that decide when to stop training. :data:`HELD_OUT` is the share that judges the weights."""
LEAST = 100
"""Fewest questions to learn from. With fewer, the confidence interval is wider than any gain."""


class Outcome(Record):
    """Result of learning from a memory."""

    embedder: str
    before: str
    """The ranking in use before."""
    questions: dict[str, int]
    """Number of questions made, by kind."""
    epochs: int
    verdict: Verdict
    installed: bool


class Trained(NamedTuple):
    """Trained weights, not installed yet, with the verdict on them."""

    data: bytes
    """Contents of a weights file."""
    questions: dict[str, int]
    judged: int
    """Number of questions held out for the judgement."""
    epochs: int
    verdict: Verdict


def learn(memory: Memory, each: int, seed: int, *, dry_run: bool, on_progress: Progress) -> Outcome:
    """Train weights; unless ``dry_run``, install them if they are significantly better.

    :func:`trained` trains them.

    Raises UsageError for a memory that gives too few questions; OSError and StorageFull.
    """
    before, found = memory.ranker.name, trained(memory, each, seed, on_progress)
    installing = found.verdict.better and not dry_run
    if installing:
        keep(memory.embedder.id, found)
    return Outcome(
        embedder=memory.embedder.id,
        before=before,
        questions=found.questions,
        epochs=found.epochs,
        verdict=found.verdict,
        installed=installing,
    )


def trained(memory: Memory, each: int, seed: int, on_progress: Progress) -> Trained:
    """Train weights on most of the questions made from ``memory``, and judge the weights on the rest.

    ``each``: most questions of a kind. ``on_progress``: see :func:`~sanderling.memory.learn.examples.examples`. Raises
    UsageError for a memory that gives too few questions.
    """
    with memory.store.read():
        made = questions(memory.store, each, seed)
        document = document_of_nodes(memory.store)
    if len(made) < LEAST:
        raise UsageError(
            f"{memory.store.path}: its notes give {len(made)} questions to learn from, at least {LEAST} are needed: "
            "ingest more notes first"
        )
    vectors = vectors_of(memory, made, on_progress)
    found = examples(memory, made, vectors, document, on_progress)
    part = parts(made, seed)
    learning, stopping = ([found[i] for i in np.flatnonzero(part == name)] for name in ("learn", "stop"))
    weights, epochs = _fit(learning, stopping, seed)
    data = to_bytes(weights)
    held_out = np.flatnonzero(part == "judge").tolist()
    judged = [made[i] for i in held_out]

    def ranking(ranker: Attention | None) -> Ranking:
        def of(number: int) -> Sequence[int]:
            i = held_out[number]
            fused = WEIGHTS if ranker is None else None
            keys = memory.find(made[i].words, vectors[i], attention=ranker, weights=fused).attended.keys
            # A node without a document counts as one.
            return [document.get(key, -key) for key in keys.tolist()]

        return of

    present = memory.ranker
    verdict = judge(judged, ranking(present.attention), ranking(Attention.from_bytes(data)), seed)
    return Trained(
        data=data,
        questions={kind: sum(each.kind == kind for each in made) for kind in dict.fromkeys(q.kind for q in made)},
        judged=len(judged),
        epochs=epochs,
        verdict=verdict,
    )


def keep(embedder_id: str, found: Trained) -> None:
    """Install trained weights for an embedder. Raises OSError, StorageFull."""
    gain = found.verdict.gain
    install(
        embedder_id,
        Learned(
            weights=found.data,
            when=datetime.now(UTC).isoformat(timespec="seconds"),
            questions=sum(found.questions.values()) - found.judged,
            held_out=found.judged,
            gain=(gain.mean, gain.low, gain.high),
        ),
    )


def parts(made: Sequence[Made], seed: int) -> np.ndarray:
    """Assign each question to "learn", "stop" or "judge".

    Questions that begin at one document are all in one part, so that none is judged by a note it was trained on.
    """
    random = np.random.default_rng(seed)
    begins = {document: random.random() for document in dict.fromkeys(each.gold[0] for each in made)}
    drawn = np.array([begins[each.gold[0]] for each in made])
    return np.where(drawn < HELD_OUT, "judge", np.where(drawn < HELD_OUT + STOPPING, "stop", "learn"))


def _fit(train: Sequence[Example], stop: Sequence[Example], seed: int) -> tuple[Weights, int]:
    """Train from the shipped weights, or from new weights if the package has none."""
    start = from_bytes(content(SHIPPED)) if shipped() is not None else None
    settings = SETTINGS if start is not None else FROM_NOTHING
    if start is not None:
        heads, (layers, slots, _) = start.p.shape[1], start.bias.shape
        settings = msgspec.structs.replace(settings, heads=heads, layers=layers, slots=slots)
    return fit(train, stop, msgspec.structs.replace(settings, seed=seed), start)
