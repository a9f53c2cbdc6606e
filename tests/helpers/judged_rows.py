"""Collected answers of three sets in which the draft's signals tell right from wrong."""

from __future__ import annotations

import numpy as np
from collected import asked, tried
from collection_header import HEADER

from sanderling.router.labels import rows


def judged_rows(questions: int = 24, seed: int = 0) -> rows.Rows:
    """Answers by two models with three contexts; a right one is surer, and all of its words stand in its notes."""
    rng = np.random.default_rng(seed)
    every: list[rows.Line] = [HEADER]
    for number in range(questions):
        name = f"s{number % 3}/{number}"
        every.append(asked(name, set=f"s{number % 3}"))
        for model in (1, 2):
            for context in (0, 1, 2):
                right = float(rng.random() < 0.25 + 0.15 * context + 0.1 * model)
                sure = -0.1 - rng.random() * (0.3 if right else 1.0)
                every.append(
                    tried(
                        name,
                        model,
                        context,
                        right=right,
                        logprobs=(sure, sure * 1.5),
                        overlap=1.0 if right or rng.random() < 0.4 else 0.5,
                    )
                )
    return rows.gather(every)
