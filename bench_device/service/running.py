"""Runs a service in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from ...runtime import Runtime
from ...server import tcp
from ...server.admission import Priority
from ...server.app import application
from ...server.generation import Generation, Work
from ...server.http_server import HttpServer
from ...server.service import Service
from ...server.settings import Settings

T = TypeVar("T")


class RecordingService(Service):
    """A service that records the generation begun most recently."""

    latest: Generation[Any] | None = None

    def generate(
        self, work: Work[T], client: str, priority: Priority = "interactive", key: bytes | None = None
    ) -> Generation[T]:
        """Begin ``work`` as a service does, and record the generation."""
        self.latest = begun = super().generate(work, client, priority, key)
        return begun


class Running(NamedTuple):
    """A running service and its port on 127.0.0.1."""

    service: RecordingService
    port: int


@contextmanager
def running(runtime: Runtime, settings: Settings) -> Iterator[Running]:
    """Serve ``runtime`` during the block."""
    service, begun = RecordingService(runtime, settings), threading.Event()
    with tcp.listen("127.0.0.1", 0, settings) as listener:
        server = HttpServer(application(service), idle_s=service.idle_s, idle_exit_s=None, started=begun.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="service", daemon=True)
        thread.start()
        begun.wait(30)
        try:
            yield Running(service, listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(30)
            service.close()
