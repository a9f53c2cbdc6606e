"""Principal components of the embedded questions of the given sets: the content of ``router/components/``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...embedding.contract import embed_queries
from ...errors import UsageError
from ...memory import Embedder
from ...router.components import COUNT, principal
from .sets import Set

BATCH = 32


def directions(
    sets: Sequence[Set], embedder: Embedder, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> NDArray[np.float32]:
    """Return the mean and the principal components of all embedded questions, float32[1 + COUNT, dim].

    Computed by :func:`~sanderling.router.components.principal`. Raises UsageError for fewer questions than components.
    """
    texts = [question.text for each in sets for question in each.questions]
    if len(texts) <= COUNT:
        raise UsageError(f"{len(texts)} questions have no {COUNT} directions: give more")
    parts = []
    for at in range(0, len(texts), BATCH):
        parts.append(embed_queries(embedder, texts[at : at + BATCH]))
        on_progress(min(at + BATCH, len(texts)), len(texts))
    return principal(np.vstack(parts))
