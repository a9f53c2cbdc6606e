"""Predicts the speed of a model.

For a mixture of experts, from the weights used for one token.
"""

from __future__ import annotations

from ..device import profiles
from ..device.profiles import Profile, Speeds
from .entries import ModelEntry


def predicted_speeds(
    profile: Profile, entry: ModelEntry, size_bytes: int, quant: str, *, measured: bool = True
) -> Speeds:
    """Return a model's speeds on this device.

    Predicted ones if it was never measured. ``size_bytes``: of its file. ``measured`` False: always predict. A token of
    a mixture of experts reads and multiplies the experts chosen for it and no other, though all stay resident
    (:mod:`.footprint`). In a prompt each expert is read once a batch, so its speed follows the arithmetic, as that of
    any model.
    """
    share = entry.active_share
    return profiles.predict(
        profile,
        max(1, round(size_bytes * share)),
        max(1, round(entry.parameters * share)),
        model_id=entry.id if measured else "",
        quant=quant,
    )
