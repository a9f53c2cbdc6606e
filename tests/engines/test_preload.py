"""A model begun ahead is the one that answers, or leaves nothing behind; what fails fails again in the question."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from sanderling import child_process
from sanderling.config import Config
from sanderling.engines import generate_all
from sanderling.engines.model_pool import ModelPool
from sanderling.engines.preload import Preload
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.engines.scripted import Rule, Script
from sanderling.errors import Cancelled, ModelUnavailable, OutOfMemory
from sanderling.records import Sampling
from sanderling.request.handle import Handle

Started = list["subprocess.Popen[bytes]"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """The worker processes that were started."""
    found: Started = []
    server = child_process.server

    def noted(module: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        found.append(server(module, environment))
        return found[-1]

    monkeypatch.setattr(child_process, "server", noted)
    return found


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Processes in the place of workers that never answer."""
    found: Started = []

    def sleeping(_module: str, _environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        code = "import time; time.sleep(600)"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        found.append(subprocess.Popen([sys.executable, "-c", code], bufsize=0, **pipes))
        return found[-1]

    monkeypatch.setattr(child_process, "server", sleeping)
    return found


@pytest.fixture
def pool() -> Iterator[ModelPool]:
    pool = ModelPool("scripted", Config(state_bytes=0, queue_timeout_s=0.0))
    yield pool
    pool.close()


@pytest.fixture
def spec(tmp_path: Path):
    path = tmp_path / "script.json"
    path.write_bytes(msgspec.json.encode(Script(rules=(Rule(say="fine"),))))
    return lambda name: LoadSpec(model_id=name, path=str(path), n_ctx=512, n_threads=1, n_threads_prefill=1)


def answer(pool: ModelPool, spec: LoadSpec) -> str:
    with pool.turn(spec.model_id):  # as a draft does, with no wait allowed by the configuration
        worker, _ = pool.worker(spec)
        request = GenerateRequest(prompt_ids=tuple(worker.tokenize("x")), max_tokens=9, sampling=Sampling())
        return generate_all(worker, request).text


def test_the_question_finds_the_model_that_was_begun(pool: ModelPool, spec, started: Started) -> None:
    pool.preload(spec("a"), 0)
    assert answer(pool, spec("a")) == "fine"
    assert answer(pool, spec("a")) == "fine"
    assert len(started) == 1
    assert answer(pool, spec("b")) == "fine"
    assert pool.model_ids == ("a", "b")


def test_another_model_ends_the_one_that_was_loaded(pool: ModelPool, spec, started: Started) -> None:
    pool.preload(spec("a"), 0)
    assert answer(pool, spec("b")) == "fine"
    assert pool.model_ids == ("b",)
    assert [process.poll() is None for process in started][-1]
    assert all(process.poll() is not None for process in started[:-1])
    assert answer(pool, spec("a")) == "fine"


def test_another_model_does_not_wait_for_the_one_that_loads(
    pool: ModelPool, spec, silent: Started, monkeypatch
) -> None:
    pool.preload(spec("a"), 0)
    while not silent:
        pass
    monkeypatch.undo()
    assert answer(pool, spec("b")) == "fine"
    assert silent[0].poll() is not None
    assert pool.model_ids == ("b",)


def test_closing_ends_the_one_that_loads(pool: ModelPool, spec, silent: Started) -> None:
    pool.preload(spec("a"), 0)
    while not silent:
        pass
    pool.close()
    assert silent[0].poll() is not None


def test_closing_at_once_leaves_no_process(pool: ModelPool, spec, started: Started) -> None:
    pool.preload(spec("a"), 0)
    pool.close()
    assert all(process.poll() is not None for process in started)


def test_a_cancelled_question_does_not_wait(pool: ModelPool, spec, silent: Started) -> None:
    pool.preload(spec("a"), 0)
    handle = Handle()
    threading.Timer(0.05, handle.cancel).start()
    with pytest.raises(Cancelled):
        pool.settle("a", handle)


def test_an_error_is_the_questions_as_without_it(pool: ModelPool, spec) -> None:
    broken = msgspec.structs.replace(spec("a"), path=__file__)
    pool.preload(broken, 0)
    with pytest.raises(ModelUnavailable, match="is not a script"):
        answer(pool, broken)
    assert pool.model_ids == ()


def test_what_does_not_fit_is_not_begun(pool: ModelPool, spec, started: Started) -> None:
    pool.preload(spec("a"), 1 << 60)
    with pytest.raises(OutOfMemory):
        pool.worker(spec("a"), 1 << 60)
    assert started == []


def test_memory_of_the_one_that_loads_counts_as_room(pool: ModelPool, spec, silent: Started, monkeypatch) -> None:
    monkeypatch.setattr("sanderling.engines.model_pool.available_ram_bytes", lambda: 1000)
    monkeypatch.setattr("sanderling.engines.model_pool.memory_of", lambda pid: (700, 200))
    assert pool.room_bytes() == 1000
    pool.preload(spec("a"), 0)
    while not silent:
        pass
    assert pool.room_bytes() == 1500


def test_giving_up_kills_what_is_started_late() -> None:
    """The process of a worker appears some time after its thread began."""
    killed, ended = [], threading.Event()

    def kill() -> None:
        killed.append(len(killed))
        if len(killed) == 3:
            ended.set()

    Preload("a", ended.wait, kill).give_up()
    assert len(killed) == 3


def test_nothing_is_begun_beside_a_loaded_model_or_another_loading(pool: ModelPool, spec, started: Started) -> None:
    pool.preload(spec("a"), 0)
    pool.preload(spec("b"), 0)
    assert answer(pool, spec("a")) == "fine"
    pool.preload(spec("b"), 0)
    assert pool.model_ids == ("a",)
    assert len(started) == 1
