"""The compared systems, each with its models, contexts, search and block heads.

*Big* is the largest model with 768 tokens of context, and with 1,536, as the mission fixes it; *mid* and *small* are
what a user would fix instead of routing; *naive* is the second largest model with 768 tokens under full block heads,
found by vectors alone, and nothing else of what is here.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...device import profiles
from ...errors import ModelUnavailable, UsageError
from ...models import configured, pick_quant, registry
from ...records import BlockHead, Record
from ..answers.open_workload import DEFAULT_WAY

ROUTED, NAIVE, BIG, BIG_WIDE, MID, SMALL = "routed", "naive", "big", "big-1536", "mid", "small"
NAMES = (ROUTED, NAIVE, BIG, BIG_WIDE, MID, SMALL)
BIGS = (BIG, BIG_WIDE)
OPEN = "open-small"
DEMO = ("smollm2-135m",)
"""Models that serve the demo and the tests: too small to route to."""


class System(Record):
    """One system that a user could choose for answering questions."""

    name: str
    models: tuple[str, ...]
    """Ids of the models to choose from, smallest first."""
    context_tokens: int | None = None
    """Fixed size of the context; None: by the router."""
    way: str = DEFAULT_WAY
    """Search method, by its name in :func:`~sanderling.bench_device.retrieval.ways.ways`."""
    block_head: BlockHead = "short"
    router: str = "rule"


def systems_of(models: Sequence[str], router: str, names: Sequence[str] = NAMES) -> tuple[System, ...]:
    """Return the systems called ``names``, built from ``models``.

    The models are in order of size, smallest first.

    ``router``: of the routed one. Raises UsageError for a name that is not in :data:`NAMES`, and for a single model.
    """
    if unknown := [name for name in names if name not in NAMES]:
        raise UsageError(f"there is no system {unknown[0]!r}: give all, or some of {', '.join(NAMES)}, between commas")
    if len(models) < 2:
        raise UsageError("systems need two models or more: pull another of the ladder, or name them with --model")
    *_, second, largest = models
    known = (
        System(name=ROUTED, models=tuple(models), router=router),
        System(name=NAIVE, models=(second,), context_tokens=768, way="dense", block_head="full"),
        System(name=BIG, models=(largest,), context_tokens=768),
        System(name=BIG_WIDE, models=(largest,), context_tokens=1536),
        System(name=MID, models=(second,), context_tokens=160),
        System(name=SMALL, models=(models[0],), context_tokens=160),
    )
    return tuple(system for system in known if system.name in names)


def models_of(given: Sequence[str], ladder: str | None, profile: str) -> tuple[str, ...]:
    """Return the models to choose from, smallest first.

    ``given``: ids and files; empty: the installed models of ``ladder``, without those that only the demo uses.
    ``ladder`` None: as configured, or ``open-small`` where that one has fewer than two models here. Raises
    ModelUnavailable if there are fewer than two, UsageError for an unknown ladder or model.
    """
    if given:
        detected = profiles.choose(profile)
        found = {name: pick_quant.resolve(name, detected).entry for name in dict.fromkeys(given)}
        return tuple(sorted(found, key=lambda name: (found[name].parameters, found[name].rung)))
    for name in (ladder,) if ladder else (configured.load().ladder, OPEN):
        ids = [entry.id for entry in registry.ladder(name) if registry.installed_quants(entry.id)]
        if len(kept := tuple(id for id in ids if id not in DEMO)) > 1:
            return kept
    raise ModelUnavailable(
        f"fewer than two models of the ladder {ladder or OPEN} are here: run  sanderling models list , and pull them"
    )


def names_in(given: str) -> tuple[str, ...]:
    """Return the names in a text such as ``routed,naive,big``.

    ``all`` stands for every system. Raises UsageError for a text without a name.
    """
    names = NAMES if given.strip() == "all" else tuple(name.strip() for name in given.split(",") if name.strip())
    if not names:
        raise UsageError(f"--systems names no system: give all, or some of {', '.join(NAMES)}, between commas")
    return names
