"""A benchmark meets nothing of its user, and leaves nothing with him."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sanderling import config
from sanderling.bench_device import isolated
from sanderling.bench_device.demo import demo
from sanderling.runtime import Runtime

HIS = """
explore = 1.0
write_back = "always"
response_cache_bytes = 1000000
response_cache_days = 365
state_disk_bytes = 1000000
always_largest = true
n_threads = 1
"""


@pytest.fixture
def his_home(home: Path) -> Path:
    """A data folder with settings that would change every figure, and an answer in its log."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(HIS)
    return home


def his_files(home: Path) -> dict[str, tuple[int, int]]:
    """Size and time of everything that keeps words of questions or answers."""
    kept = [path for name in ("telemetry*", "responses*", "states/*") for path in home.glob(name)]
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in kept if path.is_file()}


def prompts(way: dict[str, Any]) -> list[int]:
    return [row["outcome"]["prompt_tokens"] for row in way["report"]["rows"]]


def test_a_benchmark_of_answers(call, scripted, memory: Path, his_home: Path, corpus: Path) -> None:
    assert call("ask", "Who repairs the pump?", "--memory", memory, "--model", "small").code == 0
    # Older than the settings a benchmark has would let it become.
    with closing(sqlite3.connect(his_home / "responses.sqlite")) as connection, connection:
        connection.execute("UPDATE answer SET made_at = made_at - 100 * 86400")
    before = his_files(his_home)
    assert {"telemetry.sqlite", "responses.sqlite"} <= before.keys()
    benchmark = ("bench", "answers", "--model", "small", "--data", corpus, "--json")
    (way,) = call(*benchmark).json["ways"]
    assert his_files(his_home) == before
    (his_home / "config.toml").unlink()
    (without,) = call(*benchmark).json["ways"]
    # With explore = 1 the contexts would be drawn.
    assert prompts(way) == prompts(without)
    assert his_files(his_home) == before


def test_the_demo(monkeypatch: pytest.MonkeyPatch, scripted, his_home: Path, tmp_path: Path) -> None:
    opened: list[config.Config] = []
    open_it = Runtime.open.__func__

    def noting(cls: type[Runtime], *arguments: object, **options: object) -> Runtime:
        runtime = open_it(cls, *arguments, **options)
        opened.append(runtime.config)
        return runtime

    monkeypatch.setattr(Runtime, "open", classmethod(noting))
    demo(tmp_path / "kept.sanderling", "small", lambda _: None, None, None, lambda _: None)
    assert opened == [config.Config(state_disk_bytes=0)]
    assert his_files(his_home).keys() <= {"telemetry.salt", "telemetry.lock"}
    # Whoever keeps the demo's memory finds only that.
    kept = {path.name for path in tmp_path.glob("*telemetry*")}
    assert kept == set()


def test_every_runtime_of_a_benchmark_is_opened_isolated() -> None:
    folder = Path(isolated.__file__).parent
    others = [
        path.name
        for path in folder.rglob("*.py")
        # The resident process of `bench ask` is isolated by its data folder, a temporary one.
        if path.name not in {"isolated.py", "resident.py"} and "Runtime.open" in path.read_text(encoding="utf-8")
    ]
    assert others == []
