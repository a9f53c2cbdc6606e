"""What stands under the name of one of our files and is none: nothing waits for it, and it is said in one line."""

from __future__ import annotations

import logging
import os
import re
import socket
from pathlib import Path

import pytest

import sanderling
from sanderling import config
from sanderling.conversations.store import ConversationStore
from sanderling.device import calibration, last_benchmark, speed_log
from sanderling.disk.filelock import locked
from sanderling.engines.prefix_disk import PrefixDiskCache
from sanderling.errors import MemoryFileError, SanderlingError
from sanderling.memory import Memory
from sanderling.memory.index import index_path
from sanderling.memory.retrieve import learned
from sanderling.memory.store.store import Store
from sanderling.memory.upkeep.repair import repair
from sanderling.memory.upkeep.verification import verify
from sanderling.models import manifest, registry, task_choice
from sanderling.response_cache.answers import Answers
from sanderling.router import installed
from sanderling.router.verifier import weights
from sanderling.telemetry.store import TelemetryStore
from sanderling.telemetry.user import user_hash
from sanderling.tune import last

KINDS = {
    "a named pipe": os.mkfifo,
    "a folder": os.mkdir,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a socket": None,
}


@pytest.fixture(params=KINDS)
def kind(request, tmp_path, monkeypatch):
    # The name of a socket must be short.
    monkeypatch.chdir(tmp_path)
    return request.param


def put(kind, path):
    path.unlink(missing_ok=True)
    if kind == "a socket":
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    else:
        KINDS[kind](path)


@pytest.fixture
def path(tmp_path, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.add("The pump is mended by Ada Lind.")
    return path


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_memory_is_refused(kind, path, suffix, hash_embedder):
    put(kind, path.with_name(path.name + suffix))
    for use in (
        lambda: Memory.open(path, hash_embedder),
        lambda: Store.open_existing(path),
        lambda: verify(path),
        lambda: repair(path),
    ):
        with pytest.raises(MemoryFileError, match=kind) as caught:
            use()
        assert "\n" not in str(caught.value)


def test_an_index_is_made_anew_or_done_without(kind, path, hash_embedder):
    put(kind, index_path(path))
    assert any(kind in problem for problem in verify(path).index)
    with Memory.open(path, hash_embedder) as memory:
        assert any(kind in warning for warning in memory.warnings)
        assert len(memory.search(hash_embedder.embed(["pump"])[0]).keys) == 1
    if kind == "a folder":
        assert any("could not be saved" in warning for warning in memory.warnings)
    else:
        assert (verify(path).store, verify(path).index) == ((), ())


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("store", [TelemetryStore, Answers, ConversationStore])
def test_telemetry_kept_answers_and_conversations_are_refused(kind, tmp_path, store, suffix):
    opened = store(tmp_path / "t.sqlite")
    if suffix:  # of a file that is there
        (tmp_path / "t.sqlite").touch()
    put(kind, tmp_path / f"t.sqlite{suffix}")
    with pytest.raises(SanderlingError, match=kind) as caught:
        getattr(opened, {TelemetryStore: "tail", Answers: "stats", ConversationStore: "shown"}[store])()
    assert "\n" not in str(caught.value)


def test_salt_and_lock_are_refused(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    put(kind, tmp_path / "telemetry.salt")
    with pytest.raises(OSError, match=kind):
        user_hash()
    put(kind, tmp_path / "any.lock")
    with pytest.raises(OSError, match=kind), locked(tmp_path / "any.lock"):
        pass


def test_small_files_of_the_data_folder_are_refused_or_passed_over(kind, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    (tmp_path / "router").mkdir()
    put(kind, tmp_path / "config.toml")
    put(kind, tmp_path / "calibration.json")
    put(kind, tmp_path / "speeds.json")
    put(kind, tmp_path / "tuned.json")
    put(kind, tmp_path / "models.toml")
    put(kind, tmp_path / "tasks.json")
    (tmp_path / "bench").mkdir()
    monkeypatch.chdir(tmp_path / "bench")
    put(kind, tmp_path / "bench" / "last.json")
    os.chdir(tmp_path / "router")
    put(kind, tmp_path / "router" / "installed.json")
    put(kind, tmp_path / "router" / "manifest.json")
    put(kind, tmp_path / "router" / weights.INSTALLED)
    assert weights.active() == weights.shipped()
    caplog.clear()
    learned.folder().mkdir()
    os.chdir(learned.folder())
    put(kind, learned.file_of("e"))
    states = (installed.state, lambda: learned.state("e"), registry.entries)
    for read in (config.load, *states, lambda: manifest.read(tmp_path / "router")):
        with pytest.raises(SanderlingError, match=kind) as caught:
            read()
        assert "\n" not in str(caught.value)
    assert calibration.read() == ()
    assert task_choice.read() == {}
    assert last_benchmark.last_benchmark() is None
    assert (speed_log.read(), last.age_s(tmp_path)) == ({}, float("inf"))
    assert kind in caplog.text


def test_no_file_of_ours_is_read_without_a_look():
    """Those of the package itself, of notes (``walk.py`` has looked) and what is named by the user aside."""
    folder = Path(sanderling.__file__).parent
    looked = {"files.py", "prefix_disk.py", "learned.py", "attention_weights.py", "read.py", "several.py"}
    own = {
        "registry.py",
        "chat_format.py",
        "components.py",
        "profiles.py",
        "published.py",
        "scripted.py",
        "likeness.py",
        "page.py",
    }
    named = {"router/export.py", "router/show.py", "router/train.py", "bench/router_forward.py"}
    reading = {
        path.name if path.parents[1].name != "cli" else f"{path.parent.name}/{path.name}"
        for path in folder.rglob("*.py")
        if "bench_device" not in path.parts and re.search(r"\.read_(bytes|text)\(", path.read_text(encoding="utf-8"))
    }
    assert reading - looked - own - named == set()


def test_a_kept_state_is_passed_over(kind, tmp_path, caplog):
    spill = PrefixDiskCache(tmp_path, 1000, "model")
    put(kind, spill._path("0" * 64, 2))
    with caplog.at_level(logging.WARNING):
        assert spill.load("0" * 64, (1, 2)) is None
    assert kind in caplog.text
