"""Computes the common prefix of two sequences of token ids."""

from __future__ import annotations

from collections.abc import Sequence


def common_prefix(kept: Sequence[int], prompt: Sequence[int]) -> int:
    """Return the number of leading ids common to ``kept`` and ``prompt``."""
    for position, (old, new) in enumerate(zip(kept, prompt, strict=False)):
        if old != new:
            return position
    return min(len(kept), len(prompt))
