"""Ask each question with a new ``sanderling ask`` process, as a user does."""

from __future__ import annotations

import time

from .sample import Asked, read_said
from .version import Version

TIMEOUT_S = 600.0
"""Longest time of one question; a large model on a small board takes minutes."""


class Cold:
    """Puts questions to one version of Sanderling, each in a new process."""

    def __init__(self, version: Version, options: list[str]) -> None:
        """``options``: options of ``sanderling ask`` for every question, such as ``--model`` with its value."""
        self.version, self._options = version, options

    def ask(self, question: str, max_tokens: int) -> Asked:
        """Ask one question. Raises SanderlingError if the process fails."""
        words = ["-m", "sanderling", "ask", "--memory", str(self.version.memory), "--router", "rule", "--no-cache"]
        words += [*self._options, "--max-tokens", str(max_tokens), "--json", "--", question]
        command = self.version.command(*words)
        began = time.perf_counter()
        out = self.version.run(command, TIMEOUT_S)
        wall_ms = (time.perf_counter() - began) * 1e3
        return Asked(
            wall_ms=wall_ms, said=read_said(out.strip().splitlines()[-1] if out.strip() else "", self.version.name)
        )

    def close(self) -> None:
        """Do nothing: no process is left running."""
