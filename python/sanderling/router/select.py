"""Select the router by name, and the route of a second draft."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from .. import config
from ..errors import UsageError
from ..models import registry
from ..models.inventory import ModelInventory
from ..records import Route, Sampling
from .choices import Choice
from .contract import Router
from .learned import FastGrnnRouter
from .rule import RuleRouter

log = logging.getLogger(__name__)

AUTO = "auto"
SHIPPED = "shipped"
LEARNED = "learned"
"""Selects the installed router, with an error instead of a fallback when it cannot be used."""


def router_named(name: str) -> Router | None:
    """Return the router for ``name``: the rule, or the FastGRNN of a weights file.

    ``rule`` means the rule, and the path of a weights file its FastGRNN. None means that the name depends on the
    models; see :func:`router_for`. Raises UsageError if the file cannot be used.
    """
    if name == RuleRouter.id:
        return RuleRouter()
    return None if name in (AUTO, SHIPPED, LEARNED) else FastGrnnRouter(Path(name))


def router_for(name: str, inventory: ModelInventory) -> Router:
    """Return the router called ``name`` for the models of ``inventory``.

    ``auto``: the installed router if it was trained for these models, else the rule. ``shipped``: the FastGRNN in the
    package, if it has one. ``learned``: the installed router. Other names: see :func:`router_named`.
    Raises UsageError if the named router cannot be used or none is installed; ``auto`` warns and uses the rule instead.
    """
    if (chosen := router_named(name)) is not None:
        if isinstance(chosen, FastGrnnRouter):
            _check_ladder(chosen, inventory)
        return chosen
    if name == AUTO and _none_installed():
        return RuleRouter()
    from . import installed

    rungs = {max(model.entry.rung - 1, 0): model.entry.id for model in inventory.models}
    if name == SHIPPED and not installed.SHIPPED.is_file():
        raise UsageError(
            "this version ships no router: use  --router rule, or train one with  sanderling router train --from-log"
        )
    if name != AUTO:
        return _checked(FastGrnnRouter(installed.SHIPPED if name == SHIPPED else installed.weights()), rungs)
    if installed.state().current is not None:
        try:
            return _checked(FastGrnnRouter(installed.weights()), rungs)
        except UsageError as error:
            log.warning("%s", error)
    return RuleRouter()


def _none_installed() -> bool:
    """Whether no router was ever installed.

    This is found without the modules of training, which ``installed`` imports.
    """
    try:
        (config.home() / "router").stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # reading it says why
    return False


def _checked(router: FastGrnnRouter, rungs: Mapping[int, str]) -> FastGrnnRouter:
    """Return ``router`` if it was trained for these models; otherwise raise UsageError."""
    from . import installed
    from .training import card

    read = card.decode(router.card)
    installed.check_ladder(read.models, rungs, read.ladder, registry.ladder_of(rungs.values()))
    return router


def _check_ladder(router: FastGrnnRouter, inventory: ModelInventory) -> None:
    """Raise UsageError if the weights name another ladder than that of ``inventory``."""
    from . import installed
    from .training import card

    named = card.decode(router.card).ladder
    here = {max(model.entry.rung - 1, 0): model.entry.id for model in inventory.models}
    ladder = registry.ladder_of(here.values())
    if named and ladder:
        installed.check_ladder(card.decode(router.card).models, here, named, ladder)


def next_larger(
    current: Route,
    allowed: Sequence[Choice],
    sampling: Mapping[str, Sampling],
    spent_ms: float,
    budget_ms: float | None,
) -> Route | None:
    """Return the route to the next larger allowed model with the same context bin.

    None if there is none, or if its predicted time exceeds the remaining budget.
    """
    rungs = {choice.candidate.model_id: choice.candidate.rung for choice in allowed}
    above = [
        choice
        for choice in allowed
        if choice.candidate.rung > rungs[current.model_id]
        and choice.context_bin == current.context_bin
        and (budget_ms is None or spent_ms + choice.predicted_ms <= budget_ms)
    ]
    if not above:
        return None
    to = min(above, key=lambda choice: choice.candidate.rung)
    return msgspec.structs.replace(
        to.taken(current, sampling[to.candidate.model_id]),
        escalated_from=current.model_id,
        drafted_bin=current.context_bin,
        reason=f"the draft of {current.model_id} was not accepted",
    )


def further(current: Route, to: Choice, sampling: Mapping[str, Sampling], confidence: float) -> Route:
    """Return the route of a second draft with the choice ``to``.

    ``confidence``: probability that the first draft, on ``current``, was right.
    """
    same = to.candidate.model_id == current.model_id
    route = to.taken(current, sampling[to.candidate.model_id])
    return msgspec.structs.replace(
        route,
        temperature=current.temperature,
        top_p=current.top_p,
        escalated_from=current.model_id,
        drafted_bin=current.context_bin,
        reason=f"the draft of {current.model_id} with a {current.context_bin} context is right with p={confidence:.2f}:"
        f" {'a larger context' if same else 'a larger model'} answers again",
    )
