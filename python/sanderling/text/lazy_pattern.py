"""Regular expressions that are compiled when they are first used.

Compiling takes longer than most commands have use for: 15 ms for the dates alone, of which a question may need none.
"""

from __future__ import annotations

import re
from typing import Any, cast


def lazy_pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what ``re.compile`` returns, or rather a stand-in that compiles at its first use.

    A mistake in ``text`` therefore shows there and not here.
    """
    return cast("re.Pattern[str]", LazyPattern(text, flags))


class LazyPattern:
    """Stands in for a compiled expression."""

    def __init__(self, text: str, flags: int) -> None:
        self.pattern, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        # Only for what is not set yet, so later uses cost what they cost on the expression itself.
        value = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, value)
        return value
