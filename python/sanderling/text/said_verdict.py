"""The verdict on an answer, in words.

Apart from the verdict itself, whose msgspec takes longer to import than an answer takes to arrive through the service.
"""

from __future__ import annotations

from collections.abc import Sequence


def said_verdict(label: str, by: Sequence[int], reason: str) -> str:
    """Return a verdict in words. ``borne out by [1]``, or ``not sure: the notes do not say it outright``."""
    if label == "not_sure":
        return f"not sure: {reason}"
    return f"borne out by {''.join(f'[{number}]' for number in by)}"
