"""Let Ctrl-C end a measurement but keep its results so far."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Interruptible:
    """Context manager that lets Ctrl-C end a measurement: ``with Interruptible() as stop: measure()``.

    Store results outside the block, and append each only when it is complete.
    """

    def __init__(self) -> None:
        """Create the manager; nothing has been interrupted yet."""
        self.came = False
        """Whether Ctrl-C ended the block."""

    def require(self, measured: object) -> None:
        """Raise KeyboardInterrupt if Ctrl-C ended the block and ``measured`` is empty."""
        if self.came and not measured:
            raise KeyboardInterrupt

    def __enter__(self) -> Self:
        """Enter the block, and return this manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Record and suppress KeyboardInterrupt; other exceptions propagate."""
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self.came = True
            return True
        return False
