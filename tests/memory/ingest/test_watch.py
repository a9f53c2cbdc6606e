"""A watched folder, changed as programs change it. What must hold is waited for, however long the machine takes."""

from __future__ import annotations

import os
import sqlite3
import threading
import time

import pytest

from sanderling.errors import MemoryFileError, MissingExtra, UsageError
from sanderling.memory import Memory
from sanderling.memory.ingest import watch as watch_module
from sanderling.memory.ingest.watch import Watch

PATIENCE_S = 30


@pytest.fixture(params=["told", "polled"])
def poll_s(request):
    if request.param == "told":
        pytest.importorskip("watchfiles")
        return None
    return 0.1


class Watched:
    """A memory that follows a folder in a thread of its own."""

    def __init__(self, memory, root, **settings):
        self.memory, self.root = memory, root
        self.watch = Watch(memory.store, memory.index, memory.embedder, root, **settings)
        self.batches = []
        self.error = None
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            for batch in self.watch.run():
                self.batches.append(batch)
        except Exception as error:
            self.error = error

    def __enter__(self):
        self._thread.start()
        self.until(lambda: self.batches)
        time.sleep(0.3)  # until the system tells of changes; the first look finds what came before
        return self

    def __exit__(self, *_):
        self.watch.stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def texts(self):
        found = {}
        for document in self.memory.store.documents():
            nodes = self.memory.nodes(self.memory.store.document_nodes(document.key))
            found[os.path.relpath(document.uri, self.root)] = " ".join(node.text for node in nodes)
        return found

    def until(self, holds):
        end = time.monotonic() + PATIENCE_S
        while not holds():
            if self.error is not None:
                raise self.error
            assert time.monotonic() < end, (self.texts(), self.batches)
            time.sleep(0.02)

    def until_texts(self, **texts):
        self.until(lambda: self.texts() == {name.replace("_", "."): text for name, text in texts.items()})

    def notices(self):
        return [batch.notice for batch in self.batches if batch.notice]


@pytest.fixture
def watched(memory, folder, poll_s):
    root = folder({"a.md": "alpha", "b.md": "beta"})
    with Watched(memory, root, poll_s=poll_s) as watched:
        yield watched


def test_saves_renames_and_deletes_are_taken_in(watched):
    root = watched.root
    watched.until_texts(a_md="alpha", b_md="beta")
    (root / "c.md").write_text("gamma")
    watched.until_texts(a_md="alpha", b_md="beta", c_md="gamma")
    (root / "a.md").write_text("alpha two")
    watched.until_texts(a_md="alpha two", b_md="beta", c_md="gamma")
    ids = {node.text: node.id for node in watched.memory.nodes(range(1, 9))}
    (root / "b.md").rename(root / "d.md")
    watched.until_texts(a_md="alpha two", d_md="beta", c_md="gamma")
    assert {node.text: node.id for node in watched.memory.nodes(range(1, 9))} == ids
    (root / "c.md").unlink()
    watched.until_texts(a_md="alpha two", d_md="beta")
    # The memory shows a change before its report is told.
    watched.until(lambda: any(batch.report.removed for batch in watched.batches[1:]))
    reports = [batch.report for batch in watched.batches[1:]]
    assert sum(report.moved for report in reports) == 1
    assert sum(report.removed for report in reports) == 1


def test_folders_come_go_and_are_renamed(watched):
    root = watched.root
    (root / "deep" / "er").mkdir(parents=True)
    (root / "deep" / "er" / "x.md").write_text("xi")
    watched.until(lambda: watched.texts().get("deep/er/x.md") == "xi")
    (root / "deep").rename(root / "other")
    watched.until(lambda: set(watched.texts()) == {"a.md", "b.md", "other/er/x.md"})
    assert max(batch.report.moved for batch in watched.batches if batch.report) == 1
    (root / "other" / "er" / "x.md").unlink()
    (root / "other" / "er").rmdir()
    (root / "other").rmdir()
    watched.until_texts(a_md="alpha", b_md="beta")


def test_the_ways_editors_save(watched):
    """What is left is the text; nothing of an editor's own becomes a note, and no line is printed for it."""
    root = watched.root
    # Vim: a probe, a backup, the file written anew.
    (root / "4913").write_text("")
    (root / "4913").unlink()
    (root / "a.md").rename(root / "a.md~")
    (root / "a.md").write_text("from vim")
    (root / "a.md~").unlink()
    (root / ".a.md.swp").write_bytes(b"b0VIM")
    # Emacs: a lock that leads nowhere, an autosave.
    (root / ".#b.md").symlink_to("user@host.123:456")
    (root / "#b.md#").write_text("half a wo")
    (root / "b.md").write_text("from emacs")
    # VS Code, Obsidian, Syncthing: a second file, then a rename.
    (root / "c.md.tmp.12345").write_text("from code")
    (root / "c.md.tmp.12345").rename(root / "c.md")
    (root / ".syncthing.d.md.tmp").write_text("from sync")
    (root / ".syncthing.d.md.tmp").rename(root / "d.md")
    # LibreOffice and Word beside a document.
    (root / ".~lock.e.html#").write_text("x")
    (root / "~$e.html").write_text("owner")
    (root / "e.html").write_text("<p>from office")
    watched.until_texts(a_md="from vim", b_md="from emacs", c_md="from code", d_md="from sync", e_html="from office")
    assert [batch.report.skipped for batch in watched.batches if batch.report.skipped] == []


def test_a_file_that_is_empty_for_a_moment_keeps_its_note(watched):
    """Some programs empty a file before they fill it; and some delete it first."""
    root = watched.root
    ids = {node.text: node.id for node in watched.memory.nodes(range(1, 9))}
    for _ in range(3):
        (root / "a.md").write_text("")
        (root / "b.md").unlink()
        time.sleep(0.35)
        (root / "a.md").write_text("alpha")
        (root / "b.md").write_text("beta")
        time.sleep(0.2)
    (root / "z.md").write_text("the end")
    watched.until_texts(a_md="alpha", b_md="beta", z_md="the end")
    assert ids.items() <= {node.text: node.id for node in watched.memory.nodes(range(1, 99))}.items()
    (root / "a.md").write_text("")
    watched.until_texts(b_md="beta", z_md="the end")


def test_many_saves_are_all_found(watched):
    root = watched.root
    for number in range(60):
        second = root / ".second"
        second.write_text(f"version {number} of it")
        second.rename(root / f"n{number % 6}.md")
        time.sleep(0.01)
    watched.until(
        lambda: [watched.texts().get(f"n{n}.md") for n in range(6)] == [f"version {54 + n} of it" for n in range(6)]
    )
    assert len(watched.texts()) == 8


def test_what_is_left_out_stays_out_and_changed_rules_count(watched):
    root = watched.root
    (root / ".obsidian").mkdir()
    (root / ".obsidian" / "x.md").write_text("x")
    (root / "node_modules").mkdir()
    (root / "node_modules" / "y.md").write_text("y")
    (root / "photo.png").write_bytes(b"PNG")
    (root / "c.md").write_text("gamma")
    watched.until_texts(a_md="alpha", b_md="beta", c_md="gamma")
    (root / ".sanderlingignore").write_text("draft*\n!node_modules\n")
    watched.until(lambda: watched.texts().get("node_modules/y.md") == "y")
    (root / "draft.md").write_text("draft")
    (root / "d.md").write_text("delta")
    watched.until(lambda: watched.texts().get("d.md") == "delta")
    assert "draft.md" not in watched.texts()
    assert all(not batch.report.skipped for batch in watched.batches)


def test_lines_that_go_from_a_file_are_forgotten(watched):
    (watched.root / "c.jsonl").write_text('{"_id": 1, "text": "one"}\n{"_id": 2, "text": "two"}\n')
    watched.until(lambda: "c.jsonl#2" in watched.texts())
    (watched.root / "c.jsonl").write_text('{"_id": 2, "text": "two"}\n')
    watched.until(lambda: set(watched.texts()) == {"a.md", "b.md", "c.jsonl#2"})


def test_a_root_that_vanishes_loses_nothing(watched, tmp_path):
    root = watched.root
    away = tmp_path / "away"
    root.rename(away)
    watched.until(lambda: any("its 2 notes are kept" in notice for notice in watched.notices()))
    root.mkdir()  # the empty mount point
    time.sleep(0.7)
    assert set(watched.texts()) == {"a.md", "b.md"}
    (away / "a.md").write_text("alpha two")
    (away / "b.md").unlink()
    root.rmdir()
    away.rename(root)
    watched.until_texts(a_md="alpha two")
    assert any("there again" in notice for notice in watched.notices())
    (root / "c.md").write_text("gamma")
    watched.until_texts(a_md="alpha two", c_md="gamma")


def test_most_of_a_folder_is_kept_and_said(memory, folder, poll_s):
    root = folder({f"n{number}.md": f"note {number}" for number in range(20)})
    with Watched(memory, root, poll_s=poll_s) as watched:
        for number in range(15):
            (root / f"n{number}.md").unlink()
        watched.until(lambda: any(batch.report and batch.report.warnings for batch in watched.batches))
        assert len(watched.texts()) == 20
        (warning,) = {line for batch in watched.batches if batch.report for line in batch.report.warnings}
        assert "sanderling memory forget" in warning


def test_the_memory_may_lie_in_the_folder(folder, hash_embedder, poll_s):
    root = folder({"a.md": "alpha"})
    with Memory.open(root / "notes.md", hash_embedder) as memory, Watched(memory, root, poll_s=poll_s) as watched:
        (root / "b.md").write_text("beta")
        watched.until_texts(a_md="alpha", b_md="beta")
        time.sleep(0.6)
        assert sum(batch.report is not None for batch in watched.batches) == 2


def test_a_locked_memory_is_waited_for(watched, monkeypatch):
    taken_in = watch_module.Ingest.changes
    fails = [True]

    def changes(self, walk, paths):
        if fails:
            raise MemoryFileError("m: in use by another process") from busy()
        return taken_in(self, walk, paths)

    monkeypatch.setattr(watch_module.Ingest, "changes", changes)
    (watched.root / "c.md").write_text("gamma")
    watched.until(watched.notices)
    fails.clear()
    watched.until_texts(a_md="alpha", b_md="beta", c_md="gamma")
    assert len(watched.notices()) == 1


def busy():
    connections = [sqlite3.connect("file:busy?mode=memory&cache=shared", uri=True, timeout=0) for _ in range(2)]
    try:
        connections[0].execute("BEGIN IMMEDIATE")
        connections[1].execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        return error
    finally:
        for connection in connections:
            connection.close()
    raise AssertionError


def test_another_ingest_beside_it(watched, hash_embedder):
    """A second process of the same memory, here a second connection."""
    with Memory.open(watched.memory.store.path, hash_embedder) as other:
        for number in range(20):
            (watched.root / f"n{number}.md").write_text(f"note {number}")
            if number % 5 == 0:
                other.ingest([watched.root])
        watched.until(lambda: len(watched.texts()) == 22)
        assert other.ingest([watched.root]).unchanged == 22
    assert watched.memory.store.integrity() == ()


def test_only_a_folder_can_be_watched(memory, folder):
    root = folder({"a.md": "a"})
    for path in (root / "a.md", root / "nowhere"):
        with pytest.raises(UsageError, match="no such folder"):
            Watch(memory.store, memory.index, memory.embedder, path)


def test_what_is_missing_is_said_before_anything_is_read(memory, folder, monkeypatch):
    root = folder({"a.md": "a"})
    monkeypatch.setitem(__import__("sys").modules, "watchfiles", None)
    with pytest.raises(MissingExtra):
        Watch(memory.store, memory.index, memory.embedder, root)
    with Watched(memory, root, poll_s=0.1) as watched:
        watched.until_texts(a_md="a")


def test_words_of_what_was_changed_leave_the_disk_at_the_end(memory, folder, poll_s):
    root = folder({"a.md": "the zanzibarium", "b.md": "beta"})
    idle = []
    with Watched(memory, root, poll_s=poll_s, on_idle=lambda: idle.append(1)) as watched:
        (root / "a.md").write_text("alpha")
        watched.until_texts(a_md="alpha", b_md="beta")
    assert idle == [1]
    for suffix in ("", "-wal"):
        path = memory.store.path.with_name(memory.store.path.name + suffix)
        assert not path.exists() or b"zanzibarium" not in path.read_bytes()
