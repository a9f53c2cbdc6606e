"""Resolves the model names that clients send.

A name says which model answers, and whether from the notes.

``sanderling`` and ``auto`` answer from the notes, with the model that the router chooses; ``sanderling:MODEL`` from the
notes with that model; ``MODEL`` alone answers without them. ``TIER/NAME`` is a model of another machine, which is asked
where the request's privacy allows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ..models.inventory import ModelState
from .refusal import Refused

ROUTED = "sanderling"
ALIAS = "auto"
PREFIX = f"{ROUTED}:"
TIER = "local"
"""Tier name of this device."""


def tier_of(model_id: str) -> str:
    """Return the name of the tier that runs a model.

    The model's id begins with it; an id without a tier is of this device.
    """
    tier, slash, _ = model_id.partition("/")
    return tier if slash else TIER


class Target(NamedTuple):
    """The model that answers, and whether it answers from the notes."""

    from_notes: bool
    model_id: str
    """Id of the model; empty: the router chooses."""


def target_of(name: str, ids: Sequence[str]) -> Target:
    """Return the target for a model name. Raises Refused for an absent model, listing those in ``ids``."""
    if name in (ROUTED, ALIAS):
        return Target(True, "")
    model_id = name.removeprefix(PREFIX)
    if model_id not in ids:
        known = ", ".join([ROUTED, *ids])
        message = f"there is no model {name[:100]!r} here: choose from {known}; {PREFIX}MODEL answers from the notes"
        raise Refused(404, "model_not_found", message, param="model")
    return Target(name.startswith(PREFIX), model_id)


def described(
    models: Sequence[ModelState], created: int, remote: Mapping[str, int] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Return the objects of ``/v1/models``. ``created``: start of the service, in seconds since 1970.

    ``remote``: models of tiers, each with its longest context.
    """

    def one(name: str, context: int, from_notes: bool, resident: bool) -> dict[str, Any]:
        return {
            "id": name,
            "object": "model",
            "created": created,
            "owned_by": "sanderling",
            "context_length": context,
            "from_notes": from_notes,
            "tier": tier_of(name.removeprefix(PREFIX)),
            "resident": resident,
        }

    largest = max((model.context_tokens for model in models), default=0)
    loaded = any(model.resident for model in models)
    return [
        *(one(name, largest, True, loaded) for name in (ROUTED, ALIAS)),
        *(one(PREFIX + model.id, model.context_tokens, True, model.resident) for model in models),
        *(one(model.id, model.context_tokens, False, model.resident) for model in models),
        *(one(start + name, context, bool(start), False) for start in (PREFIX, "") for name, context in remote.items()),
    ]
