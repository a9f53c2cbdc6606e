"""Who answers whether a prune that would forget most of a folder is meant."""

from __future__ import annotations

import sys
from collections.abc import Callable

from . import output


def confirmation(yes: bool, json: bool) -> Callable[[str], bool] | None:
    """Return what answers for the user whether a doubtful prune is meant; None: nobody, so that it is refused."""
    if yes:
        return lambda question: True
    return output.confirm if sys.stdin.isatty() and not json else None
