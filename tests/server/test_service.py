"""Two hundred clients at once: none is lost, and none waits longer than two rounds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from pump_notes import Opens, runtimes
from served import on_a_port

from sanderling.server.settings import Settings

CLIENTS = 200
GREEDY = 240
"""Questions of the one that asks most."""


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def test_two_hundred_clients_are_all_answered_in_turn(open_runtime) -> None:
    """One of them asks more than all others together and before them; nobody waits longer than two rounds."""
    waits: dict[int, list[int]] = {client: [] for client in range(CLIENTS)}
    done = 0

    async def ask(http: httpx2.AsyncClient, client: int, turn: int) -> None:
        nonlocal done
        message = {"role": "user", "content": f"Who repairs the feed pump number {client} in turn {turn}?"}
        body = {"messages": [message], "user": str(client), "stream": client % 2 == 0}
        before = done
        response = await http.post("/v1/chat/completions", json=body)
        assert (response.status_code, "A" in response.text) == (200, True)
        done += 1
        waits[client].append(done - before)  # answers that went to anybody, its own included

    async def everybody(url: str) -> None:
        limits = httpx2.Limits(max_connections=GREEDY + CLIENTS, max_keepalive_connections=GREEDY + CLIENTS)
        async with httpx2.AsyncClient(base_url=url, timeout=110, limits=limits) as http:
            greedy = [asyncio.ensure_future(ask(http, 0, turn)) for turn in range(GREEDY)]
            while served.service.queue.waiting < GREEDY - 5 and not any(each.done() for each in greedy):
                await asyncio.sleep(0.005)
            await asyncio.gather(*greedy, *(ask(http, client, 0) for client in range(1, CLIENTS)))

    settings = Settings(max_queue=GREEDY + CLIENTS, max_wait_s=100)
    with on_a_port(open_runtime(), settings) as served:
        asyncio.run(everybody(served.url))
        assert [len(each) for each in waits.values()] == [GREEDY] + [1] * (CLIENTS - 1)
        # First come, first served would let the last wait for all that the first asked.
        assert max(max(each) for client, each in waits.items() if client) <= 2 * CLIENTS < GREEDY + CLIENTS
        assert served.service.queue.waiting == 0
        assert served.service.generations == set()


def test_a_full_queue_refuses_the_rest_and_openai_would_come_back(open_runtime) -> None:
    async def everybody(url: str) -> list[httpx2.Response]:
        limits = httpx2.Limits(max_connections=40)
        async with httpx2.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
            messages = [[{"role": "user", "content": f"Who repairs pump number {at}?"}] for at in range(40)]
            posts = (http.post("/v1/chat/completions", json={"messages": each}) for each in messages)
            return await asyncio.gather(*posts)

    with on_a_port(open_runtime(), Settings(max_queue=4)) as served:
        responses = asyncio.run(everybody(served.url))
    refused = [response for response in responses if response.status_code == 503]
    assert len(refused) >= 1
    assert len(refused) + sum(response.status_code == 200 for response in responses) == 40
    for response in refused:
        assert response.json()["error"]["code"] == "queue_full"
        assert response.headers["x-should-retry"] == "true"
        assert int(response.headers["retry-after"]) >= 1


def test_a_service_that_ends_reads_no_further_file(open_runtime: Opens, tmp_path: Path) -> None:
    for name in ("winch.md", "rope.md"):
        (tmp_path / name).write_text(f"# {name}\n\nThe {name} is on the deck.")
    with on_a_port(open_runtime()) as served:
        before = httpx2.get(f"{served.url}/v1/memory/stats").json()["documents"]
        served.service.end()
        reply = httpx2.post(f"{served.url}/v1/memory/ingest", json={"paths": [str(tmp_path)]}, timeout=30)
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "service_ended")
        assert httpx2.get(f"{served.url}/v1/memory/stats").json()["documents"] < before + 2
