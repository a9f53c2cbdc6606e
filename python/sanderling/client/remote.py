"""A running service, with the runtime's methods that commands call."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn, Self, cast

from .. import errors
from .reply import Fields, Reply
from .transport import Gone, Strange, events

if TYPE_CHECKING:
    from ..memory.ingest.report import IngestProgress, IngestReport
    from ..quote import Quote
    from ..records import Answer

ROOT = "/v1/command"


class Remote:
    """A running service, called like a runtime. Another thread can cancel it, as Ctrl-C does."""

    def __init__(self, socket: Path, hello: dict[str, Any], model: str) -> None:
        """``hello``: the service's description of itself.

        ``model``: the only model to use; empty: the router chooses.
        """
        self._socket, self._model = socket, model
        self._running = ""
        self.config: Any = SimpleNamespace(write_back=hello["write_back"])
        self.memory: Any = SimpleNamespace(warnings=tuple(hello["warnings"]))

    @property
    def generating(self) -> bool:
        """Whether the client is waiting for an answer."""
        return bool(self._running)

    def cancel(self) -> bool:
        """Cancel the pending answer, and return whether there was one."""
        running = self._running
        if running:
            self._whole("cancel", {"id": running})
        return bool(running)

    def ask(
        self,
        question: str,
        *,
        filter: Mapping[str, Any],
        stream: Callable[[str], None] | None,
        on_quote: Callable[[Quote], None] | None = None,
        **limits: Any,
    ) -> Answer:
        """Answer a question, as a runtime does. ``filter``: the fields of a filter."""
        return self._answer({"question": question, "filter": filter, **limits}, stream, on_quote)

    def quote(self, question: str, *, filter: Mapping[str, Any], limit: int, start: int) -> Answer:
        """Answer a question with a sentence of the notes, as a runtime does. ``filter``: the fields of a filter."""
        body = {"question": question, "filter": filter, "limit": limit, "start": start}
        return cast("Answer", self._whole("quote", body))

    def chat(self, *, filter: Mapping[str, Any]) -> RemoteConversation:
        """Start a conversation that is lost when the service ends."""
        return RemoteConversation(self._answer, filter)

    def conversation(self, id: str | None, *, filter: Mapping[str, Any] | None) -> RemoteConversation:
        """Start a kept conversation, or resume ``id``. Raises what a runtime raises."""
        return RemoteConversation(self._answer, filter, lambda name, id: self._open(name, id, filter), id)

    def search(
        self, question: str, *, filter: Mapping[str, Any], k: int, excerpt: int, warn: Callable[[str], None]
    ) -> tuple[Reply, list[str]]:
        """Return the ``k`` best notes for a question. ``excerpt``: number of characters of each that are returned."""
        excerpts: list[str] = []
        body = {"question": question, "filter": filter, "k": k, "excerpt": excerpt}
        told = {
            "warning": lambda data: warn(json.loads(data)),
            "excerpt": lambda data: excerpts.append(json.loads(data)),
        }
        return self._last("search", body, told), excerpts

    def add(self, paths: list[str], *, on_progress: Callable[[IngestProgress], None], **options: Any) -> IngestReport:
        """Read files and folders into the memory. ``paths``: absolute."""
        failures: list[Any] = []
        told = {
            "progress": lambda data: on_progress(json.loads(data, object_hook=Fields)),
            "failures": lambda data: failures.extend(json.loads(data)),
        }
        report = self._last("ingest", {"paths": paths, **options}, told)
        report.value["failures"] = failures
        return cast("IngestReport", report)

    def remember(self, question: str, answer: Answer) -> None:
        """Write an answer back into the memory."""
        encoded = cast("Reply", answer).encoded
        self._whole("remember", {"question": question, "answer": json.loads(encoded)})

    def __enter__(self) -> Self:
        """Return this service, for a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: the service keeps running."""

    def _answer(
        self,
        body: dict[str, Any],
        stream: Callable[[str], None] | None,
        on_quote: Callable[[Quote], None] | None,
    ) -> Answer:
        self._running = body["id"] = uuid.uuid4().hex
        told: dict[str, Callable[[str], None]] = {}
        if stream is not None:
            told["text"] = lambda data: stream(json.loads(data))
        if on_quote is not None:
            told["quote"] = lambda data: on_quote(json.loads(data, object_hook=Fields))
        try:
            return cast("Answer", self._last("ask", {**body, "model": self._model}, told))
        finally:
            self._running = ""

    def _open(self, name: str, id: str | None, filter: Mapping[str, Any] | None) -> Any:
        return self._whole("talk", {"conversation": name, "id": id, "filter": filter})

    def _whole(self, verb: str, body: dict[str, Any]) -> Any:
        return self._last(verb, body, {})

    def _last(self, verb: str, body: dict[str, Any], told: Mapping[str, Callable[[str], None]]) -> Any:
        """Send a request, report its events, and return the last event's value. Raises what the runtime would raise."""
        try:
            for name, data in events(self._socket, "POST", f"{ROOT}/{verb}", body):
                if name == "error":
                    _raise(data)
                if name == "end":
                    return Reply(data)
                if name in told:
                    told[name](data)
        except Strange as error:
            message = f"the service does not answer ({error}): restart it, or use --no-server"
            raise errors.SanderlingError(message) from error
        except Gone as error:
            raise errors.WorkerDied("the service ended before it had answered: ask again") from error
        raise errors.WorkerDied("the service ended before it had answered: ask again")


class RemoteConversation:
    """A conversation that the service holds."""

    id = ""
    """The conversation's id on the disk; empty: it is not kept."""
    turns: tuple[Any, ...] = ()
    """Turns known when the conversation was opened."""

    def __init__(
        self,
        answer: Callable[[dict[str, Any], Callable[[str], None] | None, Callable[[Quote], None] | None], Answer],
        filter: Mapping[str, Any] | None,
        open: Callable[[str, str | None], Any] | None = None,
        id: str | None = None,
    ) -> None:
        """``answer``: function that sends a question.

        ``filter``: the fields of a filter; None: keep the conversation's filter. ``open``: has the service open one
        that is kept, which ``id`` names, or None begins; None: it is not kept.
        """
        self._send, self._filter, self._open = answer, filter, open
        self._begin(id)

    def ask(
        self,
        question: str,
        *,
        stream: Callable[[str], None] | None,
        on_quote: Callable[[Quote], None] | None = None,
        **limits: Any,
    ) -> Answer:
        """Answer a question that may refer to earlier turns."""
        which = {"conversation": self._name, "kept": self.id, "filter": self._filter or {}}
        return self._send({"question": question, **which, **limits}, stream, on_quote)

    def clear(self) -> None:
        """Start a new conversation with another id."""
        self._begin(None)

    def _begin(self, id: str | None) -> None:
        self._name = uuid.uuid4().hex
        if self._open is not None:
            opened = self._open(self._name, id)
            self.id, self.turns = opened.id, tuple(opened.turns)


def _raise(data: str) -> NoReturn:
    told = json.loads(data)
    kind = getattr(errors, told["type"], errors.SanderlingError)
    error = kind.__new__(kind)
    Exception.__init__(error, told["message"])
    raise error
