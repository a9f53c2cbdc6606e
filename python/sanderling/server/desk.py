"""The command line's running questions and recent conversations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from ..conversation import Conversation
from ..request.handle import Handle

MOST_KEPT = 64


class Desk:
    """Running questions and recent conversations of the command line, by name.

    The latest :data:`MOST_KEPT` conversations are kept. The command line names both itself, with random names, so that
    it can cancel a question before anything was said.
    """

    def __init__(self) -> None:
        """Start without questions or conversations."""
        self.handles: dict[str, Handle] = {}
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()

    def conversation(self, name: str, begin: Callable[[], Conversation]) -> Conversation:
        """Return the conversation ``name``, created with ``begin`` if it is unknown."""
        found = self._conversations.get(name) or begin()
        self._conversations[name] = found
        self._conversations.move_to_end(name)
        while len(self._conversations) > MOST_KEPT:
            self._conversations.popitem(last=False)
        return found

    def cancel(self, name: str) -> bool:
        """Cancel the question ``name``, and return whether it was found."""
        handle = self.handles.get(name)
        if handle is not None:
            handle.cancel()
        return handle is not None
