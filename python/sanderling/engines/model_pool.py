"""The models that are loaded now: as many as fit a budget of bytes, each in a worker process of its own.

When another one needs the room, the resident model goes first whose loading would cost least for the bytes it takes, or
that was used longest ago (:mod:`.greedy_dual`). The budget is the configured one, or else what the system says is
available; pages of a model's mapped file count as taken, although the system would call them available, because a model
whose pages are given to another reads them from disk at every token.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import msgspec
import psutil

from ..config import Config, home
from ..device import available_ram_bytes
from ..errors import Busy, EngineError, OutOfMemory, UsageError
from ..request.handle import Handle
from ..request.turns import Turns
from . import EngineName, start
from .greedy_dual import GreedyDual
from .protocol import LoadSpec, ModelInfo
from .worker import Worker


@dataclass
class _Loaded:
    worker: Worker
    spec: LoadSpec
    """As it was asked for, without the room for states that was granted."""
    info: ModelInfo
    size_bytes: int


class ModelPool:
    """Holds workers by model. For any number of threads; each model answers one of them at a time, in order.

    Locks, in the order in which they are taken: the turn of a model; the turn to load, which one thread has at a time,
    because what may be taken is known only while nobody else takes it; the turns of models that have to go. Whoever
    waits for the turn to load holds that of a model which is not loaded, and only loaded ones have to go, so nobody
    waits for one who waits for him.
    """

    def __init__(self, engine: EngineName, config: Config | None = None) -> None:
        """Hold nothing yet. ``engine``: a name :func:`sanderling.engines.start` takes.

        ``config`` None: no states are kept beyond the last prompt's, which is what measuring wants.
        """
        self._engine, self._config = engine, config or Config(state_bytes=0)
        # A worker stays when its process goes, for the sake of those who wait for it.
        self._workers: dict[str, Worker] = {}
        self._loaded: dict[str, _Loaded] = {}
        self._order: GreedyDual[str] = GreedyDual()
        self._guard = threading.Lock()  # of these three; nobody waits for anything while he has it
        self._loading = Turns("the loading of models")
        self._closed = False
        self.load_ms: dict[str, float] = {}
        """What loading last cost, by model; also of models that are no longer resident."""

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The resident models."""
        return tuple(self._loaded)

    @property
    def engine_name(self) -> str:
        """Name and version of the engine, known once a model is resident; empty before."""
        return next((loaded.info.engine for loaded in self._all()), "")

    @contextmanager
    def turn(self, model_id: str, handle: Handle | None = None) -> Iterator[None]:
        """Wait for a model's turn, and keep it to this thread while the block runs.

        A question has the model from its first token counted to its last one drawn: see :mod:`.worker`. Raises Busy,
        Cancelled for a cancelled ``handle``, UsageError after :meth:`close`.
        """
        with self._guard:
            worker = self._workers.get(model_id)
            if worker is None:
                limits = {name: getattr(self._config, name) for name in ("stall_timeout_s", "queue_timeout_s")}
                worker = self._workers[model_id] = start(self._engine, **limits)
                worker.turns.who = model_id
        with worker.turn(handle):
            self._refuse_if_closed()
            yield

    def worker(self, spec: LoadSpec, needed_bytes: int = 0, handle: Handle | None = None) -> tuple[Worker, ModelInfo]:
        """Return the worker that holds ``spec``, loading it first if it is not resident or its process has ended.

        Outside of :meth:`turn` another thread may take it or end it at any time, which does for one thread that
        measures. ``needed_bytes``: what it will take; 0: not known, then nothing makes room for it. Raises OutOfMemory
        when it does not fit by itself, what :meth:`Worker.load` and :meth:`turn` raise, and Busy when the models that
        would have to go were not done in time.
        """
        with self.turn(spec.model_id, handle):
            worker = self._workers[spec.model_id]
            if worker.streaming:  # by this very thread, whose stream is listened to by something that asks again
                raise EngineError(f"{spec.model_id} is still generating: finish or close that stream first")
            found = self._loaded.get(spec.model_id)
            if found is None or found.spec != spec or worker.pid is None:
                # A process that ended may have been ended for want of memory, so it takes its place in line again.
                self._drop(spec.model_id)
                with self._loading.turn(self._config.queue_timeout_s, handle):
                    self._refuse_if_closed()
                    free = self._make_room(spec.model_id, needed_bytes, handle)
                    found = self._load(worker, spec, needed_bytes, free)
            with self._guard:
                self._order.use(spec.model_id, self.load_ms[spec.model_id], found.size_bytes)
            return worker, found.info

    def room_bytes(self) -> int:
        """What one model could take if it were alone."""
        held = [_memory(loaded.worker) for loaded in self._all()]
        alone = available_ram_bytes() + sum(rss - file for rss, file in held)
        return alone if self._config.resident_bytes is None else min(self._config.resident_bytes, alone)

    @property
    def generating(self) -> bool:
        """Whether a generation is running."""
        return any(loaded.worker.streaming for loaded in self._all())

    def cancel(self) -> bool:
        """End the generations that are running, within a token; return whether there was one."""
        return any([loaded.worker.cancel() for loaded in self._all()])

    def unload(self, model_id: str) -> None:
        """End a model's process, with every state that it keeps; its next question loads it anew. Raises as turn."""
        with self.turn(model_id):
            self._drop(model_id)

    def close(self) -> None:
        """End all workers and free their memory; what still waits for one is refused."""
        self._closed = True
        self.cancel()
        with self._guard:
            workers = list(self._workers.values())
            self._loaded.clear()
        # Those with a process first: whoever loads one holds the turn that the others wait for.
        for worker in sorted(workers, key=lambda each: each.pid is None):
            worker.close()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise UsageError("the models were closed: open the runtime again")

    def _all(self) -> list[_Loaded]:
        with self._guard:
            return list(self._loaded.values())

    def _free_bytes(self) -> int:
        held = [_memory(loaded.worker) for loaded in self._all()]
        free = available_ram_bytes() - sum(file for _, file in held)
        if self._config.resident_bytes is not None:
            free = min(free, self._config.resident_bytes - sum(loaded.size_bytes for loaded in self._all()))
        return free

    def _make_room(self, model_id: str, needed_bytes: int, handle: Handle | None) -> int:
        """End others until a model fits; return the bytes that may be taken then."""
        while needed_bytes > (free := self._free_bytes()):
            if not self._all():
                raise OutOfMemory(
                    f"{model_id} needs {needed_bytes / 1e9:.2f} GB and {max(0, free) / 1e9:.2f} GB may be taken: "
                    "free memory, raise resident_bytes in config.toml, or choose a smaller model"
                )
            self._evict(model_id, handle)
        return free

    def _evict(self, model_id: str, handle: Handle | None) -> None:
        """End the least worth of those that nobody uses; where all are used, wait for the least worth of all."""
        with self._guard:
            # A stream's listener may ask another model: the one that it listens to is not taken from under it.
            others = [name for name in self._order.ranked() if not self._workers[name].turns.mine]
        for name in others:
            with suppress(Busy):
                return self._end(name, 0.0, None)
        if not others:
            raise Busy(f"there is no room for {model_id} until {self.model_ids[0]} has ended what it says")
        return self._end(others[0], self._config.queue_timeout_s, handle)

    def _end(self, model_id: str, wait_s: float, handle: Handle | None) -> None:
        """End a model for want of room. Raises Busy when it is not done within ``wait_s``."""
        with self._workers[model_id].turns.turn(wait_s, handle):
            with self._guard:
                if model_id in self._loaded:  # it may have gone while its turn was waited for
                    self._order.evict(model_id)
            self._drop(model_id)

    def _load(self, worker: Worker, spec: LoadSpec, needed_bytes: int, free_bytes: int) -> _Loaded:
        began = time.perf_counter()
        disk = self._config.state_disk_bytes
        # States are worth RAM that is left, not that of a model.
        state_bytes = max(0, min(self._config.state_bytes, free_bytes - needed_bytes))
        info = worker.load(
            msgspec.structs.replace(
                spec,
                state_bytes=state_bytes,
                state_folder=str(home() / "states") if disk else "",
                state_folder_bytes=disk,
            )
        )
        self.load_ms[spec.model_id] = 1000 * (time.perf_counter() - began)
        loaded = _Loaded(worker, spec, info, max(needed_bytes, info.rss_bytes) + state_bytes)
        with self._guard:
            self._loaded[spec.model_id] = loaded
            self._order.use(spec.model_id, self.load_ms[spec.model_id], loaded.size_bytes)
        return loaded

    def _drop(self, model_id: str) -> None:
        """End a model's process, if there is one. Only by the thread that has its turn."""
        with self._guard:
            self._loaded.pop(model_id, None)
            self._order.forget(model_id)
        self._workers[model_id].close()


def _memory(worker: Worker) -> tuple[int, int]:
    """Resident bytes of a worker, and those of them that are pages of files; zeros for one that has ended."""
    try:
        if (pid := worker.pid) is None:
            return 0, 0
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0, 0  # it ended just now
    return memory.rss, min(memory.rss, getattr(memory, "shared", 0))  # macOS does not tell them apart
