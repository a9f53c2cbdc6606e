"""The models that are loaded now: as many as fit a budget of bytes, each in a worker process of its own.

When another one needs the room, the resident model goes first whose loading would cost least for the bytes it takes, or
that was used longest ago (:mod:`.greedy_dual`). The budget is the configured one, or else what the system says is
available; pages of a model's mapped file count as taken, although the system would call them available, because a model
whose pages are given to another reads them from disk at every token.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import msgspec
import psutil

from .. import config as settings
from ..config import Config
from ..device import available_ram_bytes
from ..errors import OutOfMemory
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


class Resident:
    """Holds workers by model. Not thread-safe, except for :meth:`cancel`."""

    def __init__(self, engine: EngineName, config: Config | None = None) -> None:
        """Hold nothing yet. ``engine``: a name :func:`sanderling.engines.start` takes.

        ``config`` None: no states are kept beyond the last prompt's, which is what measuring wants.
        """
        self._engine, self._config = engine, config or Config(state_bytes=0)
        self._loaded: dict[str, _Loaded] = {}
        self._order: GreedyDual[str] = GreedyDual()
        self.load_ms: dict[str, float] = {}
        """What loading last cost, by model; also of models that are no longer resident."""

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The resident models."""
        return tuple(self._loaded)

    @property
    def engine_name(self) -> str:
        """Name and version of the engine, known once a model is resident; empty before."""
        return next((loaded.info.engine for loaded in self._loaded.values()), "")

    def worker(self, spec: LoadSpec, needed_bytes: int = 0) -> tuple[Worker, ModelInfo]:
        """Return the worker that holds ``spec``, loading it first if it is not resident or its process has ended.

        ``needed_bytes``: what it will take; 0: not known, then nothing makes room for it. Raises OutOfMemory when it
        does not fit by itself, and what :meth:`Worker.load` raises.
        """
        found = self._loaded.get(spec.model_id)
        if found is None or found.spec != spec or found.worker.pid is None:
            # A process that ended may have been ended for want of memory, so this one takes its place in line again.
            self._drop(spec.model_id)
            free = self._make_room(spec.model_id, needed_bytes)
            found = self._load(spec, needed_bytes, free)
        self._order.use(spec.model_id, self.load_ms[spec.model_id], found.size_bytes)
        return found.worker, found.info

    def room_bytes(self) -> int:
        """What one model could take if it were alone."""
        held = [_memory(loaded.worker) for loaded in self._loaded.values()]
        alone = available_ram_bytes() + sum(rss - file for rss, file in held)
        return alone if self._config.resident_bytes is None else min(self._config.resident_bytes, alone)

    @property
    def generating(self) -> bool:
        """Whether a generation is running."""
        return any(loaded.worker.streaming for loaded in list(self._loaded.values()))

    def cancel(self) -> bool:
        """End the generation that is running, within a token; return whether there was one. For any thread."""
        streaming = [loaded.worker for loaded in list(self._loaded.values()) if loaded.worker.streaming]
        for worker in streaming:
            worker.cancel()
        return bool(streaming)

    def close(self) -> None:
        """End all workers and free their memory."""
        for model_id in self.model_ids:
            self._drop(model_id)

    def _free_bytes(self) -> int:
        held = [_memory(loaded.worker) for loaded in self._loaded.values()]
        free = available_ram_bytes() - sum(file for _, file in held)
        if self._config.resident_bytes is not None:
            free = min(free, self._config.resident_bytes - sum(loaded.size_bytes for loaded in self._loaded.values()))
        return free

    def _make_room(self, model_id: str, needed_bytes: int) -> int:
        """End others until a model fits; return the bytes that may be taken then."""
        while needed_bytes > (free := self._free_bytes()):
            if not self._loaded:
                raise OutOfMemory(
                    f"{model_id} needs {needed_bytes / 1e9:.2f} GB and {max(0, free) / 1e9:.2f} GB may be taken: "
                    "free memory, raise resident_bytes in config.toml, or choose a smaller model"
                )
            least = self._order.least()
            self._order.evict(least)
            self._drop(least)
        return free

    def _load(self, spec: LoadSpec, needed_bytes: int, free_bytes: int) -> _Loaded:
        began = time.perf_counter()
        worker = start(self._engine, stall_timeout_s=self._config.stall_timeout_s)
        disk = self._config.state_disk_bytes
        # States are worth RAM that is left, not that of a model.
        state_bytes = max(0, min(self._config.state_bytes, free_bytes - needed_bytes))
        info = worker.load(
            msgspec.structs.replace(
                spec,
                state_bytes=state_bytes,
                state_folder=str(settings.home() / "states") if disk else "",
                state_folder_bytes=disk,
            )
        )
        self.load_ms[spec.model_id] = 1000 * (time.perf_counter() - began)
        loaded = _Loaded(worker, spec, info, max(needed_bytes, info.rss_bytes) + state_bytes)
        self._loaded[spec.model_id] = loaded
        return loaded

    def _drop(self, model_id: str) -> None:
        found = self._loaded.pop(model_id, None)
        if found is not None:
            self._order.forget(model_id)
            found.worker.close()


def _memory(worker: Worker) -> tuple[int, int]:
    """Resident bytes of a worker, and those of them that are pages of files; zeros for one that has ended."""
    try:
        if worker.pid is None:
            return 0, 0
        memory = psutil.Process(worker.pid).memory_info()
    except psutil.Error:
        return 0, 0  # it ended just now
    return memory.rss, min(memory.rss, getattr(memory, "shared", 0))  # macOS does not tell them apart
