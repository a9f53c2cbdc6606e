"""Places a tier's model on a rung of the local ladder.

A router then needs no further outputs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import UsageError
from ..models import registry
from ..models.entries import ModelEntry
from ..tier import TierModel

RUNGS = 4
_SIZE = re.compile(r"(?<![0-9A-Za-z])([0-9]{1,5}(?:\.[0-9]{1,3})?)([bBmM])(?![0-9A-Za-z])")
"""Pattern for a number of parameters in a model's name, such as ``2.6B`` or ``135m``."""
_UNITS = {"b": 1e9, "m": 1e6}


def entry_of(model: TierModel) -> ModelEntry | None:
    """Return the entry of ``models.toml`` with the name of a tier's model, or None."""
    try:
        return registry.get(model.name) if model.name else None
    except UsageError:
        return None


def parameters_of(model: TierModel) -> float:
    """Return a model's number of parameters; 0: unknown. As configured, else as its entry or its name says."""
    if model.parameters:
        return model.parameters
    if entry := entry_of(model):
        return float(entry.parameters)
    found = _SIZE.search(model.id) or _SIZE.search(model.name)
    return float(found[1]) * _UNITS[found[2].lower()] if found else 0.0


def rung_of(model: TierModel, ladder: Sequence[ModelEntry]) -> int:
    """Return the ladder's rung whose model is closest in size to ``model``.

    Rungs count from 0; if the size is unknown, the largest. A model larger than the ladder's largest stands on a rung
    above it, if there is one left.
    """
    parameters = parameters_of(model)
    if not parameters or not ladder:
        return RUNGS - 1
    nearest = min(
        ladder, key=lambda entry: abs(entry.parameters / parameters - 1) / max(entry.parameters / parameters, 1)
    )
    rung = max(nearest.rung - 1, 0)
    above = parameters > 1.5 * max(entry.parameters for entry in ladder)
    return min(rung + above, RUNGS - 1)
