"""Asks `/mcp` with the MCP SDK's own client, in both eras of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from checking import KEY, QUESTION, TOLD, URL, check, expect, run
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

ERAS = ("auto", "legacy")


def each_era(use: Callable[[Any], Awaitable[None]]) -> str:
    """Run ``use`` with a client of each protocol era, and return the eras."""

    async def one(mode: str) -> None:
        headers = {"authorization": f"Bearer {KEY}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=300) as http,
            Client(streamable_http_client(f"{URL}/mcp", http_client=http), mode=mode) as client,
        ):
            await use(client)

    for mode in ERAS:
        asyncio.run(one(mode))
    return f"modes {', '.join(ERAS)}"


@check("MCP: search and fetch")
def search() -> str:
    """Search the notes, then fetch the first one whole and as a resource."""

    async def use(client: Any) -> None:
        found = (await client.call_tool("search", {"query": QUESTION})).structured_content["results"]
        fetched = (await client.call_tool("fetch", {"id": found[0]["id"]})).structured_content
        expect(TOLD in fetched["text"], fetched)
        resource = await client.read_resource(f"note://{found[0]['id']}")
        expect(resource.contents[0].text == fetched["text"], resource)

    return each_era(use)


@check("MCP: ask")
def ask() -> str:
    """Ask a question, and look for its sources."""

    async def use(client: Any) -> None:
        answer = (await client.call_tool("ask", {"question": QUESTION})).structured_content
        expect(answer["text"] and answer["sources"] and answer["left_device"] is False, answer)

    return each_era(use)


@check("MCP: remember and forget")
def remember() -> str:
    """Write a note, find it, and forget it."""

    async def use(client: Any) -> None:
        note = (
            await client.call_tool("remember", {"text": "The spare key hangs behind the chart."})
        ).structured_content
        found = (await client.call_tool("search", {"query": "spare key"})).structured_content["results"]
        expect(note["id"] in [each["id"] for each in found], found)
        await client.call_tool("forget", {"id": note["id"]})
        expect((await client.call_tool("fetch", {"id": note["id"]})).is_error, note)

    return each_era(use)


@check("errors")
def errors() -> None:
    """Call a tool wrongly, and look for words that a model can act on."""

    async def use(client: Any) -> None:
        wrong = await client.call_tool("fetch", {"id": "no-such-note"})
        expect(wrong.is_error and "no-such-note" in wrong.content[0].text, wrong)

    each_era(use)


if __name__ == "__main__":
    run("mcp")
