"""Starts and stops a service with its sockets and its watched folder.

One process serves one memory: a lock beside the Unix socket keeps a second one away.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..disk.filelock import locked
from ..errors import SanderlingError, UsageError
from ..memory.ingest.watch import Batch, Watch
from ..runtime import Runtime
from . import address, tcp
from .app import application
from .http_server import GRACE_S, HttpServer
from .idle_tuning import tuning
from .service import Service
from .settings import Settings

log = logging.getLogger(__name__)


class Listening(NamedTuple):
    """The addresses at which a service can be reached."""

    url: str
    """URL for TCP; empty if the service does not listen on TCP."""
    unix: Path


def run(
    runtime: Runtime,
    settings: Settings,
    *,
    memory: Path,
    host: str = "127.0.0.1",
    port: int | None = 0,
    idle_exit_s: float | None = None,
    watch: Watch | None = None,
    tune_when_idle: bool = False,
    on_batch: Callable[[Batch], None] = lambda batch: None,
    on_start: Callable[[Listening], None] = lambda listening: None,
) -> None:
    """Serve until a signal comes or the service has been idle for ``idle_exit_s`` seconds.

    ``idle_exit_s``: None: no such limit. ``port`` None: only on the Unix socket. ``watch``: follows a folder meanwhile,
    and ``on_batch`` is called with what it took in. ``tune_when_idle``: see :mod:`~sanderling.server.idle_tuning`.
    ``on_start``: called once the service can be reached. Raises UsageError when it cannot be.
    """
    with contextlib.ExitStack() as ends:
        ends.enter_context(_alone(memory))
        sockets, url = [], ""
        if port is not None:
            sockets.append(tcp.listen(host, port, settings))
            ends.callback(sockets[0].close)
            url = tcp.url_of(sockets[0])
        listener, path = address.listen(memory)
        sockets.append(listener)
        ends.callback(path.unlink, missing_ok=True)
        ends.callback(listener.close)
        service = Service(runtime, settings)
        ends.callback(service.close)
        server = HttpServer(
            application(service),
            idle_s=service.idle_s,
            idle_exit_s=idle_exit_s,
            started=lambda: on_start(Listening(url, path)),
            ending=service.end,
        )
        ends.enter_context(_following(watch, on_batch))
        ends.enter_context(tuning(service, memory, on=tune_when_idle))
        server.run(sockets=sockets)


@contextlib.contextmanager
def _alone(memory: Path) -> Iterator[None]:
    """Prevent other services from using a memory during the block. Raises UsageError if one does already."""
    failed: OSError | None = None
    for path in address.socket_paths(memory):
        lock = path.with_name(f"{path.name}.lock")
        with contextlib.ExitStack() as held:
            try:
                lock.parent.mkdir(0o700, exist_ok=True)
                held.enter_context(locked(lock, wait=False))
            except BlockingIOError:
                raise UsageError(f"a service runs for {memory} already, on {path}: end it, or ask it") from None
            except OSError as error:
                failed = error
                continue
            yield
            return
    raise UsageError(f"no Unix socket can be made for {memory}: {failed or 'its path is too long'}")


@contextlib.contextmanager
def _following(watch: Watch | None, on_batch: Callable[[Batch], None]) -> Iterator[None]:
    if watch is None:
        yield
        return

    def follow(watch: Watch) -> None:
        try:
            for batch in watch.run():
                on_batch(batch)
        except SanderlingError as error:
            log.warning("%s is not followed any more: %s", watch.root, error)

    thread = threading.Thread(target=follow, args=(watch,), name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.stop.set()
        thread.join(GRACE_S)
