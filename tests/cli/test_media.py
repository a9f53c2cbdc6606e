"""Every command where something around it cannot be written: it works, or it says in one line why not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import media
import pytest

ASK = ("ask", "Who repairs the feed pump?", "--model", "small", "-m", "{memory}")
CACHE = "response_cache_bytes = 1000000\n"


class Expected(NamedTuple):
    """Exit codes allowed: where the memory is read-only, where the data folder cannot be written, on a full disk."""

    memory: tuple[int, ...] = (0,)
    home: tuple[int, ...] = (0,)
    full: tuple[int, ...] = (0,)


WRITES = Expected(memory=(3,), full=(0, 7))
COMMANDS: dict[str, tuple[tuple[str, ...], Expected]] = {
    "ask": (ASK, Expected()),
    "ask --json": ((*ASK, "--json"), Expected()),
    "chat": (("chat", "--model", "small", "-m", "{memory}"), Expected()),
    "route": (("route", "--explain", *ASK[1:]), Expected()),
    "verify": (("memory", "verify", "-m", "{memory}"), Expected()),
    "stats": (("memory", "stats", "-m", "{memory}"), Expected()),
    "log": (("log",), Expected()),
    "log --export": (("log", "--export", "{result}"), Expected()),
    "cache stats": (("cache", "stats"), Expected()),
    "router show": (("router", "show"), Expected()),
    "router rollback": (("router", "rollback"), Expected((2,), (2,), (2,))),
    "profile": (("profile", "show"), Expected()),
    "models list": (("models", "list"), Expected()),
    "models verify": (("models", "verify", "smollm2-135m"), Expected((5,), (5,), (5,))),
    "tune": (("tune", "--dry-run", "-m", "{memory}"), Expected(full=(0, 3, 7))),
    "tune --rollback": (("tune", "--rollback", "-m", "{memory}"), Expected((2,), (2,), (2,))),
    # No engine takes the script for a model.
    "doctor": (("doctor", "--model", "small", "-m", "{memory}"), Expected((1,), (1,), (1,))),
    "log rate": (("log", "rate", "up"), Expected(home=(2, 3), full=(0, 2, 3, 7))),
    "cache clear": (("cache", "clear"), Expected(home=(0, 3), full=(0, 3, 7))),
    "ingest": (("ingest", "{notes}", "-m", "{memory}"), WRITES),
    "prune": (("memory", "prune", "-m", "{memory}"), WRITES),
    "tidy": (("memory", "tidy", "-m", "{memory}"), WRITES),
    "learn": (("memory", "learn", "-m", "{memory}"), Expected((2,), (2,), (2,))),
    "learn --forget": (("memory", "learn", "--forget", "-m", "{memory}"), Expected()),
    "compact": (("memory", "compact", "-m", "{memory}"), WRITES),
    "repair": (("memory", "repair", "-m", "{memory}"), WRITES),
}


class Surroundings(NamedTuple):
    memory: Path
    fixed: Path | None
    """A folder in which nothing may appear or change."""
    kind: str


def contents(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.fixture
def mounts() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def on_a_read_only_medium(memory: Path, home: Path, at: Path, mounts: ExitStack, _: pytest.MonkeyPatch) -> Surroundings:
    disk = at.with_name("disk")
    disk.mkdir()
    for file in memory.parent.glob(f"{memory.name}*"):
        shutil.copy(file, disk)
    return Surroundings(mounts.enter_context(media.read_only(disk, at)) / memory.name, disk, "memory")


def home_read_only(memory: Path, home: Path, at: Path, mounts: ExitStack, setting: pytest.MonkeyPatch) -> Surroundings:
    setting.setenv("SANDERLING_HOME", str(mounts.enter_context(media.read_only(home, at))))
    return Surroundings(memory, home, "home")


def home_that_cannot_be_made(
    memory: Path, home: Path, at: Path, mounts: ExitStack, setting: pytest.MonkeyPatch
) -> Surroundings:
    empty = at.with_name("empty")
    empty.mkdir()
    setting.setenv("SANDERLING_HOME", str(mounts.enter_context(media.read_only(empty, at)) / "absent"))
    return Surroundings(memory, empty, "home")


def all_on_a_full_disk(
    memory: Path, home: Path, at: Path, mounts: ExitStack, setting: pytest.MonkeyPatch
) -> Surroundings:
    disk = mounts.enter_context(media.small(at, "2m"))
    shutil.copytree(home, disk / "home")
    shutil.copy(memory, disk)
    shutil.copy(memory.with_name(f"{memory.name}.idx"), disk)
    setting.setenv("SANDERLING_HOME", str(disk / "home"))
    filler = media.fill(disk)
    # What SQLite needs to read a memory: the index of its log, of 32 KiB.
    with filler.open("r+b") as file:
        file.truncate(filler.stat().st_size - 40_960)
    return Surroundings(disk / memory.name, None, "full")


@pytest.mark.parametrize(
    "put",
    [on_a_read_only_medium, home_read_only, home_that_cannot_be_made, all_on_a_full_disk],
    ids=lambda put: put.__name__,
)
def test_every_command_works_or_says_why_not(
    put, call, scripted, memory, notes, home, tmp_path, mounts, monkeypatch
) -> None:
    home.mkdir()
    (home / "config.toml").write_text(CACHE)
    assert call(*(part.format(memory=memory) for part in ASK)).code == 0  # one row, one kept answer, one salt
    (notes / "new.md").write_text("# New\n\nThe ice drill is called Needle.")
    around = put(memory, home, tmp_path / "at", mounts, monkeypatch)
    before = contents(around.fixed) if around.fixed is not None else {}
    wrong = []
    for name, (command, expected) in COMMANDS.items():
        words = [part.format(memory=around.memory, notes=notes, result=tmp_path / "rows.jsonl") for part in command]
        result = call(*words, stdin="Who repairs the feed pump?\n" if name == "chat" else "")
        lines = [line for line in result.err.splitlines() if not line.startswith("note: ")]
        errors = [line for line in lines if line.startswith("error: ")]
        if (
            result.code not in getattr(expected, around.kind)
            or "Traceback" in result.err
            or len(errors) > 1
            or (result.code in {2, 3, 7} and len(errors) != 1)
        ):
            wrong.append((name, result))
        if name == "ask" and around.kind == "home" and "not in the telemetry" not in result.err:
            wrong.append((name, result))
        if name == "ask --json" and result.json["text"] != "Ada Lind":
            wrong.append((name, result))
    assert wrong == []
    if around.fixed is not None:
        assert contents(around.fixed) == before


def test_an_answer_says_once_that_it_is_not_in_the_telemetry(call, scripted, memory, home, tmp_path) -> None:
    (home / "telemetry.salt").mkdir(parents=True)
    shown = call("chat", "--model", "small", "-m", memory, "--json", stdin="Who?\nWho repairs the pump?\n")
    said = [line for line in shown.out.splitlines() if "not in the telemetry" in line]
    assert shown.code == 0
    assert len(shown.out.splitlines()) == 2
    assert len(said) == 1
    assert "nor are later ones while this lasts" in said[0]


def test_an_answer_that_cannot_be_remembered_is_an_answer(
    call, scripted, memory, home, tmp_path, mounts, monkeypatch
) -> None:
    home.mkdir()
    (home / "config.toml").write_text('write_back = "always"')
    around = on_a_read_only_medium(memory, home, tmp_path / "at", mounts, monkeypatch)
    answer = call(*(part.format(memory=around.memory) for part in ASK), "--json")
    assert (answer.code, answer.json["text"]) == (0, "Ada Lind")
    (said,) = (each for each in answer.json["warnings"] if "the answer was not remembered" in each)
    assert "the memory is read-only" in said


def test_a_kept_answer_is_found_where_no_use_can_be_noted(
    call, scripted, memory, home, tmp_path, mounts, monkeypatch
) -> None:
    home.mkdir()
    (home / "config.toml").write_text(CACHE)
    ask = [part.format(memory=memory) for part in (*ASK, "--json")]
    assert call(*ask).json["cached"] is False
    home_read_only(memory, home, tmp_path / "at", mounts, monkeypatch)
    again = call(*ask)
    assert (again.code, again.json["cached"]) == (0, True)


def test_an_index_that_cannot_be_saved_is_said_by_every_command(call, scripted, memory, notes) -> None:
    """A folder in the place of the index, which nobody can write over, not even root."""
    index = memory.with_name(f"{memory.name}.idx")

    def spoilt() -> Callable[..., object]:
        index.unlink(missing_ok=True) if not index.is_dir() else None
        index.mkdir(exist_ok=True)
        (index / "file").touch()
        return call

    for command in (ASK, ("route", *ASK[1:]), ("ingest", str(notes), "-m", "{memory}")):
        result = spoilt()(*(part.format(memory=memory) for part in command))
        assert result.code == 0, result
        assert "note: the index could not be saved" in result.err, result


def test_reading_makes_no_folder(call, home, memory, scripted) -> None:
    for command in (("log",), ("cache", "stats"), ("router", "show"), ("models", "list"), ("profile", "list")):
        assert call(*command).code == 0
    assert call("log", "rate", "up").code == 2
    assert not home.exists()


def test_a_user_without_a_home_folder_is_told(call, refused, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", "~nobody-of-this-name/sanderling")
    refused(call("models", "list"), 2, "set HOME")
    monkeypatch.delenv("SANDERLING_HOME")
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: "~/.local/share/of-nobody")

    def unknown(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", unknown)
    refused(call("models", "list"), 2, "set HOME")
