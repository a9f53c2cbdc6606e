"""A client that leaves frees what it held, wherever its request is, streamed or not; who stays loses nothing."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from pump_notes import runtimes
from scripted_model import model
from served import Served, on_a_port

from sanderling.runtime import Runtime
from sanderling.server import answering
from sanderling.server.generation import Generation
from sanderling.server.settings import Settings

LETTERS = 2000
RULES = (
    {"when": "tell slowly", "say": "x" * LETTERS, "token_ms": 10},
    {"when": "read slowly", "say": "x" * LETTERS, "read_ms": 60_000},
    {"when": "quick", "say": "Ada Lind", "token_ms": 20},
    {"when": "storm", "say": "Th", "then": "crash"},
)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("slow")
    with pytest.MonkeyPatch.context() as patch, runtimes(folder, patch) as opens:
        yield opens(model(folder, "small", 1, *RULES, say="Ada Lind"))


@pytest.fixture(scope="module")
def served(slow: Runtime) -> Iterator[Served]:
    with on_a_port(slow, Settings(quiet_s=0.2, max_queue=20)) as found:
        yield found


@pytest.fixture(scope="module")
def http(served: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=served.url, timeout=60, limits=httpx2.Limits(max_connections=50)) as found:
        found.post("/v1/chat/completions", json=asking("Who repairs the feed pump?"))  # loads the model
        yield found


def asking(question: str, **more: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": question}], **more}


def until(true: Callable[[], bool], seconds: float = 20) -> float:
    """Wait until ``true()``; return how long that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds
        time.sleep(0.002)
    return time.monotonic() - began


def begin(served: Served, body: dict[str, object], share: float = 1.0) -> socket.socket:
    """Send a request, or its first part, on a socket of its own."""
    data = json.dumps(body).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    whole = f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data
    found = socket.create_connection(("127.0.0.1", served.port))
    found.sendall(whole[: int(len(whole) * share)])
    return found


def idle(served: Served) -> bool:
    service = served.service
    return not service.generations and not service.runtime.generating and service.queue.waiting == 0


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("point", ["sending", "queued", "reading", "telling", "told"])
def test_a_client_that_leaves_frees_the_model_at_once(served: Served, http: httpx2.Client, stream, point) -> None:
    service = served.service
    until(lambda: idle(served))
    before = [begin(served, asking("Do tell slowly first?"))] if point == "queued" else []
    if before:
        until(lambda: service.runtime.generating)
    held = next(iter(service.generations), None)
    question = "Do read slowly?" if point == "reading" else "Do tell slowly?"
    client = begin(served, asking(question, stream=stream), share=0.9 if point == "sending" else 1.0)
    if point == "queued":
        until(lambda: service.queue.waiting == 1)
    elif point == "reading":
        until(lambda: service.runtime.generating)
    elif point in ("telling", "told"):
        until(lambda: any(len(each.pieces) > (0 if point == "telling" else 20) for each in service.generations))
    running = next((each for each in service.generations if each is not held), None)
    told = len(running.pieces) if running else 0
    client.close()
    if point == "queued":
        until(lambda: service.queue.waiting == 0)
        assert service.runtime.generating
        assert held in service.generations
        assert not held.handle.cancelled
        before[0].close()
    took_s = until(lambda: idle(served))
    assert took_s < 5  # of the 20 s and 60 s that remained
    if point in ("telling", "told"):
        # What the network and the event loop took, in tokens of 10 ms; the engine itself ends within one.
        assert len(running.pieces) - told < LETTERS / 10
    said = http.post("/v1/chat/completions", json=asking("Who repairs the feed pump?"))
    assert said.json()["choices"][0]["message"]["content"] == "Ada Lind"


def test_leaving_while_a_model_is_loaded_leaves_it_loaded_and_free(tmp_path: Path, monkeypatch) -> None:
    with runtimes(tmp_path, monkeypatch) as opens:
        runtime = opens(model(tmp_path, "small", 1, *RULES, say="Ada Lind"))
        with on_a_port(runtime) as served:
            for stream in (False, True):
                client = begin(served, asking("Do tell slowly?", stream=stream))
                until(lambda: bool(served.service.generations))
                client.close()
                until(lambda: idle(served))
                if "small" in runtime._pool.model_ids:
                    runtime._pool.unload("small")


def test_equal_questions_share_one_generation_and_who_leaves_costs_the_others_nothing(
    served: Served, http: httpx2.Client
) -> None:
    service = served.service
    until(lambda: idle(served))
    hold = begin(served, asking("Do tell slowly first?"))
    until(lambda: service.runtime.generating)
    body = asking("quick: who repairs the feed pump?")
    leaver = begin(served, body)
    until(lambda: service.queue.waiting == 1)
    answers: list[httpx2.Response] = []
    threads = [
        threading.Thread(
            target=lambda stream=stream: answers.append(
                httpx2.post(f"{served.url}/v1/chat/completions", json={**body, "stream": stream}, timeout=60)
            )
        )
        for stream in (False, True, False)
    ]
    for thread in threads:
        thread.start()
    until(lambda: any(each.listeners == 4 for each in service.generations))
    assert service.queue.waiting == 1
    leaver.close()
    until(lambda: any(each.listeners == 3 for each in service.generations))
    hold.close()
    for thread in threads:
        thread.join(30)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 1
    assert sum("Ada Lind" in answer.text for answer in answers) >= 2
    # Questions that want an answer of their own, or ask otherwise, do not share.
    alone = [http.post("/v1/chat/completions", json={**body, "sanderling": {"cache": False}}) for _ in range(2)]
    assert len({answer.headers["x-request-id"] for answer in alone}) == 2


def test_a_stream_that_is_silent_says_that_it_lives(served: Served) -> None:
    with (
        httpx2.Client(base_url=served.url, timeout=30) as client,
        client.stream("POST", "/v1/chat/completions", json=asking("Do read slowly now?", stream=True)) as response,
    ):
        assert response.status_code == 200
        lines = response.iter_lines()
        assert next(lines).startswith(": ")
    until(lambda: idle(served))


def test_a_worker_that_dies_with_eight_waiting_costs_one(served: Served, http: httpx2.Client) -> None:
    until(lambda: idle(served))
    results: list[int] = []

    def ask(at: int) -> None:
        body = asking(f"quick {at}: who repairs the feed pump?")
        results.append(httpx2.post(f"{served.url}/v1/chat/completions", json=body, timeout=60).status_code)

    hold = begin(served, asking("Do tell slowly?"))
    until(lambda: served.service.runtime.generating)
    threads = [threading.Thread(target=ask, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: served.service.queue.waiting == 8)
    served.service.runtime._pool._workers["small"].kill()
    assert b" 500 " in hold.recv(100)
    hold.close()
    for thread in threads:
        thread.join(60)
    assert results == [200] * 8


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Python looks for no cycles meanwhile, so that an object in one stays."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def alive() -> int:
    return sum(isinstance(each, Generation) for each in gc.get_objects())


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("question", "status"), [("Is it quick?", 200), ("Is there a storm?", 500), ("?" * 20_000, 400), ("", None)]
)
def test_nothing_of_an_answer_is_left_in_a_cycle(
    served: Served, http: httpx2.Client, no_collection: None, question: str, status: int | None, stream: bool
) -> None:
    """However it ends: with a text, a worker's death, an error of the client's, or a client that leaves (None)."""
    until(lambda: idle(served))
    before = alive()
    if status is None:
        held = begin(served, asking("Do tell slowly first?"))
        until(lambda: served.service.runtime.generating)
        left = begin(served, asking("Do tell slowly?", stream=stream))
        until(lambda: served.service.queue.waiting == 1)
        left.close()
        held.close()
    else:
        reply = http.post("/v1/chat/completions", json=asking(question, stream=stream))
        assert reply.status_code in {status, 200 if stream else status}  # a stream may have begun before it fails
    until(lambda: idle(served) and alive() <= before, 10)


@pytest.mark.parametrize("steps", range(5))
def test_a_client_that_leaves_as_news_come_is_not_overlooked(steps: int) -> None:
    async def lost() -> bool:
        news = asyncio.Event()
        waiting = asyncio.ensure_future(answering._within(news.wait(), 60.0))
        await asyncio.sleep(0.01)
        news.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        with suppress(asyncio.CancelledError):
            return waiting.cancel() and await waiting
        return False

    assert not asyncio.run(lost())
