"""Train attention weights on folders in BEIR layout, and measure the weights on held-out questions.

Three trainings share one set of settings:

* **cross-validation**: the questions of every set fall into :data:`FOLDS` folds; each fold is ranked by weights
  trained on the others, so every figure is on held-out questions;
* **leave one set out**: each set is ranked by weights that saw none of its questions;
* **the weights that ship** are trained on all sets, so no figure is taken of them here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from ...errors import UsageError
from ...memory import Embedder
from ...memory.retrieve.training.fit import Example, Settings, fit, join
from ...memory.retrieve.training.network import Weights, forward
from ...records import Record
from ..metrics import quality
from ..metrics.estimate import Estimate
from ..workloads import load
from .examples import Asked, asked
from .kept import Progress
from .union import others, own, require_several

FOLDS = 5
SHOWN = ("R@5", "all@5")


class Ranked(Record):
    """Rankings of one question's documents by weights trained without that question."""

    set: str
    question: str
    held_out: tuple[str, ...]
    left_out: tuple[str, ...]
    """Ranking by weights that were trained without its whole set; empty if there is only one set."""


class Trained(Record):
    """Trained weights, and measures of how well they rank documents for held-out questions."""

    weights: Weights
    settings: Settings
    epochs: int
    ranked: tuple[Ranked, ...]
    held_out: dict[str, dict[str, Estimate]]
    """Cross-validated figures by set and measure."""
    left_out: dict[str, dict[str, Estimate]]
    """Figures for weights trained without the set, by set and measure."""


def train(
    folders: Sequence[Path],
    embedder: Embedder,
    settings: Settings,
    on_progress: Progress = lambda *_: None,
    *,
    union: bool = False,
) -> Trained:
    """Train attention weights on the questions of ``folders``, and measure the weights on held-out questions.

    ``union``: learn from the questions of sets in BEIR layout twice, in a memory of their own set and in one memory of
    all such sets. A folder of notes stays a memory of its own: it is somebody's, and no part of an encyclopedia.

    Raises UsageError for a folder that cannot be read or has no questions with gold documents.
    """
    everything: list[Asked] = []
    works = [load(folder) for folder in folders]
    together = [work for work in works if work.notes.is_file()] if union else []
    if union:
        require_several(together)
    for work in works:
        if not any(question.gold for question in work.questions):
            raise UsageError(f"{work.name}: no question of it has a passage that answers it: nothing to learn from")
        everything += asked(work, embedder, on_progress)
    for work in together:
        everything += asked(work, embedder, on_progress, others(work, together))
    return trained(everything, settings, on_progress)


def trained(everything: Sequence[Asked], settings: Settings, on_progress: Progress = lambda *_: None) -> Trained:
    """Train attention weights on the examples in ``everything``, and measure the weights on held-out examples."""
    fold = folds(everything, settings.seed)
    sets = list(dict.fromkeys(own(each.example.group) for each in everything))
    runs = FOLDS + (len(sets) if len(sets) > 1 else 0) + 1
    done = 0

    def learn(train: Sequence[int]) -> tuple[Weights, int]:
        nonlocal done
        on_progress(done, runs, "training")
        done += 1
        return fit([everything[i].example for i in train], (), settings)

    held: dict[int, tuple[str, ...]] = {}
    for out in range(FOLDS):
        weights, _ = learn(_where(fold != out))
        held |= _order(weights, everything, _where(fold == out), settings)
    left: dict[int, tuple[str, ...]] = {}
    groups = np.array([own(each.example.group) for each in everything])
    for name in sets if len(sets) > 1 else ():
        weights, _ = learn(_where(groups != name))
        left |= _order(weights, everything, _where(groups == name), settings)
    weights, epochs = learn(range(len(everything)))
    return Trained(
        weights=weights,
        settings=settings,
        epochs=epochs,
        ranked=tuple(
            Ranked(set=each.example.group, question=each.question.id, held_out=held[i], left_out=left.get(i, ()))
            for i, each in enumerate(everything)
        ),
        held_out=_figures(everything, held, settings.seed),
        left_out=_figures(everything, left, settings.seed),
    )


def folds(everything: Sequence[Asked], seed: int) -> np.ndarray:
    """Assign every question to a fold, and return the fold numbers.

    Each set is spread evenly over the folds. A question that is asked in two memories is in the same fold both
    times.
    """
    random = np.random.default_rng(seed)
    of: dict[tuple[str, str], int] = {}
    names = [(own(each.example.group), each.question.id) for each in everything]
    for name in dict.fromkeys(group for group, _ in names):
        of_set = list(dict.fromkeys(each for each in names if each[0] == name))
        of |= dict(zip(of_set, (random.permutation(len(of_set)) % FOLDS).tolist(), strict=True))
    return np.array([of[each] for each in names], np.int64)


def scores(weights: Weights, examples: Sequence[Example], slots: int) -> list[np.ndarray]:
    """Return the scores of the nodes, one array per example."""
    batch = join(examples, [1.0] * len(examples), slots)
    ends = np.cumsum([len(each.phi) for each in examples])[:-1]
    return np.split(forward(weights, batch.graph, batch.phi).scores, ends)


def _order(
    weights: Weights, everything: Sequence[Asked], those: Sequence[int], settings: Settings
) -> dict[int, tuple[str, ...]]:
    """Return the ten highest-scoring documents for each question, keyed by the question's index."""
    found = scores(weights, [everything[i].example for i in those], settings.slots)
    ranked = {}
    for i, score in zip(those, found, strict=True):
        documents = everything[i].documents
        order = np.argsort(-score, kind="stable")
        ranked[i] = tuple(dict.fromkeys(documents[at] for at in order))[:10]
    return ranked


def _figures(
    everything: Sequence[Asked], ranked: dict[int, tuple[str, ...]], seed: int
) -> dict[str, dict[str, Estimate]]:
    figures: dict[str, dict[str, Estimate]] = {}
    for name in dict.fromkeys(everything[i].example.group for i in ranked):
        of_set = [i for i in ranked if everything[i].example.group == name]
        figures[name] = {}
        for measure, at in zip(SHOWN, (quality.recall_at, quality.all_at), strict=True):
            values = [at(5, ranked[i], everything[i].question.gold) for i in of_set]
            low, high = quality.bootstrap_interval(values, seed)
            figures[name][measure] = Estimate(mean=float(np.mean(values)), low=low, high=high)
    return figures


def _where(mask: np.ndarray) -> list[int]:
    return [int(i) for i in np.flatnonzero(mask)]


def note(result: Trained, command: str, commit: str, embedder_id: str) -> str:
    """Return a Markdown note on the origin and quality of the weights."""
    lines = [
        "# Where attention.weights comes from",
        "",
        f"Made by `{command}` at commit {commit}, embedder `{embedder_id}`, from the questions and passages of "
        f"{', '.join(dict.fromkeys(own(name) for name in result.held_out))}; of these it holds nothing but numbers "
        "learned over all of them.",
        "",
        f"Settings: `{msgspec.json.encode(result.settings).decode()}`.",
        "",
        "Every figure is of questions that the weights ordering them had not seen: `held out` is five-fold "
        "cross-validation over all sets, `set left out` of weights that saw nothing of that set. Intervals: "
        "95 per cent bootstrap over the questions. The weights themselves are trained on everything.",
        "",
        "| set | held out R@5 | held out all@5 | set left out R@5 | set left out all@5 |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, held in result.held_out.items():
        left = result.left_out.get(name, {})
        cells = [_show(each.get(measure)) for each in (held, left) for measure in SHOWN]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def read(path: Path) -> tuple[Ranked, ...]:
    """Return the rankings that ``sanderling memory train --raw`` wrote. Raises UsageError for any other file."""
    try:
        return tuple(msgspec.json.Decoder(Ranked).decode_lines(path.read_bytes()))
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path}: {error}: give a file that  sanderling memory train --raw  wrote") from error


def _show(estimate: Estimate | None) -> str:
    return f"{estimate.mean:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]" if estimate else "-"
