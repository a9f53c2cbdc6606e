"""Finds the notes that may not leave this device.

Those are the notes under a rule of ``never_leave``, and what models wrote. The rules are those of
:mod:`sanderling.privacy_rules`, as for a hub. An answer that was written back never leaves, since its question may have
been asked under ``local``; nor do summaries and other texts of models where there are rules, since they may repeat a
note that does not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..privacy_rules import privacy_rules
from ..records import Node
from .memory import Memory

GONE = "a note that has changed since the search"
WRITTEN = "a note that a model wrote"
COVERED = "a note under never_leave"


class NeverLeave:
    """Applies the ``never_leave`` rules of one configuration to the notes of one memory."""

    def __init__(self, memory: Memory, rules: Sequence[str]) -> None:
        """``rules``: as in ``config.toml``. Raises UsageError for one that names nothing."""
        self._memory, self._rules = memory, privacy_rules(rules)

    def among(self, keys: Collection[int]) -> dict[int, str]:
        """Return the notes among ``keys`` that may not leave the device, with the reason for each."""
        nodes = {node.key: node for node in self._memory.nodes(keys)}
        found = {key: GONE for key in keys if key not in nodes}
        for key, node in nodes.items():
            if why := self._by_itself(node):
                found[key] = why
        return found

    def _by_itself(self, node: Node) -> str:
        if node.source == "agent" and node.type == "memory":
            return WRITTEN
        if self._rules.covers_author(node.source, node.type):
            return WRITTEN
        if self._rules.covers(node.metadata.domain, node.metadata.tags, node.uri):
            return COVERED
        return ""
