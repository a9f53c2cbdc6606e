"""Finds faster quantizations of a model for this device."""

from __future__ import annotations

from ..device.profiles import Detected
from ..engines.requantize import TARGETS, Target
from .engine_isa import engine_isa, is_own
from .gguf import GgufHeader
from .offload import offloaded
from .quant_cost import cost_as, cost_of, costs, of_question
from .repack import rearranged_share, repacked_types
from .requantize import KINDS

WORTH = 0.9
"""Largest share of a file's time that a faster format may take. Less gain does not pay for the disk space."""
MOSTLY = 0.5
"""Share of rearranged bytes below which a file gains by a rearranged format. It decides where times are not known."""


def quicker(header: GgufHeader, detected: Detected, engine: str | None = None) -> tuple[Target, ...]:
    """Return the formats that would be faster on this device than the file's format, fastest first.

    Only formats that ``models requantize`` can write. ``engine`` None: the best that is installed.
    """
    if offloaded(detected, engine):
        return ()
    isa = engine_isa(detected.device, engine)
    by_type = costs(isa, own=is_own(engine))
    now = cost_of(header, by_type)
    if now is not None:
        ratio = detected.profile.prefill_ratio
        made = {target: cost_as(header, by_type, KINDS[target]) for target in TARGETS if KINDS[target] in by_type}
        times = {target: of_question(cost, ratio) for target, cost in made.items() if cost is not None}
        good = [target for target, time in times.items() if time <= WORTH * of_question(now, ratio)]
        return tuple(sorted(good, key=lambda target: times[target]))
    types = repacked_types(isa)
    if rearranged_share(header, types) >= MOSTLY:
        return ()
    return tuple(target for target in TARGETS if KINDS[target] in types)
