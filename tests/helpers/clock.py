"""How the time of a call grows with its text, by the processor's clock: the one clock that tests may look at."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

FLOOR_S = 0.0005
"""What takes no longer is as good as nothing, and no base for a ratio."""
MOST_RATIO = 8
"""Of the time at 4 n to that at n: what is linear gives 4, what is quadratic 16."""


def seconds(call: Callable[[str], object], text: str) -> float:
    """Processor time of one call, without the collector's, which grows with all that the tests have loaded."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        started = time.process_time()
        call(text)
        return time.process_time() - started
    finally:
        if enabled:
            gc.enable()


def growth(call: Callable[[str], object], pump: Callable[[int], str], smallest: int, largest: int) -> str:
    """Return "" if the time of ``call`` grows no faster than it may, else what was measured.

    The text grows by four, from ``smallest`` up to ``largest``, until a call takes a time that can be measured, and
    then once more. The least of five of each decides; a first pair that grows as it should is not measured again.
    """
    size = smallest
    small = pump(size)
    short = seconds(call, small)
    while short < FLOOR_S and size < largest:
        size *= 4
        small = pump(size)
        short = seconds(call, small)
    large = pump(4 * size)
    long = seconds(call, large)
    for _ in range(4):
        if long < MOST_RATIO * max(short, FLOOR_S):
            return ""
        short, long = min(short, seconds(call, small)), min(long, seconds(call, large))
    ratio = long / max(short, FLOOR_S)
    said = f"{size} characters: {short:.4f} s; four times as many: {long:.4f} s, {ratio:.1f} times"
    return "" if ratio < MOST_RATIO else said
