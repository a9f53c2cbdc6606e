"""A service over a runtime: as an application in this process, and on a real port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient

from sanderling.runtime import Runtime
from sanderling.server.app import application
from sanderling.server.connection import Connection
from sanderling.server.service import Service
from sanderling.server.settings import Settings


@contextmanager
def client(runtime: Runtime, settings: Settings | None = None, **options: Any) -> Iterator[TestClient]:
    """A client that calls the application without a socket."""
    service = Service(runtime, settings or Settings())
    try:
        with TestClient(
            application(service), base_url="http://127.0.0.1:8737", raise_server_exceptions=False, **options
        ) as found:
            yield found
    finally:
        service.close()


class Served:
    """A service on a port of this machine."""

    def __init__(self, service: Service, host: str, port: int) -> None:
        self.service, self.port = service, port
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def on_a_port(
    runtime: Runtime, settings: Settings | None = None, host: str = "127.0.0.1", **uvicorn_options: Any
) -> Iterator[Served]:
    """Run uvicorn in a thread, on a free port."""
    import uvicorn

    service = Service(runtime, settings or Settings())
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    config = uvicorn.Config(
        application(service),
        log_config=None,
        proxy_headers=False,
        access_log=False,
        ws="none",
        http=Connection,
        **uvicorn_options,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    try:
        yield Served(service, host, listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        service.close()
