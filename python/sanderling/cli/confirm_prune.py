"""Asks before a prune that would forget most of a folder."""

from __future__ import annotations

import sys
from collections.abc import Callable

from . import output


def confirmation(yes: bool, json: bool) -> Callable[[str], bool] | None:
    """Return a function that asks before a large prune; None if nobody can answer.

    The prune is then refused.
    """
    if yes:
        return lambda question: True
    return output.confirm if sys.stdin.isatty() and not json else None
