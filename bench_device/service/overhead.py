"""Measures the time that the service adds to :meth:`sanderling.Runtime.ask`, at a steady rate of questions.

Each question's own time in the runtime, the wait for other questions included, is in its reply; what the service added
is the rest of what the client waited. For streams it is the time from the engine's first token to the client's first
byte. Questions differ, so that none shares another's answer.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from ...device.machine import machine_block
from ...errors import EngineError
from ...records import Record
from ...server.settings import Settings
from ..interruptible import Interruptible
from ..metrics.percentiles import Percentiles, percentiles
from .calling import CHAT, Caller, Reply, asking
from .running import Running, running
from .scripted import scripted_runtime

CLIENTS = 8
STREAM_TOKEN_MS = 5.0
"""Time per token in streams, long enough that the first byte is sent before the answer is complete."""


class Overhead(Record):
    """The time that the service adds, in milliseconds."""

    machine: dict[str, object]
    per_second: float
    """Rate at which questions were sent."""
    added_ms: tuple[float, ...]
    """The client's wait minus the runtime's time, for each complete answer."""
    runtime_ms: tuple[float, ...]
    first_byte_ms: tuple[float, ...]
    """Time from the engine's first token to the client's first byte, for each stream."""
    interrupted: bool = False

    @property
    def added(self) -> Percentiles:
        """Percentiles of ``added_ms``."""
        return percentiles(self.added_ms)

    @property
    def first_byte(self) -> Percentiles:
        """Percentiles of ``first_byte_ms``."""
        return percentiles(self.first_byte_ms)


def measure(
    requests: int = 500,
    per_second: float = 50.0,
    streams: int = 100,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> Overhead:
    """Ask ``requests`` questions at a steady rate, then stream ``streams`` answers one by one."""
    added: list[float] = []
    runtime: list[float] = []
    first: list[float] = []
    with Interruptible() as stop:
        with _serving() as served:
            _whole(served, requests, per_second, added, runtime, on_progress)
        with _serving(token_ms=STREAM_TOKEN_MS) as served:
            for at in range(streams):
                on_progress(at, streams, "streams")
                first.append(_streamed(served, at))
    stop.require(added and first)
    return Overhead(
        machine=machine_block(),
        per_second=per_second,
        added_ms=tuple(added),
        runtime_ms=tuple(runtime),
        first_byte_ms=tuple(first),
        interrupted=stop.came,
    )


@contextmanager
def _serving(token_ms: float = 0.0) -> Iterator[Running]:
    """Serve a scripted model from a temporary folder, after loading it with one question."""
    with (
        tempfile.TemporaryDirectory() as folder,
        scripted_runtime(Path(folder), token_ms=token_ms) as runtime,
        running(runtime, Settings(max_queue=256)) as served,
    ):
        with Caller(served.port) as caller:
            _checked(caller.post(CHAT, asking("Who repairs the feed pump?")))
        yield served


def _whole(
    served: Running,
    requests: int,
    per_second: float,
    added: list[float],
    runtime: list[float],
    on_progress: Callable[[int, int, str], None],
) -> None:
    own, callers = threading.local(), []

    def ask(at: int) -> tuple[float, float]:
        if not hasattr(own, "caller"):
            own.caller = Caller(served.port)
            callers.append(own.caller)
        reply = _checked(own.caller.post(CHAT, asking(f"Who repairs the feed pump number {at}?")))
        said = json.loads(reply.body)["sanderling"]["timings_ms"]["total"]
        return reply.wall_ms - said, said

    with ThreadPoolExecutor(CLIENTS) as pool:
        began_s = time.perf_counter()
        sent = []
        for at in range(requests):
            time.sleep(max(0.0, began_s + at / per_second - time.perf_counter()))
            on_progress(at, requests, "answers")
            sent.append(pool.submit(ask, at))
        for each in sent:
            more, inside = each.result()
            added.append(more)
            runtime.append(inside)
    for caller in callers:
        caller.__exit__()


def _streamed(served: Running, at: int) -> float:
    with Caller(served.port) as caller:
        # Without the sentence of the notes, which would come first, before the engine has begun.
        own = {"quote": False}
        body = asking(f"Who repairs the feed pump number {at} of a stream?", stream=True, sanderling=own)
        reply = _checked(caller.post(CHAT, body))
    begun = served.service.latest
    if begun is None or not begun.times_s:
        raise EngineError("the service answered without a model")
    return 1e3 * (reply.first_byte_s - begun.times_s[0])


def _checked(reply: Reply) -> Reply:
    if reply.status != 200:
        raise EngineError(f"the service answered with {reply.status}: {reply.body[:200].decode(errors='replace')}")
    return reply
