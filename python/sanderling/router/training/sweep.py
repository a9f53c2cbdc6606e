"""Train with several hidden sizes and seeds, to choose a network and to measure the variance between seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from .examples import Examples
from .loss import Terms
from .settings import Settings
from .train import Trained, train

HIDDEN = (16, 32, 64)
SEEDS = (0, 1, 2)


def sweep(
    examples: Examples,
    models: tuple[str, ...],
    features_version: int,
    *,
    hidden: Sequence[int] = HIDDEN,
    seeds: Sequence[int] = SEEDS,
    settings: Settings | None = None,
    terms: Terms | None = None,
    source: str = "",
    on_trained: Callable[[Trained], None] = lambda trained: None,
) -> tuple[Trained, ...]:
    """Train one router for every pair of hidden size and seed.

    The seed also determines the held-out questions. A seed holds out the same questions at every size, so sizes can be
    compared seed by seed.
    """
    every = []
    for size in hidden:
        for seed in seeds:
            chosen = msgspec.structs.replace(settings or Settings(), hidden=size, seed=seed)
            every.append(train(examples, models, features_version, settings=chosen, terms=terms, source=source))
            on_trained(every[-1])
    return tuple(every)
