"""The life of a folder from the command line: what is said, and the exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sanderling.child_process import environment


def fill(folder: Path, names: dict[str, str | bytes]) -> None:
    for name, text in names.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


@contextmanager
def killed(process: subprocess.Popen[str]) -> Iterator[None]:
    """End the process with the block."""
    try:
        yield
    finally:
        process.kill()


def test_300_pictures_are_one_line_and_failures_one_each(call, words, notes: Path, tmp_path: Path) -> None:
    fill(notes, {f"att/{number}.png": b"PNG" for number in range(300)})
    fill(notes, {"a.zip": b"PK", "Makefile": "all:", "bad1.jsonl": "{bad", "bad2.txt": b"\0\1\2\3" * 99})
    path = tmp_path / "m.sanderling"
    shown = call("ingest", notes, "-m", path)
    assert shown.code == 0
    assert shown.out.startswith("3 added, 0 changed, 0 unchanged, 0 removed, 304 skipped")
    lines = shown.err.splitlines()
    assert len(lines) == 3
    assert [line.split(":")[1].split("/")[-1] for line in lines[:2]] == ["bad1.jsonl", "bad2.txt"]
    assert "skipped 300 .png, 1 " in lines[2]
    assert "1 no suffix" in lines[2]
    assert len(call("ingest", notes, "-v", "-m", path).err.splitlines()) == 304
    report = call("ingest", notes, "--json", "-m", path).json
    assert len(report["skipped"]) == 304
    assert report["unread"] == {".png": 300, ".zip": 1, "no suffix": 1}


def test_a_vault_of_which_some_is_bad(call, words, tmp_path: Path) -> None:
    """The 5,000 files of the issue, scaled: every bad one has its line, and the command ends well."""
    vault = tmp_path / "vault"
    fill(vault, {f"{number % 7}/n{number}.md": f"# N{number}\n\nNote {number} tells." for number in range(190)})
    fill(vault, {f"bad/b{number}.jsonl": "{broken" for number in range(5)})
    fill(vault, {f"bad/e{number}.txt": "" for number in range(5)})
    shown = call("ingest", vault, "-m", tmp_path / "m.sanderling")
    assert shown.code == 0
    assert len(shown.err.splitlines()) == 10
    assert all(line.startswith("note: skipped ") for line in shown.err.splitlines())
    assert shown.out.startswith("190 added, 0 changed, 0 unchanged, 0 removed, 10 skipped")


def test_exclude_and_what_it_leaves(call, words, notes: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.sanderling"
    fill(notes, {"Templates/daily.md": "a template", "node_modules/x/README.md": "# x"})
    assert call("ingest", notes, "-m", path).out.startswith("4 added")
    shown = call("ingest", notes, "-m", path, "--exclude", "Templates/", "--exclude", "menu.*")
    assert shown.out.startswith("0 added, 0 changed, 2 unchanged")
    assert "2 that are left out now; --prune forgets them" in shown.err
    shown = call("ingest", notes, "-m", path, "--exclude", "Templates/", "--exclude", "menu.*", "--prune")
    assert "2 removed" in shown.out
    assert shown.err == ""


def test_a_moved_folder(call, words, notes: Path, tmp_path: Path, whole) -> None:
    path = tmp_path / "m.sanderling"
    call("ingest", notes, "-m", path)
    notes.rename(tmp_path / "b")
    shown = call("ingest", tmp_path / "b", "-m", path)
    assert shown.out.startswith("0 added, 0 changed, 3 moved, 0 unchanged")
    shown = call("ingest", "--prune", notes, "-m", path)
    assert shown.code == 0
    assert "the memory holds nothing of it" in shown.err
    whole(path, documents=3)


def test_an_emptied_folder_is_refused_asked_for_and_overridden(
    call, words, notes: Path, tmp_path: Path, monkeypatch
) -> None:
    path = tmp_path / "m.sanderling"
    call("ingest", notes, "-m", path)
    for note in notes.iterdir():
        note.unlink()
    shown = call("ingest", "--prune", notes, "-m", path)
    assert shown.code == 2
    assert "is empty: mount it" in shown.err
    assert "--yes" in shown.err
    assert call("ingest", "--prune", notes, "-m", path, "--json").json["error"]["type"] == "UsageError"
    monkeypatch.setattr("sanderling.cli.confirm_prune.sys.stdin.isatty", lambda: True, raising=False)
    shown = call("ingest", "--prune", "--yes", notes, "-m", path)
    assert (shown.code, "3 removed" in shown.out) == (0, True)


def test_a_terminal_is_asked(monkeypatch) -> None:
    from sanderling.cli import confirm_prune, output

    monkeypatch.setattr(output, "confirm", lambda question: question == "sure?")
    monkeypatch.setattr(confirm_prune.sys.stdin, "isatty", lambda: True, raising=False)
    asked = confirm_prune.confirmation(False, False)
    assert asked is not None
    assert (asked("sure?"), asked("other?")) == (True, False)
    assert confirm_prune.confirmation(False, True) is None


def test_forget(call, words, notes: Path, tmp_path: Path, whole) -> None:
    path = tmp_path / "m.sanderling"
    call("ingest", notes, "-m", path)
    shown = call("memory", "forget", notes / "ada.md", "-m", path, "--dry-run")
    assert (shown.code, shown.out.splitlines()[0]) == (0, f"would forget {notes / 'ada.md'}")
    whole(path, documents=3)
    shown = call("memory", "forget", notes / "ada.md", "-m", path)
    assert shown.out == f"forgot {notes / 'ada.md'}\n1 forgotten: 2 nodes are left\n"
    assert ".sanderlingignore" in shown.err
    for note in notes.iterdir():
        note.unlink()
    notes.rmdir()
    assert len(call("memory", "forget", notes, "-m", path, "--json").json["uris"]) == 2
    shown = call("memory", "forget", notes, "-m", path)
    assert (shown.code, shown.out) == (2, "")
    assert "holds nothing of" in shown.err
    whole(path, documents=0)


@pytest.mark.parametrize("poll", [["--poll", "0.2"], []])
def test_watch_says_a_line_for_each_batch_and_ends_by_ctrl_c(notes: Path, tmp_path: Path, poll: list[str]) -> None:
    pytest.importorskip("watchfiles")
    first = (
        "import sys; sys.path[:0] = ['tests/helpers']\n"
        "from hash_embedder import HashEmbedder\n"
        "from sanderling.models import embedder\n"
        "HashEmbedder.keep_graph = lambda self: None\n"
        "embedder.open_embedder = lambda *_, **__: HashEmbedder()\n"
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from sanderling import cli; cli.main()\n"
    )
    path = tmp_path / "m.sanderling"
    env = {**environment(), "SANDERLING_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
    watching = subprocess.Popen(
        [sys.executable, "-c", first, "watch", str(notes), "-m", str(path), *poll],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd=Path(__file__).parents[2],
    )
    with watching, killed(watching):
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert watching.stdout.readline().startswith("3 added, 0 changed, 0 unchanged")
        assert watching.stdout.readline().startswith(f"watching {notes} (Ctrl-C ends)")
        fill(notes, {"new.md": "# New\n\nThe mill is driven by Kari."})
        assert watching.stdout.readline()[8:].strip() == "1 added: new.md"
        (notes / "menu.txt").rename(notes / "menu\n2.txt")
        assert watching.stdout.readline()[8:].strip() == r"1 moved: menu\n2.txt"
        fill(notes, {"broken.pdf": "no PDF", "also.md": "# Also\n\nThe barn is red."})
        assert watching.stdout.readline()[8:].strip() == "1 added: also.md"
        assert f"skipped {notes / 'broken.pdf'}" in watching.stderr.readline()
        time.sleep(0.2)
        os.kill(watching.pid, signal.SIGINT)
        assert watching.wait(60) == 130
        assert (watching.stdout.read(), watching.stderr.read()) == ("", "")


@pytest.mark.parametrize("poll", ["0", "-1", "nan", "often"])
def test_poll_has_bounds(call, notes: Path, poll: str) -> None:
    shown = call("watch", notes, "--poll", poll)
    assert shown.code == 2
    assert "from 0.1 to 86,400 seconds" in shown.err


def test_only_a_folder_is_watched(call, words, notes: Path, tmp_path: Path) -> None:
    shown = call("watch", notes / "pump.md", "-m", tmp_path / "m.sanderling")
    assert (shown.code, shown.out) == (2, "")
    assert "only a folder can be watched" in shown.err
