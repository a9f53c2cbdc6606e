"""Keeps models loaded within a budget of bytes.

Each runs in a worker process of its own. When a model needs room, others are unloaded, first the one whose loading
takes least time for its bytes and its last use (:mod:`sanderling.engines.greedy_dual`). The budget is the configured
one, or else the RAM that the system reports as available. Pages of a model's mapped file count as taken, although the
system counts them as available: a model that loses its pages reads them from disk again at every token.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import msgspec

from .. import child_process
from ..config import Config, home
from ..device import available_ram_bytes
from ..errors import Busy, EngineError, OutOfMemory, UsageError
from ..request.handle import Handle
from ..request.turns import Turns
from . import EngineName, start
from .greedy_dual import GreedyDual
from .preload import Preload
from .protocol import LoadSpec, ModelInfo
from .rss import memory_of
from .worker import Worker


@dataclass
class _Loaded:
    worker: Worker
    spec: LoadSpec
    """The requested spec, without the bytes that the pool grants for saved states."""
    info: ModelInfo
    size_bytes: int


class ModelPool:
    """The loaded models, for use by any number of threads.

    Each model serves one thread at a time, in the order of arrival. Locks are taken in this order: the turn of a model;
    the turn to load, held by one thread at a time because the free bytes must not change while it decides; the turns of
    the models to unload. No deadlock is possible: a thread that waits for the turn to load holds the turn of a model
    that is not loaded, and only loaded models are unloaded.
    """

    def __init__(self, engine: EngineName, config: Config | None = None) -> None:
        """Create an empty pool. ``engine``: a name that :func:`sanderling.engines.choose.start` accepts.

        ``config`` None: the default configuration, but no states are kept beyond the last prompt's, as measurements
        need.
        """
        self._engine, self._config = engine, config or Config(state_bytes=0, state_disk_bytes=0)
        # A Worker object stays when its process ends, since threads may be waiting for its turn.
        self._workers: dict[str, Worker] = {}
        self._loaded: dict[str, _Loaded] = {}
        self._order: GreedyDual[str] = GreedyDual()
        self._guard = threading.Lock()  # of the three above; no thread waits while it holds it
        self._loading = Turns("the loading of models")
        self._closed = False
        self._preload: Preload | None = None
        self.load_ms: dict[str, float] = {}
        """Latest load time of each model, in milliseconds. Models unloaded since are included."""
        self.loads: Counter[str] = Counter()
        """Number of times that each model was loaded."""

    @property
    def model_ids(self) -> tuple[str, ...]:
        """Ids of the loaded models."""
        return tuple(self._loaded)

    def rss_bytes(self, model_id: str) -> int:
        """Return the resident memory of a model's process, in bytes; 0 if the model is not loaded."""
        loaded = self._loaded.get(model_id)
        return _memory(loaded.worker)[0] if loaded is not None else 0

    @property
    def engine_name(self) -> str:
        """Name and version of the engine; empty while no model is loaded."""
        return next((loaded.info.engine for loaded in self._all()), "")

    def preload(self, spec: LoadSpec, needed_bytes: int) -> None:
        """Start to load a model in a thread, ahead of the model's first question.

        Nothing is loaded if the model does not fit, if there is another, or if one is being loaded. A question for
        another model ends it. ``needed_bytes``: memory the model will take. Raises what :func:`start` raises.
        """
        kill = self._make_worker(spec.model_id).kill
        with self._guard:
            if self._closed or self._loaded or self._preload is not None:
                return
            self._preload = Preload(spec.model_id, lambda: self.worker(spec, needed_bytes), kill)

    def settle(self, model_id: str, handle: Handle | None = None) -> None:
        """Wait until ``model_id`` is preloaded; if another model is being preloaded, end that process.

        :meth:`turn` does this too; a caller that times its steps calls it before. Raises Cancelled when ``handle`` is
        cancelled.
        """
        begun = self._preload
        if begun is None or begun.mine:
            return
        if begun.model_id == model_id:
            begun.wait(handle)
        elif not begun.wanted:  # else another question uses it, and it is a loaded model like others
            begun.give_up()
            with suppress(Busy):
                self._end(begun.model_id, 0.0, None)  # it may have been loaded just before
        self._preload = None

    @contextmanager
    def turn(self, model_id: str, handle: Handle | None = None) -> Iterator[None]:
        """Reserve a model for this thread during the block.

        Waits until the model is free. A question holds the turn from its first tokenisation to its last token: see
        ``engines/worker.py``. Raises Busy after ``queue_timeout_s`` of the configuration, Cancelled when ``handle`` is
        cancelled, UsageError after :meth:`close`.
        """
        self.settle(model_id, handle)
        worker = self._make_worker(model_id)
        with worker.turn(handle):
            self._refuse_if_closed()
            yield

    def worker(self, spec: LoadSpec, needed_bytes: int = 0, handle: Handle | None = None) -> tuple[Worker, ModelInfo]:
        """Return the worker for the model of ``spec``, with the model's info.

        The model is loaded if needed. Call this inside :meth:`turn`: outside, another thread may use or end the worker
        at any time. Only a single-threaded measurement needs no turn. ``needed_bytes``: memory the model will take; 0:
        unknown, and no model is unloaded for it. Raises OutOfMemory if the model does not fit even alone, Busy if the
        models to unload are not free in time, and what :meth:`turn` and the worker's ``load`` raise.
        """
        with self.turn(spec.model_id, handle):
            worker = self._workers[spec.model_id]
            if worker.streaming:  # by this very thread: the consumer of its stream makes another request
                raise EngineError(f"{spec.model_id} is still generating: finish or close that stream first")
            found = self._loaded.get(spec.model_id)
            if found is None or found.spec != spec or worker.pid is None:
                # The process may have been ended for lack of memory, so a reload must wait and make room too.
                self._drop(spec.model_id)
                with self._loading.turn(self._config.queue_timeout_s, handle):
                    self._refuse_if_closed()
                    free = self._make_room(spec.model_id, needed_bytes, handle)
                    found = self._load(worker, spec, needed_bytes, free, handle)
            with self._guard:
                self._order.use(spec.model_id, self.load_ms[spec.model_id], found.size_bytes)
            return worker, found.info

    def room_bytes(self) -> int:
        """Return the bytes available to a model if no other model is loaded."""
        with self._guard:
            workers = list(self._workers.values())  # also one that is loading: its memory would be free without it
        held = [_memory(worker) for worker in workers]
        alone = available_ram_bytes() + sum(rss - file for rss, file in held)
        return alone if self._config.resident_bytes is None else min(self._config.resident_bytes, alone)

    @property
    def generating(self) -> bool:
        """Whether any model is generating."""
        return any(loaded.worker.streaming for loaded in self._all())

    def cancel(self) -> bool:
        """Cancel all running generations, and return whether there was any. Each ends before its next token."""
        return any([loaded.worker.cancel() for loaded in self._all()])

    def unload(self, model_id: str) -> None:
        """End a model's process and drop its saved states.

        The next question for the model loads it again. Raises what :meth:`turn` raises.
        """
        with self.turn(model_id):
            self._drop(model_id)

    def close(self, *, wait: bool = True) -> None:
        """End all worker processes, which frees their memory.

        Threads that still wait for a turn get UsageError. ``wait`` False: kill the processes and return, because
        freeing a gigabyte takes the system longer than all else that a command has left to do.
        """
        self._closed = True
        child_process.end_begun()
        if self._preload is not None:
            self._preload.give_up()
        self.cancel()
        with self._guard:
            workers = list(self._workers.values())
            self._loaded.clear()
        # Those with a process first: a thread that is loading holds the turn that the others wait for.
        for worker in sorted(workers, key=lambda each: each.pid is None):
            worker.close() if wait else _leave(worker)

    def _make_worker(self, model_id: str) -> Worker:
        with self._guard:
            worker = self._workers.get(model_id)
            if worker is None:
                limits = {name: getattr(self._config, name) for name in ("stall_timeout_s", "queue_timeout_s")}
                worker = self._workers[model_id] = start(self._engine, **limits)
                worker.turns.who = model_id
            return worker

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
        """Unload other models until ``needed_bytes`` are free. Returns the number of free bytes."""
        while needed_bytes > (free := self._free_bytes()):
            if not self._all():
                raise OutOfMemory(
                    f"{model_id} needs {needed_bytes / 1e9:.2f} GB and {max(0, free) / 1e9:.2f} GB may be taken: "
                    "free memory, raise resident_bytes in config.toml, or choose a smaller model"
                )
            self._evict(model_id, handle)
        return free

    def _evict(self, model_id: str, handle: Handle | None) -> None:
        """Unload the least valuable idle model. If all are busy, wait for the least valuable one first."""
        with self._guard:
            # The consumer of a stream may ask another model; the model whose turn this thread holds must stay loaded.
            others = [name for name in self._order.ranked() if not self._workers[name].turns.mine]
        for name in others:
            with suppress(Busy):
                return self._end(name, 0.0, None)
        if not others:
            raise Busy(f"there is no room for {model_id} until {self.model_ids[0]} has ended what it says")
        return self._end(others[0], self._config.queue_timeout_s, handle)

    def _end(self, model_id: str, wait_s: float, handle: Handle | None) -> None:
        """Unload a model to make room. Raises Busy if the model is still in use after ``wait_s`` seconds."""
        with self._workers[model_id].turns.turn(wait_s, handle):
            with self._guard:
                if model_id in self._loaded:  # it may have been unloaded during the wait
                    self._order.evict(model_id)
            self._drop(model_id)

    def _load(
        self, worker: Worker, spec: LoadSpec, needed_bytes: int, free_bytes: int, handle: Handle | None
    ) -> _Loaded:
        began = time.perf_counter()
        disk = self._config.state_disk_bytes
        # States only get RAM that the model leaves.
        state_bytes = max(0, min(self._config.state_bytes, free_bytes - needed_bytes))
        note_states_bytes = max(0, min(spec.note_states_bytes, free_bytes - needed_bytes - state_bytes))
        info = worker.load(
            msgspec.structs.replace(
                spec,
                state_bytes=state_bytes,
                state_folder=str(home() / "states") if disk else "",
                state_folder_bytes=disk,
                note_states_bytes=note_states_bytes,
            ),
            handle,
        )
        self.load_ms[spec.model_id] = 1000 * (time.perf_counter() - began)
        self.loads[spec.model_id] += 1
        if spec.note_states_bytes and not note_states_bytes:
            info = msgspec.structs.replace(info, no_note_states="the model leaves no RAM for states of notes")
        held_bytes = max(needed_bytes, info.rss_bytes) + state_bytes + note_states_bytes
        loaded = _Loaded(worker, spec, info, held_bytes)
        with self._guard:
            self._loaded[spec.model_id] = loaded
            self._order.use(spec.model_id, self.load_ms[spec.model_id], loaded.size_bytes)
        return loaded

    def _drop(self, model_id: str) -> None:
        """End a model's process, if there is one. The caller must have reserved the model."""
        with self._guard:
            self._loaded.pop(model_id, None)
            self._order.forget(model_id)
        self._workers[model_id].close()


def _leave(worker: Worker) -> None:
    """Kill a worker's process, and let a thread wait for its end; the thread ends with this process."""
    worker.kill()
    threading.Thread(target=worker.close, daemon=True).start()


def _memory(worker: Worker) -> tuple[int, int]:
    """Return a worker's resident memory and its file pages, both in bytes.

    (0, 0) if the process has ended.
    """
    pid = worker.pid
    return (0, 0) if pid is None else memory_of(pid)
