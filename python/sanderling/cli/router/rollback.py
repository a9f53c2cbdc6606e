"""``sanderling router rollback``: reinstall the previous router."""

from __future__ import annotations

from .. import options, output
from .show import id_of

EXAMPLES = "Example:  sanderling router rollback"


def rollback(json: options.JsonOption = False) -> None:
    """Reinstall the previous router.

    If there was none, the rule decides again. A second rollback undoes the first.
    """
    from ...router import installed

    after = installed.rollback()
    if json:
        output.json_line(after)
    else:
        output.line(f"current: {id_of(after.current)}; previous: {id_of(after.previous)}")
