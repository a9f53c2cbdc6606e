"""One open conversation, with its history in this process and its turns on disk.

A conversation that cannot be kept costs no answer: the first such answer carries a warning, later failures are logged.
One that was forgotten by another process is not written again.
"""

from __future__ import annotations

import logging

from msgspec.structs import replace

from ..errors import SanderlingError
from ..filter import EVERYTHING, Filter
from ..memory import Memory
from ..records import Answer
from ..request.history import History
from ..request.turns import Turns
from .stale import lost_sources
from .state import Makers, history_from, history_of, state_of
from .store import ConversationStore, Loaded
from .turn import KeptSource, KeptTurn, kept_turn, struck

log = logging.getLogger(__name__)


class Keeper:
    """Reads a conversation before each question and writes each turn. Its methods are called under ``asking``."""

    def __init__(
        self, store: ConversationStore, memory: Memory, makers: Makers, id: str, loaded: Loaded | None = None
    ) -> None:
        """Resume the conversation ``loaded``, or begin a new one if None."""
        self.id, self._store, self._memory, self._makers = id, store, memory, makers
        self.asking = Turns("this conversation")
        """Lock held while a question is answered, because several callers may share the conversation."""
        self.filter: Filter | None = None
        self._history, self._version = History(), 0
        self._lost, self._warned = False, False
        self._failed = list[str]()
        self._pending: tuple[KeptSource, ...] = ()
        """Sources of turns that could not be written, to be stored with the next state."""
        if loaded is not None:
            self._take(loaded)

    @property
    def turns(self) -> tuple[KeptTurn, ...]:
        """The turns on disk, including those written by other processes. Raises MemoryFileError."""
        loaded = None if self._lost else self._store.load(self.id)
        return () if loaded is None else loaded.turns

    def history(self) -> History:
        """Return the history for the next question; read the disk again if another process wrote turns."""
        if not self._version or self._lost:
            return self._history
        try:
            if self._store.version(self.id) != self._version and (loaded := self._store.load(self.id)) is not None:
                self._take(loaded)
        except SanderlingError as error:
            log.info("conversation %s was not read again: %s", self.id, error)
        return self._history

    def fail(self, request_id: str) -> None:
        """Record a failed request, so that its telemetry row is deleted with the conversation."""
        self._failed.append(request_id)
        if self._version and not self._lost:
            self._write_failed()

    def keep(self, question: str, answer: Answer, filter: Filter | None) -> Answer:
        """Write the history's last turn; return the answer with the conversation's id or with a warning."""
        if self._lost:
            return answer
        history, known = self._history, filter or EVERYTHING
        turn = kept_turn(question.strip(), answer, history.last_question, history.next_listed)
        try:
            state: bytes | None = state_of(history, self._makers)
            memory = self._memory.store
            if lost := lost_sources(memory, turn.sources):
                turn, state = struck(turn, lost), None  # changed or forgotten while it was answered
            shown = (*self._pending, *turn.sources)
            version = self._store.keep(self.id, str(memory.path.resolve()), known, turn, self._version, state, shown)
        except (SanderlingError, OSError) as error:
            self._pending += turn.sources
            self._failed.append(turn.request_id)
            if self._warned:
                log.info("this turn is not kept: %s", error)
                return answer
            self._warned = True
            return _warned(answer, f"this turn of the conversation is not kept ({error})")
        if version is None:
            self._lost = True
            return _warned(answer, "this conversation was forgotten meanwhile: it is no longer kept")
        self.filter, self._pending = filter, ()
        self._write_failed()
        # Where another change came between, the next question reads the turns of both.
        self._version = version if state is not None and version == self._version + 1 else -1
        return replace(answer, conversation=self.id)

    def _write_failed(self) -> None:
        try:
            while self._failed:
                self._store.fail(self.id, self._failed[-1])
                self._failed.pop()
        except SanderlingError as error:
            log.info("conversation %s does not know which of its questions failed: %s", self.id, error)

    def _take(self, loaded: Loaded) -> None:
        history = None if loaded.state is None else history_of(loaded.state, self._makers)
        self._history = history or history_from(loaded.turns)
        self._version = loaded.version
        self.filter = None if loaded.filter == EVERYTHING else loaded.filter


def _warned(answer: Answer, warning: str) -> Answer:
    return replace(answer, warnings=(*answer.warnings, warning))
