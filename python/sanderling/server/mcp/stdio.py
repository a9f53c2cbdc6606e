"""Serves the Model Context Protocol on stdin and stdout.

For clients that start their servers themselves.
"""

from __future__ import annotations

import asyncio

from ...runtime import Runtime
from ..service import Service
from ..settings import Settings


def serve(runtime: Runtime, settings: Settings) -> None:
    """Answer one client until it closes stdin. No socket is opened."""
    asyncio.run(_serve(runtime, settings))


async def _serve(runtime: Runtime, settings: Settings) -> None:
    from .build import server_of

    service = Service(runtime, settings)
    try:
        await server_of(service).run_stdio_async()
    finally:
        service.close()
