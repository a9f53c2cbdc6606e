from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from sanderling.engines import Worker, frames, serve, waiting, xllamacpp
from sanderling.engines.llama_api import LlamaApi
from sanderling.engines.protocol import LoadSpec


def test_the_users_own_choice_stays() -> None:
    assert waiting.environment({"OMP_WAIT_POLICY": "active"}) == {}
    assert waiting.environment({"GOMP_SPINCOUNT": "7"}) == {}
    ours = waiting.environment({})
    assert int(ours["GOMP_SPINCOUNT"]) == waiting.SPIN_TURNS
    assert "KMP_BLOCKTIME" not in waiting.environment({"KMP_BLOCKTIME": "5"})


@pytest.mark.parametrize(
    ("engine", "functions", "given", "found"),
    [
        ("xllamacpp 1", ["GOMP_parallel"], {}, "sleeping"),
        ("llama_cpp 1", ["GOMP_parallel", "kmp_set_blocktime"], {}, "sleeping"),
        ("xllamacpp 1", ["GOMP_parallel"], {"OMP_WAIT_POLICY": "ACTIVE"}, "spinning"),
        ("xllamacpp 1", ["GOMP_parallel"], {"GOMP_SPINCOUNT": "infinity"}, "spinning"),
        ("xllamacpp 1", ["GOMP_parallel"], {"GOMP_SPINCOUNT": "1000"}, "sleeping"),
        ("xllamacpp 1", [], {}, "spinning"),
        ("sanderling_engine 1", [], {}, "sleeping"),
    ],
)
def test_how_a_library_waits(engine: str, functions: list[str], given: dict[str, str], found: str) -> None:
    assert waiting.waiting_of(engine, SimpleNamespace(**dict.fromkeys(functions)), given) == found


def test_without_a_library_the_system_decides() -> None:
    assert (waiting.likely_waiting("linux"), waiting.likely_waiting("darwin")) == ("sleeping", "spinning")


@pytest.mark.skipif(sys.platform != "linux", reason="GCC's OpenMP is in the builds for Linux")
def test_the_prebuilt_engine_has_openmp(monkeypatch: pytest.MonkeyPatch) -> None:
    if not xllamacpp.available():
        pytest.skip("xllamacpp is not installed")
    opened: list[LlamaApi] = []

    class Stop(Exception):
        pass

    def stop(_spec: object, api: LlamaApi) -> None:
        opened.append(api)
        raise Stop

    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sanderling.engines.llama_load.LlamaEngine", stop)
    with pytest.raises(Stop):
        xllamacpp.load(SimpleNamespace(pooling=""))  # type: ignore[arg-type]  # it ends before the rest is read
    assert opened[0].waiting == "sleeping"


@pytest.mark.parametrize(
    ("given", "own", "expected"),
    [
        ({}, None, str(waiting.SPIN_TURNS)),
        ({"GOMP_SPINCOUNT": "7"}, None, "7"),
        ({}, {"GOMP_SPINCOUNT": "9"}, "9"),
    ],
)
def test_a_worker_computes_with_it(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], own: dict[str, str] | None, expected: str
) -> None:
    """It must be there before the library is opened: libgomp reads it once."""
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.delenv("KMP_BLOCKTIME", raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    started: list[dict[str, str]] = []

    class Popen:
        def __init__(self, *_arguments: object, env: dict[str, str], **_rest: object) -> None:
            started.append(env)
            raise OSError("not started")

    monkeypatch.setattr("sanderling.child_process.subprocess.Popen", Popen)
    with pytest.raises(OSError, match="not started"):
        Worker("scripted", environment=own)._start()
    theirs = dict(started[0])  # of the process, where the engine is loaded
    monkeypatch.setattr(serve.os, "environ", theirs)
    opened: list[str] = []
    spec = LoadSpec(model_id="m", path="m.gguf", n_ctx=64, n_threads=1, n_threads_prefill=1)

    def load(_engine: str, _spec: object) -> None:
        opened.append(theirs["GOMP_SPINCOUNT"])
        raise OSError("no further")

    monkeypatch.setattr(serve, "load_engine", load)
    with pytest.raises(OSError, match="no further"):
        next(serve.Service(0, 0)._answer(frames.Load(spec, "scripted")))
    assert opened == [expected]
