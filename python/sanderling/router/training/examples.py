"""Training examples for the router: arrays with one row for each question in each setting."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..labels.plans import plans

if TYPE_CHECKING:
    from ..labels.arrays import Arrays

Floats: TypeAlias = NDArray[np.floating]
Ints: TypeAlias = NDArray[np.int64]

MODELS = 4
CONTEXTS = 4
NO_LABEL = -1


@dataclass(frozen=True)
class Examples:
    """Features, labels and utilities of n rows, in the same order.

    ``first``: features before generation, float32[n, inputs]. ``second``: the same with the draft's slots filled, NaN
    in rows without a draft; None: no row has one. ``question``: int64[n], equal for rows of the same question, which a
    split keeps together. ``utility``: float[n, 4, 4] by model and context, NaN where not allowed; every row allows at
    least one choice. ``y_model`` and ``y_context``: int64[n], :data:`NO_LABEL` where unknown. ``y_temperature`` and
    ``y_top_p``: float[n], NaN where unknown. ``gain``: float[n], the utility gained by escalating after the draft,
    negative where accepting is better, NaN where unknown or without a draft. ``plan``: float[n, 3], the utility of each
    plan with its best model and context, NaN where unknown.
    """

    first: Floats
    second: Floats | None
    question: Ints
    utility: Floats
    y_model: Ints
    y_context: Ints
    y_temperature: Floats
    y_top_p: Floats
    gain: Floats
    plan: Floats

    def __post_init__(self) -> None:
        """Raise ValueError for arrays of inconsistent shape and for rows that allow no choice."""
        n = len(self.first)
        for field in fields(self):
            array = getattr(self, field.name)
            if array is not None and len(array) != n:
                raise ValueError(f"{field.name} has {len(array)} rows, the features have {n}")
        if self.utility.shape[1:] != (MODELS, CONTEXTS):
            raise ValueError(f"utilities of shape {self.utility.shape}, expected [n, {MODELS}, {CONTEXTS}]")
        if not np.isfinite(self.first).all():
            raise ValueError("the features of the first step hold NaN or infinity")
        if not self.allowed.any(axis=(1, 2)).all():
            raise ValueError("a row allows no choice: leave it out")

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.first)

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Return which choices have a utility, bool[n, 4, 4]."""
        finite: NDArray[np.bool_] = np.asarray(np.isfinite(self.utility))
        return finite

    @property
    def models(self) -> NDArray[np.bool_]:
        """Return which models have an allowed choice, bool[n, 4]."""
        some: NDArray[np.bool_] = np.asarray(self.allowed.any(axis=2))
        return some

    @property
    def drafted(self) -> NDArray[np.bool_]:
        """Return which rows have a draft, bool[n].

        Only these rows have features in ``second``.
        """
        if self.second is None:
            return np.zeros(len(self), dtype=np.bool_)
        finite: NDArray[np.bool_] = np.asarray(np.isfinite(self.second).all(axis=1))
        return finite

    def take(self, rows: NDArray[np.bool_] | Ints) -> Examples:
        """Return the rows selected by a mask or by index."""
        taken: dict[str, Any] = {}
        for field in fields(self):
            array = getattr(self, field.name)
            taken[field.name] = None if array is None else array[rows]
        return Examples(**taken)


def from_utilities(
    first: Floats,
    utility: Floats,
    *,
    second: Floats | None = None,
    gain: Floats | None = None,
    quoted: Floats | None = None,
    question: Ints | None = None,
    epsilon: float = 0.0,
) -> Examples:
    """Build examples and derive their labels from the utilities.

    ``y_model`` is the model of the best choice, ``y_context`` its smallest context with a utility within ``epsilon`` of
    the best. ``quoted``: utility of a quote, [n], NaN where unknown; None: all unknown. ``question`` None: every row
    is a question of its own. Temperature and top_p have no labels.
    """
    n = len(first)
    filled = np.where(np.isfinite(utility), utility, -np.inf)
    by_model = filled.max(axis=2)
    y_model = by_model.argmax(axis=1)
    near = filled[np.arange(n), y_model] >= by_model.max(axis=1, keepdims=True) - epsilon
    unknown = np.full(n, np.nan, dtype=np.float32)
    return Examples(
        first=first,
        second=second,
        question=np.arange(n) if question is None else question,
        utility=utility,
        y_model=y_model,
        y_context=near.argmax(axis=1),
        y_temperature=unknown,
        y_top_p=unknown,
        gain=unknown if gain is None else gain,
        plan=plans(utility, unknown if quoted is None else quoted),
    )


def of_arrays(arrays: Arrays) -> Examples:
    """Convert the arrays of a labelled collection to examples."""
    return Examples(**{field.name: getattr(arrays, field.name) for field in fields(Examples)})


def split(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
    """Split the examples by question into two parts, the second with about ``share`` of the questions.

    Each part has at least one question. Raises ValueError for fewer than two questions.
    """
    questions = np.unique(examples.question)
    if len(questions) < 2:
        raise ValueError("examples of a single question cannot be split: collect answers to more")
    held = min(max(round(share * len(questions)), 1), len(questions) - 1)
    chosen = np.random.default_rng(seed).permutation(questions)[:held]
    mask = np.isin(examples.question, chosen)
    return examples.take(~mask), examples.take(mask)
