"""Collected answers as drafts on which verifiers are trained and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError
from ...models import registry
from ...records import CONTEXT_BINS
from ..features import VERSION
from ..labels.rows import TOKENS, Asked, Rows, Tried
from ..labels.table import quality
from ..verifier.crowding import crowding, typical
from ..verifier.signals import columns, of_tried
from .examples import Ints

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

RIGHT = 0.5
"""Least quality of an answer that counts as right."""


@dataclass(frozen=True)
class Drafts:
    """The signals and qualities of n drafts.

    ``values``: float64[n, columns], see :func:`sanderling.router.verifier.signals.columns`. ``quality``: [n], 0 to 1.
    ``question``, ``set``, ``model`` and ``context``: int64[n], indices into ``asked``, ``sets``, ``models`` and
    ``CONTEXT_BINS``. ``tokens``: [n, 2], read and written.
    """

    values: Floats
    quality: Floats
    question: Ints
    set: Ints
    model: Ints
    context: Ints
    tokens: Floats
    asked: tuple[Asked, ...]
    tried: tuple[Tried, ...]
    sets: tuple[str, ...]
    models: tuple[str, ...]
    parameters: tuple[int, ...]
    """Size of each of ``models``."""

    @property
    def right(self) -> Bools:
        """Return which drafts are right, bool[n]."""
        found: Bools = np.asarray(self.quality >= RIGHT)
        return found

    def __len__(self) -> int:
        """Return the number of drafts."""
        return len(self.quality)

    def take(self, rows: Bools | Ints) -> Drafts:
        """Return the drafts that a mask or an index array selects."""
        at = np.arange(len(self))[rows]
        taken: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            taken[field.name] = value[at] if isinstance(value, np.ndarray) else value
        return Drafts(**taken | {"tried": tuple(self.tried[i] for i in at.tolist())})


def drafts_of(collections: Sequence[Rows]) -> Drafts:
    """Return the greedy answers of all ``collections`` as drafts, one answer per prompt.

    Left out are questions that want a number worked out and those without an answer in their notes: the verifier is
    about answers from notes. Raises UsageError when nothing is left.
    """
    found: list[tuple[Asked, Tried, int]] = []
    sizes: dict[str, int] = {}
    for rows in collections:
        for tried in rows.tried.values():
            asked = rows.asked.get(tried.question)
            if asked is None or asked.numeric or not asked.answerable or tried.temperature > 0 or tried.same_as:
                continue
            if tried.model_id not in sizes:
                sizes[tried.model_id] = _parameters(tried.model_id)
            found.append((asked, tried, sizes[tried.model_id]))
    if not found:
        raise UsageError("the rows hold no answers from notes: let  sanderling router collect  run longer")
    questions = {asked.question: asked for asked, _, _ in found}
    number = {name: at for at, name in enumerate(questions)}
    sets = tuple(sorted({asked.set for asked in questions.values()}))
    models = tuple(sorted(sizes, key=lambda name: (sizes[name], name)))
    return Drafts(
        values=columns([of_tried(tried, size, _crowding(asked, tried)) for asked, tried, size in found]),
        quality=np.array([quality(asked, tried) for asked, tried, _ in found]),
        question=np.array([number[asked.question] for asked, _, _ in found], dtype=np.int64),
        set=np.array([sets.index(asked.set) for asked, _, _ in found], dtype=np.int64),
        model=np.array([models.index(tried.model_id) for _, tried, _ in found], dtype=np.int64),
        context=np.array([CONTEXT_BINS.index(tried.context_bin) for _, tried, _ in found], dtype=np.int64),
        tokens=np.array([(tried.prompt_tokens, tried.completion_tokens) for _, tried, _ in found], dtype=np.float64),
        asked=tuple(questions.values()),
        tried=tuple(tried for _, tried, _ in found),
        sets=sets,
        models=models,
        parameters=tuple(sizes[name] for name in models),
    )


def _crowding(asked: Asked, tried: Tried) -> float:
    tokens = TOKENS[tried.context_bin]
    return crowding(asked.raw, tokens) if asked.features_version == VERSION else typical(tokens)


def _parameters(model_id: str) -> int:
    """Return the size of a model; 0 if the registry does not know it."""
    try:
        return registry.get(model_id).parameters
    except UsageError:
        return 0
