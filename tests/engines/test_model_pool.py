from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from sanderling import child_process
from sanderling.config import Config
from sanderling.engines import generate_all, model_pool
from sanderling.engines.model_pool import ModelPool
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.engines.scripted import Rule, Script
from sanderling.errors import ModelUnavailable, OutOfMemory, WorkerDied
from sanderling.records import Sampling

LARGE = 1 << 40


@pytest.fixture
def spec(tmp_path: Path):
    path = tmp_path / "script.json"
    path.write_bytes(msgspec.json.encode(Script(rules=(Rule(say="fine"),))))

    def build(name: str, n_ctx: int = 512) -> LoadSpec:
        return LoadSpec(model_id=name, path=str(path), n_ctx=n_ctx, n_threads=1, n_threads_prefill=1)

    return build


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelPool]:
    """A device on which 4 TiB may be taken by models, whatever the processes of this test really hold."""
    monkeypatch.setattr(model_pool, "available_ram_bytes", lambda: 8 * LARGE)
    held = ModelPool("scripted", Config(resident_bytes=4 * LARGE, state_bytes=0))
    yield held
    held.close()


def answer(held: ModelPool, spec: LoadSpec, needed: int) -> str:
    worker, _ = held.worker(spec, needed)
    ids = tuple(worker.tokenize("hello"))
    return generate_all(worker, GenerateRequest(prompt_ids=ids, max_tokens=9, sampling=Sampling())).text


def test_a_pool_that_does_not_wait_leaves_no_process_behind(spec, monkeypatch) -> None:
    closed, ended = threading.Event(), child_process.ended

    def slowly(process, timeout_s):
        assert closed.wait(20), "close() waited for the end of the process"
        return ended(process, timeout_s)

    monkeypatch.setattr(child_process, "ended", slowly)
    pool = ModelPool("scripted")
    worker, _ = pool.worker(spec("a"))
    pid = worker.pid
    pool.close(wait=False)
    closed.set()
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid):  # killed, and collected by the thread
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_models_stay_while_they_fit_the_budget(held, spec) -> None:
    for _ in range(2):
        for name in ("a", "b", "c"):
            assert answer(held, spec(name), LARGE) == "fine"
    assert held.model_ids == ("a", "b", "c")
    assert len({held.worker(spec(name), LARGE)[0].pid for name in held.model_ids}) == 3


def test_the_one_that_is_cheapest_to_have_again_makes_room(held, spec) -> None:
    for name in ("a", "b", "c"):
        held.worker(spec(name), LARGE)
    held.load_ms.update(a=500.0, b=20.0, c=500.0)
    for name in ("a", "b", "c"):
        held.worker(spec(name), LARGE)
    held.worker(spec("d"), 2 * LARGE)
    assert held.model_ids == ("a", "c", "d")
    assert held.load_ms.keys() == {"a", "b", "c", "d"}


def test_as_many_go_as_must(held, spec) -> None:
    for name in ("a", "b", "c"):
        held.worker(spec(name), LARGE)
    held.worker(spec("large"), 4 * LARGE)
    assert held.model_ids == ("large",)


def test_what_does_not_fit_alone_is_refused_with_numbers(held, spec) -> None:
    with pytest.raises(OutOfMemory, match=r"huge needs 5\d{3}\.\d+ GB and 4398\.05 GB may be taken.*resident_bytes"):
        held.worker(spec("huge"), 5 * LARGE)
    assert answer(held, spec("a"), LARGE) == "fine"


def test_without_a_configured_budget_it_is_what_is_available(monkeypatch, spec) -> None:
    monkeypatch.setattr(model_pool, "available_ram_bytes", lambda: LARGE)
    held = ModelPool("scripted")
    assert held.room_bytes() >= LARGE
    with pytest.raises(OutOfMemory):
        held.worker(spec("a"), 2 * LARGE)
    held.worker(spec("a"), LARGE // 2)
    held.close()


def test_states_get_what_the_models_leave(held, spec) -> None:
    held._config = Config(resident_bytes=2 * LARGE, state_bytes=3 * LARGE // 2)
    granted = held.worker(spec("a"), LARGE)[0]._spec
    assert granted is not None
    assert granted.state_bytes == LARGE
    assert held.worker(spec("b"), LARGE)[0]._spec.state_bytes == LARGE
    assert held.model_ids == ("b",)


def test_other_settings_load_the_model_again(held, spec) -> None:
    first = held.worker(spec("a"), LARGE)[0].pid
    assert held.worker(spec("a"), LARGE)[0].pid == first
    assert held.worker(spec("a", n_ctx=1024), LARGE)[0].pid != first
    assert held.model_ids == ("a",)


def test_a_worker_the_system_ended_is_loaded_again_within_the_budget(held, spec) -> None:
    held.worker(spec("a"), LARGE)
    worker, _ = held.worker(spec("b"), LARGE)
    os.kill(worker.pid, signal.SIGKILL)
    while worker.pid is not None:
        time.sleep(0.01)
    # Less is left than before, which is why it was ended: the other model has to go.
    held._config = Config(resident_bytes=LARGE + LARGE // 2)
    assert answer(held, spec("b"), LARGE) == "fine"
    assert held.model_ids == ("b",)


def test_a_model_that_falls_silent_is_ended_after_the_configured_time(tmp_path: Path, spec) -> None:
    path = tmp_path / "silent.json"
    path.write_bytes(msgspec.json.encode(Script(rules=(Rule(when="hang", say="a", then="hang"), Rule(say="fine")))))
    silent = msgspec.structs.replace(spec("a"), path=str(path))
    held = ModelPool("scripted", Config(stall_timeout_s=0.5))
    worker, _ = held.worker(silent)
    request = GenerateRequest(prompt_ids=tuple(worker.tokenize("hang")), max_tokens=9, sampling=Sampling())
    with pytest.raises(WorkerDied, match=r"a was silent for 0\.5 s and was ended.*the next one starts a new worker"):
        generate_all(worker, request)
    assert answer(held, silent, 0) == "fine"
    held.close()


def test_a_load_that_fails_leaves_nothing_behind(held, spec) -> None:
    with pytest.raises(ModelUnavailable):
        held.worker(msgspec.structs.replace(spec("a"), path=__file__), LARGE)
    assert held.model_ids == ()
    assert not held.generating
    assert not held.cancel()


def test_a_model_is_loaded_while_another_generates(held, spec) -> None:
    worker, _ = held.worker(spec("a"), LARGE)
    ids = tuple(worker.tokenize("hello"))
    stream = worker.generate(GenerateRequest(prompt_ids=ids, max_tokens=9, sampling=Sampling()))
    next(stream)
    other = threading.Thread(target=held.worker, args=(spec("b"), LARGE))
    other.start()
    other.join(30)
    assert held.model_ids == ("a", "b")
    assert worker.streaming
    stream.close()
