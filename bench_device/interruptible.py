"""Ctrl-C while something is measured: it ends the measuring, and what was measured until then is kept."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Interruptible:
    """``with Interruptible() as stop: measure()``; results must be kept outside of the block, one whole at a time."""

    def __init__(self) -> None:
        """Nothing was interrupted yet."""
        self.came = False
        """Whether Ctrl-C ended the block."""

    def require(self, measured: object) -> None:
        """Raise KeyboardInterrupt if Ctrl-C came before anything was measured, which leaves nothing to show."""
        if self.came and not measured:
            raise KeyboardInterrupt

    def __enter__(self) -> Self:
        """Begin to measure."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Take note of Ctrl-C; everything else goes on to the caller."""
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self.came = True
            return True
        return False
