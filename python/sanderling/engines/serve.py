"""The worker process: ``python -m sanderling.engines.serve ENGINE``. Frames come in on stdin and leave on stdout.

The main thread computes. A second thread reads, so that Cancel arrives while a generation runs, and so that the process
ends at once when its stdin closes: that means the parent is gone, whatever became of it.

The frames' stdout is a private copy; descriptor 1 itself is pointed at stderr, because a native library that prints
would otherwise write into the middle of a frame.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Iterator

import msgspec

from ..errors import EngineError, MissingExtra
from . import frames
from .choose import load_engine
from .protocol import Engine, Finish

ALIVE_EVERY_S = 1.0


class Service:
    """One engine, answering frames in the order in which they came."""

    def __init__(self, engine: str, source: int, sink: int) -> None:
        self._name, self._source, self._sink = engine, source, sink
        self._engine: Engine | None = None
        self._inbox: queue.SimpleQueue[frames.Request] = queue.SimpleQueue()
        self._cancel = threading.Event()
        self._spoke_at = 0.0

    def run(self) -> None:
        """Serve until stdin closes, which ends the process."""
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            request = self._inbox.get()
            try:
                for reply in self._answer(request):
                    self._write(reply)
            except Exception as error:  # whatever it is, it is the parent's to raise
                extra = error.extra if isinstance(error, MissingExtra) else ""
                self._write(frames.Failed(type(error).__name__, str(error), extra))

    def _read(self) -> None:
        try:
            while (body := frames.read(self._source)) is not None:
                request = frames.decode_request(body)
                # Both in this thread, hence in order: a Cancel that came too late cannot end the next generation.
                if isinstance(request, frames.Cancel):
                    self._cancel.set()
                    continue
                if isinstance(request, frames.Generate):
                    self._cancel.clear()
                self._inbox.put(request)
        finally:
            os._exit(0)  # the main thread may be inside llama.cpp for seconds, and there is nothing to save

    def _answer(self, request: frames.Request) -> Iterator[frames.Reply]:
        if isinstance(request, frames.Load):
            cpus = _pin(request.spec.cpus)  # before the engine makes its threads, which inherit it
            self._engine = load_engine(self._name, request.spec)
            yield frames.Loaded(msgspec.structs.replace(self._engine.info, cpus=cpus))
            return
        if self._engine is None:
            raise EngineError("no model is loaded in this worker")
        if isinstance(request, frames.Tokenize):
            yield frames.Ids(self._engine.tokenize(request.text, special=request.special))
        elif isinstance(request, frames.Embed):
            yield frames.Vectors(self._engine.embed(request.texts))
        elif isinstance(request, frames.Generate):
            for item in self._engine.generate(request.request, self._cancelled):
                yield frames.Done(item) if isinstance(item, Finish) else frames.Drawn(item)

    def _cancelled(self) -> bool:
        # Engines ask before every batch of the prompt and every token, which makes this the place to show life.
        if time.monotonic() - self._spoke_at > ALIVE_EVERY_S:
            self._write(frames.Alive())
        return self._cancel.is_set()

    def _write(self, reply: frames.Reply) -> None:
        frames.write(self._sink, reply)
        self._spoke_at = time.monotonic()


def _pin(cpus: tuple[int, ...]) -> tuple[int, ...]:
    """Restrict this process to ``cpus``, where the system lets it, and return where it may run now.

    Phones refuse CPUs that are asleep or kept for what is on the screen; the model then runs where the system likes.
    """
    if not hasattr(os, "sched_setaffinity"):
        return ()
    if cpus:
        try:
            os.sched_setaffinity(0, cpus)
        except OSError as error:
            print(f"not pinned to CPUs {cpus}: {error}", file=sys.stderr)
    return tuple(sorted(os.sched_getaffinity(0)))


def main() -> None:
    """Take over stdin and stdout, then serve."""
    source, sink = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    try:
        Service(sys.argv[1], source, sink).run()
    except BrokenPipeError:
        os._exit(0)  # the parent is gone; nobody is left to tell


if __name__ == "__main__":
    main()
