"""The endpoint ``/mcp`` for the Model Context Protocol."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from ...errors import MissingExtra
from ..refusal import refusal_of
from ..service import Service

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH = "/mcp"


class McpDoor:
    """An ASGI application that answers MCP requests.

    It creates the SDK's server at the first request, in a thread, because the import is slow.
    """

    def __init__(self, service: Service) -> None:
        """``service``: the service whose tools are offered."""
        self._service = service
        self._opening: asyncio.Task[StreamableHTTPSessionManager] | None = None
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an MCP request, or name the missing extra."""
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.create_task(self._open())
        try:
            manager = await asyncio.shield(self._opening)
        except MissingExtra as error:
            await refusal_of(error).response()(scope, receive, send)
            return
        await manager.handle_request(scope, receive, send)

    async def _open(self) -> StreamableHTTPSessionManager:
        manager = await self._service.read(lambda: _manager(self._service))
        began = asyncio.Event()

        async def run() -> None:
            async with manager.run():
                began.set()
                await asyncio.Event().wait()  # until the event loop ends, which cancels it

        self._running = asyncio.create_task(run())
        await began.wait()
        return manager


def _manager(service: Service) -> StreamableHTTPSessionManager:
    try:
        from .build import server_of
    except ModuleNotFoundError as error:
        raise MissingExtra("the Model Context Protocol", "mcp") from error
    from mcp.server.transport_security import TransportSecuritySettings

    server = server_of(service)
    # Host, Origin, key and size were looked at before, by the rules of all routes. Without sessions nothing is kept of
    # a client between two requests.
    server.streamable_http_app(
        stateless_http=True,
        max_request_body_size=service.settings.max_body_bytes,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return server.session_manager
