"""Begins, resumes, lists and forgets the conversations about one memory."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from ..config import Config
from ..errors import SanderlingError, UsageError
from ..memory import Memory
from .forget import forget_ids, one_id
from .keeper import Keeper
from .stale import forget_lost_turns
from .state import Makers
from .store import FILE, ConversationStore
from .turn import KeptConversation

log = logging.getLogger(__name__)

ID_BYTES = 8


class KeptConversations:
    """The conversations that are open in this process, all about one memory. Safe to share between threads."""

    def __init__(
        self, memory: Memory, config: Config, folder: Path, router: str, model_file: Callable[[str], str]
    ) -> None:
        """Keep conversations in ``folder``, or none if ``config`` disables them.

        ``router``: its id. ``model_file``: returns what tells the file of a model from any other; empty: there is none.
        """
        self._memory, self._folder, self._makers = memory, folder, Makers(router=router, model_file=model_file)
        self.on = config.kept_conversations > 0 and config.log_query_text
        self._store = ConversationStore(folder / FILE, config.kept_conversations, config.conversation_days)
        self._open: WeakValueDictionary[str, Keeper] = WeakValueDictionary()
        self._guard = Lock()
        if not self.on:
            # Those kept before expire all the same.
            try:
                self._store.apply_bounds()
            except SanderlingError as error:
                log.warning("conversations that are too old could not be forgotten: %s", error)

    def begin(self) -> Keeper | None:
        """Begin a conversation; return None if conversations are not kept. It is saved with its first answer."""
        if not self.on:
            return None
        with self._guard:
            keeper = Keeper(self._store, self._memory, self._makers, secrets.token_hex(ID_BYTES))
            self._open[keeper.id] = keeper
            return keeper

    def go_on(self, id: str) -> Keeper:
        """Return the conversation whose id begins with ``id``. Raises UsageError if there is none, MemoryFileError."""
        if not self.on:
            raise UsageError("no conversation is kept: set kept_conversations above 0 and log_query_text = true")
        id = one_id(self._store, id)
        loaded = self._store.load(id)
        if loaded is None:
            raise UsageError(f"there is no conversation {id}: see  sanderling chat --list")
        about = Path(loaded.conversation.memory)
        if about != self._memory.store.path.resolve() and about.exists():  # a memory that was moved is still the same
            raise UsageError(f"conversation {id} is about the notes in {about}: name that memory")
        with self._guard:
            keeper = self._open.get(id)
            if keeper is None:
                keeper = self._open[id] = Keeper(self._store, self._memory, self._makers, id, loaded)
            return keeper

    def shown(self) -> tuple[KeptConversation, ...]:
        """Return the conversations about this memory, the most recently used first. Raises MemoryFileError."""
        return self._store.shown(str(self._memory.store.path.resolve()))

    def forget(self, id: str) -> str:
        """Delete the conversation whose id begins with ``id``, and its telemetry rows. Return its full id.

        Raises UsageError if there is not one; MemoryFileError.
        """
        id = one_id(self._store, id)
        forget_ids(self._folder, [id])
        return id

    def forget_lost(self) -> None:
        """Delete kept turns and cached answers based on changed or deleted notes."""
        forget_lost_turns(self._memory.store, self._folder)

    def close(self) -> None:
        """Close the file."""
        self._store.close()
