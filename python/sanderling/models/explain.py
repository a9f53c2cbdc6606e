"""Reports the quantization and the plan for each model of a ladder.

Whether or not it is installed.
"""

from __future__ import annotations

from ..device.profiles import Detected
from ..records import Record
from . import fit, registry
from .entries import ModelEntry
from .known_header import known_header
from .pick_quant import pick_quant
from .plan import Plan, plan
from .repack import rearranged_share
from .speeds import predicted_speeds


class Explained(Record):
    """The quantization and the loading plan of one model, with reasons."""

    model_id: str
    installed: bool
    quant: str
    why_quant: str
    rearranged_share: float
    """Share of the matrices' bytes that the engine rearranges, 0 to 1. It rearranges them for the processor."""
    plan: Plan


def explain(ladder: str, detected: Detected, available_bytes: int) -> tuple[Explained, ...]:
    """Return the quantization and plan of each model of a ladder, smallest first.

    Models of unknown shape are skipped. The shape of a model is known if the model is installed or has an entry in
    ``synth/shapes.py``. Raises UsageError for an unknown ladder, ModelUnavailable for a damaged file.
    """
    found = [_one(registry.here(entry.id), detected, available_bytes) for entry in registry.ladder(ladder)]
    return tuple(each for each in found if each is not None)


def _one(entry: ModelEntry, detected: Detected, available_bytes: int) -> Explained | None:
    here = registry.installed_quants(entry.id)
    quant, why = pick_quant(entry, detected, available_bytes, here or None)
    known = known_header(entry, quant)
    if known is None:
        return None
    size = sum(file.size_bytes for file in entry.files_of(quant))
    speeds = predicted_speeds(detected.profile, entry, size, quant)
    return Explained(
        model_id=entry.id,
        installed=bool(here),
        quant=quant,
        why_quant=why,
        rearranged_share=rearranged_share(known[1], fit.rearranged_types(detected)),
        plan=plan(
            known[1],
            detected,
            available_bytes,
            trained_tokens=entry.context_tokens,
            prefill_tokens_per_s=speeds.prefill_tokens_per_s,
        ),
    )
