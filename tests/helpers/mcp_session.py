"""Sessions of the MCP SDK's real client, over HTTP and over stdin and stdout, in either protocol era."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
from scripted_command import command, environment
from served import Served

Use = Callable[[Any], Awaitable[Any]]
KEY = "sk-of-the-tests"


def over_http(served: Served, mode: str, use: Use) -> Any:
    """Run ``use`` with a client of the service in ``mode``."""
    from mcp.client import Client
    from mcp.client.streamable_http import streamable_http_client

    async def run() -> Any:
        async with (
            httpx2.AsyncClient(headers={"authorization": f"Bearer {KEY}"}, timeout=60) as http,
            Client(streamable_http_client(f"{served.url}/mcp", http_client=http), mode=mode) as client,
        ):
            return await use(client)

    return asyncio.run(run())


def over_stdio(folder: Path, mode: str, use: Use) -> Any:
    """Run ``use`` with a client of ``sanderling mcp``, a process that it starts, in ``mode``."""
    from hash_embedder import HashEmbedder
    from mcp.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    from sanderling.memory import Memory

    with Memory.open(folder / "m.sanderling", HashEmbedder()) as memory:
        memory.add("# Pump\n\nThe feed pump is repaired by Ada Lind.", uri=str(folder / "pump.md"))
    words = command(folder, "mcp", "--model", "small", "-m", str(folder / "m.sanderling"))
    parameters = StdioServerParameters(command=words[0], args=words[1:], env=environment(folder))

    async def run() -> Any:
        async with Client(stdio_client(parameters), mode=mode) as client:
            return await use(client)

    return asyncio.run(run())
