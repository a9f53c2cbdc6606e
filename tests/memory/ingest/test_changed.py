from __future__ import annotations

import os
import threading

import pytest

from sanderling.errors import MissingExtra, UsageError
from sanderling.memory.files.walk import Walk
from sanderling.memory.ingest.changed import Snapshot, are_rules, polled, told


def test_a_snapshot_tells_what_is_new_changed_and_gone(folder):
    root = folder({"a.md": "a", "b.md": "b", "x.png": "x"})
    snapshot = Snapshot()
    assert {path.name for path in snapshot.update(Walk(root))} == {"a.md", "b.md"}
    assert snapshot.update(Walk(root)) == set()
    folder({"a.md": "longer", "c.md": "c"})
    (root / "b.md").unlink()
    assert {path.name for path in snapshot.update(Walk(root))} == {"a.md", "b.md", "c.md"}
    folder({"c.md": "cc"})
    os.utime(root / "a.md", ns=(1, 1))
    snapshot.note(root / "c.md")
    assert snapshot.update(Walk(root)) == {root / "a.md"}


def test_a_file_replaced_by_one_of_its_size_and_time_is_seen(folder):
    root = folder({"a.md": "a"})
    snapshot = Snapshot()
    snapshot.update(Walk(root))
    status = (root / "a.md").stat()
    folder({"b.tmp": "z"})
    os.utime(root / "b.tmp", ns=(status.st_atime_ns, status.st_mtime_ns))
    (root / "b.tmp").rename(root / "a.md")
    assert snapshot.update(Walk(root)) == {root / "a.md"}


def test_looking_ends_when_it_is_told_to(folder):
    stop = threading.Event()
    looks = polled(Snapshot(), lambda: Walk(folder({"a.md": "a"})), 0.01, stop)
    assert next(each for each in looks if each)
    stop.set()
    assert list(looks) == []


def test_a_missing_library_is_named_with_the_way_round_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "watchfiles", None)
    with pytest.raises(MissingExtra, match=r"--poll 5 .* pip install 'sanderling\[watch\]'"):
        next(told(tmp_path, threading.Event()))


@pytest.mark.parametrize(
    "refusal",
    [RuntimeError("Error watching: OS file watch limit reached."), OSError(24, "Too many open files")],
)
def test_a_limit_of_the_system_is_told_with_its_remedy(tmp_path, monkeypatch, refusal):
    watchfiles = pytest.importorskip("watchfiles")

    def watch(*_paths, **_settings):
        raise refusal
        yield

    monkeypatch.setattr(watchfiles, "watch", watch)
    with pytest.raises(UsageError, match=r"max_user_watches=\d+ .*--poll 5") as caught:
        next(told(tmp_path, threading.Event()))
    assert "\n" not in str(caught.value)


def test_files_of_rules(tmp_path):
    assert are_rules(tmp_path / ".gitignore")
    assert are_rules(tmp_path / "sub" / ".sanderlingignore")
    assert not are_rules(tmp_path / "gitignore")
