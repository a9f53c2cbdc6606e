"""Finds the stored answers that a judge at an address may not see."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from ...config import Config
from ...errors import SanderlingError
from ...memory import Memory
from ...memory.never_leave import NeverLeave
from ...models.embedder import open_for_memory
from ...privacy import Trust, allows
from ...telemetry.row import Row
from .kept_texts import KeptText

Why = Callable[[Row, KeptText], str]
"""Returns why an answer may not be sent; empty: it may."""


def withheld(trust: Trust, config: Config, stack: ExitStack) -> Why:
    """Return a function that tells why an answer may not be sent to a judge at an address.

    ``trust``: whom the judge's machine belongs to. Notes under ``never_leave``, and those that a model wrote, keep an
    answer here even from an address of this device, since nobody knows what serves it. ``stack``: closes the memories.
    """
    rules: dict[str, NeverLeave | None] = {}

    def why(row: Row, text: KeptText) -> str:
        # A question asked under a privacy was promised it, whatever is allowed today.
        if not allows(row.constraints.privacy or config.privacy.default, trust):
            return f"asked under privacy {row.constraints.privacy or config.privacy.default}"
        if text.memory not in rules:
            rules[text.memory] = _rules(text.memory, config, stack)
        found = rules[text.memory]
        if found is None:
            return "its memory cannot be read, so nobody knows which notes may leave"
        if set(row.sources) - {node_id for _, node_id in text.notes}:
            return "it rests on a note that has changed since"
        private = found.among([key for key, _ in text.notes])
        return f"it rests on {next(iter(private.values()))}" if private else ""

    return why


def _rules(path: str, config: Config, stack: ExitStack) -> NeverLeave | None:
    if not Path(path).exists():
        return None
    try:
        memory = stack.enter_context(
            Memory.open(Path(path), open_for_memory(Path(path), config.embedder).embedder, precision=config.vectors)
        )
    except SanderlingError:
        return None
    return NeverLeave(memory, config.privacy.never_leave)
