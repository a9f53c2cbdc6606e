"""The worker process: reads requests from stdin, and writes replies to stdout.

It is started as ``python -m sanderling.engines.serve``.

The main thread computes. A second thread reads, so that Cancel arrives while a generation runs, and so that the process
ends at once when its stdin closes, which happens when the parent has ended for any reason.

Frames are written to a private copy of stdout. Descriptor 1 itself points to stderr, because a native library that
prints would otherwise write into the middle of a frame.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Iterator

import msgspec

from ..egress import guard
from ..errors import EngineError, MissingExtra
from . import frames, waiting
from .choose import load_engine
from .isolation import isolate
from .protocol import EmbeddingEngine, Engine, Finish

ALIVE_EVERY_S = 1.0


class Service:
    """Runs one engine, and answers requests in order of arrival."""

    def __init__(self, source: int, sink: int) -> None:
        self._source, self._sink = source, sink
        self._engine: Engine | EmbeddingEngine | None = None
        self._inbox: queue.SimpleQueue[frames.Request] = queue.SimpleQueue()
        self._cancel = threading.Event()
        self._spoke_at = 0.0

    def run(self) -> None:
        """Answer requests until stdin closes, then exit the process. It never returns."""
        threading.Thread(target=self._read, daemon=True).start()
        # Every engine but the scripted one needs it; a process begun ahead of its model imports it meanwhile.
        from . import llama_engine  # noqa: F401 - only loaded

        while True:
            request = self._inbox.get()
            try:
                for reply in self._answer(request):
                    self._write(reply)
            except Exception as error:  # of any class: the parent raises it again
                extra = error.extra if isinstance(error, MissingExtra) else ""
                self._write(frames.Failed(type(error).__name__, str(error), extra))

    def _read(self) -> None:
        try:
            while (body := frames.read(self._source)) is not None:
                request = frames.decode_request(body)
                # Set and cleared by this thread only, hence in order: a late Cancel cannot end the next generation.
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
            os.environ.update(waiting.environment(os.environ))  # read when the engine opens its library
            self._engine = load_engine(request.engine, request.spec)
            yield frames.Loaded(msgspec.structs.replace(self._engine.info, cpus=cpus))
            return
        if self._engine is None:
            raise EngineError("no model is loaded in this worker")
        if isinstance(request, frames.Tokenize):
            yield frames.Ids(self._engine.tokenize(request.text, special=request.special))
        elif isinstance(request, frames.Count):
            yield frames.Counts([len(self._engine.tokenize(text, special=False)) for text in request.texts])
        elif isinstance(request, frames.Embed):
            if not isinstance(self._engine, EmbeddingEngine):
                raise EngineError("the model was loaded to generate: load it with a pooling to embed")
            yield frames.Vectors(self._engine.embed(request.texts))
        elif not isinstance(self._engine, Engine):
            raise EngineError("the model was loaded to embed: load it without a pooling to generate")
        elif isinstance(request, frames.Pieces):
            yield frames.Bytes(self._engine.pieces(request.ids))
        elif isinstance(request, frames.Describe):
            yield frames.Described(self._engine.describe())
        elif isinstance(request, frames.Score):
            yield frames.Predicted(self._engine.score(request.request, self._cancelled))
        elif isinstance(request, frames.Generate):
            for item in self._engine.generate(request.request, self._cancelled):
                yield frames.Done(item) if isinstance(item, Finish) else frames.Drawn(item)

    def _cancelled(self) -> bool:
        # Engines call this before every batch of the prompt and every token, so Alive is sent here.
        if time.monotonic() - self._spoke_at > ALIVE_EVERY_S:
            self._write(frames.Alive())
        return self._cancel.is_set()

    def _write(self, reply: frames.Reply) -> None:
        frames.write(self._sink, reply)
        self._spoke_at = time.monotonic()


def _pin(cpus: tuple[int, ...]) -> tuple[int, ...]:
    """Restrict this process to ``cpus``, and return the CPUs that it may use.

    Not every system allows it. Phones refuse CPUs that are asleep or reserved for the foreground app; the system then
    chooses the CPUs. The result is empty on systems without CPU affinity.
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
    """Start the worker process and answer requests.

    It leaves the network, and moves stdin and stdout to private descriptors.
    """
    guard()
    isolate()  # before any other thread
    source, sink = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    try:
        Service(source, sink).run()
    except BrokenPipeError:
        os._exit(0)  # the parent has ended


if __name__ == "__main__":
    main()
