from __future__ import annotations

import json

import pytest
from handmade_pdf import pdf
from hash_embedder import HashEmbedder

from sanderling.errors import MissingExtra, StorageFull, UsageError
from sanderling.memory import Memory
from sanderling.memory.ingest.ingest import CHUNKS_AT_ONCE
from sanderling.memory.store.packed import pack
from sanderling.records import SearchParams


def counts(report):
    return (report.added, report.changed, report.unchanged, report.removed)


def texts(memory, uri):
    document = memory.store.document(str(uri))
    return [n.text for n in memory.nodes(memory.store.document_nodes(document.key))] if document else None


def test_a_folder_goes_in_and_is_found(memory, folder):
    root = folder(
        {"ice.md": "# Ice Drill\n\nThe drill bores.", "hut.txt": "The hut is warm.", "p.pdf": pdf("penguin count")}
    )
    report = memory.ingest([root])
    assert counts(report) == (3, 0, 0, 0)
    assert (report.nodes, report.skipped, report.warnings) == (3, (), ())
    hits = memory.search(memory.embedder.embed(["penguin count"])[0], SearchParams(k=1))
    (node,) = memory.nodes(hits.keys)
    assert (node.text, node.uri, node.type, node.source) == ("penguin count", str(root / "p.pdf"), "doc", "kb")
    assert [n.title for n in memory.nodes(key for key, _ in memory.search_text("bores"))] == ["Ice Drill"]
    assert memory.store.integrity() == ()


def test_unchanged_documents_are_skipped_and_changed_ones_replaced(memory, folder, hash_embedder):
    root = folder({"a.txt": "alpha one", "b.txt": "beta"})
    memory.ingest([root])
    generation = memory.store.generation()
    assert counts(memory.ingest([root])) == (0, 0, 2, 0)
    assert memory.store.generation() == generation
    folder({"a.txt": "alpha two"})
    report = memory.ingest([root])
    assert (counts(report), report.nodes) == ((0, 1, 1, 0), 2)
    assert texts(memory, root / "a.txt") == ["alpha two"]
    assert memory.search_text("one") == []


def test_what_older_readers_read_is_read_again_once(memory, folder):
    root = folder({"2024-03-05.md": "# Tasks\n\nCall the dentist.", "c.jsonl": '{"_id": 1, "text": "x"}'})
    memory.ingest([root])
    memory.add("by hand", uri="note:1")
    # As a memory of format 2 has them when it was converted.
    memory.store.database.execute("UPDATE document SET content_hash = substr(content_hash, 1, 64), title = 'Tasks'")
    memory.store.database.execute("UPDATE node SET names = '', dated = '', title = 'Tasks'")
    assert counts(memory.ingest([root])) == (0, 2, 0, 0)
    node = memory.nodes(memory.store.document_nodes(memory.store.document(str(root / "2024-03-05.md")).key))[0]
    assert node.title != "" and node.metadata.dated
    assert counts(memory.ingest([root])) == (0, 0, 2, 0)
    assert (memory.add("by hand", uri="note:1").changed, memory.add("by hand", uri="note:1").changed) == (1, 0)


def test_vanished_files_are_kept_unless_pruned_and_others_never_touched(memory, folder, tmp_path):
    root = folder({"a.txt": "a", "b.txt": "b", "c.jsonl": '{"_id": 1, "text": "x"}\n{"_id": 2, "text": "y"}'})
    (tmp_path / "notes-too").mkdir()
    (tmp_path / "notes-too" / "d.txt").write_text("d")
    memory.ingest([root, tmp_path / "notes-too"])
    memory.add("by hand", uri="note:1")
    (root / "a.txt").unlink()
    folder({"c.jsonl": '{"_id": 2, "text": "y"}'})
    assert counts(memory.ingest([root])) == (0, 0, 2, 0)
    report = memory.ingest([root], prune=True)
    assert counts(report) == (0, 0, 2, 2)
    assert {d.uri.rsplit("/", 1)[-1] for d in memory.store.documents()} == {"b.txt", "c.jsonl#2", "d.txt", "note:1"}
    assert memory.store.integrity() == ()


def test_what_cannot_be_read_now_is_not_pruned(memory, folder):
    root = folder({"a.pdf": pdf("a"), "b.jsonl": '{"_id": 1, "text": "x"}\n{"_id": 2, "text": "y"}'})
    memory.ingest([root])
    folder({"a.pdf": b"%PDF broken", "b.jsonl": '{"_id": 1, "text": "x"}\n{"_id": 2, "te'})
    report = memory.ingest([root], prune=True)
    assert report.removed == 0
    assert len(report.skipped) == 2
    assert report.nodes == 3


def test_an_emptied_file_is_forgotten(memory, folder):
    root = folder({"a.txt": "a", "b.txt": "b"})
    memory.ingest([root])
    folder({"a.txt": ""})
    report = memory.ingest([root])
    assert (report.removed, report.nodes) == (1, 1)
    assert report.skipped == ((str(root / "a.txt"), "holds no text"),)


def test_a_broken_file_among_others_is_reported_and_alone_refused(memory, folder):
    root = folder({"bad.pdf": b"%PDF-", "good.txt": "good", "x.bin": b"\0", "nul.txt": b"\0\0"})
    report = memory.ingest([root])
    assert report.added == 1
    assert {uri.rsplit("/", 1)[1] for uri, _ in report.skipped} == {"bad.pdf", "x.bin", "nul.txt"}
    for name, reason in (("bad.pdf", "a broken PDF"), ("x.bin", "not a kind"), ("nul.txt", "binary file")):
        with pytest.raises(UsageError, match=reason) as caught:
            memory.ingest([root / name])
        assert str(root / name) in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="no such file or folder"):
        memory.ingest([root / "absent"])


def test_a_missing_reader_costs_the_files_of_its_kind(memory, folder, monkeypatch):
    root = folder({"a.pdf": pdf("a"), "b.txt": "b"})
    monkeypatch.setitem(__import__("sys").modules, "pypdf", None)
    report = memory.ingest([root])
    assert report.added == 1
    assert "pip install 'sanderling[documents]'" in report.skipped[0][1]
    with pytest.raises(MissingExtra):
        memory.ingest([root / "a.pdf"])


def test_an_empty_folder_is_said_so(memory, folder):
    report = memory.ingest([folder({})])
    assert counts(report) == (0, 0, 0, 0)
    assert "nothing to read" in report.warnings[0]


def test_json_lines_are_documents_of_their_own(memory, folder):
    lines = [{"_id": i, "title": f"Title {i}", "text": f"text number {i}"} for i in range(5)]
    root = folder({"c.jsonl": "\n".join(map(json.dumps, lines)) + "\n{bad"})
    report = memory.ingest([root / "c.jsonl"])
    assert report.added == 5
    assert report.skipped[0][0].endswith("c.jsonl, line 6")
    lines[2]["text"] = "other"
    folder({"c.jsonl": "\n".join(map(json.dumps, lines))})
    assert counts(memory.ingest([root])) == (0, 1, 4, 0)


def test_progress_ends_at_the_total(memory, folder):
    root = folder({"a.txt": "a" * 10, "b.jsonl": '{"text": "x"}\n{"text": "y"}\n', "c.bin": "zz"})
    seen = []
    memory.ingest([root], on_progress=seen.append)
    # What is skipped needs no embedding, and is done first.
    assert [p.documents for p in seen] == [0, 1, 2, 3]
    assert seen[-1].done_bytes == seen[-1].total_bytes == 10 + 28
    assert [p.done_bytes for p in seen] == sorted(p.done_bytes for p in seen)


def test_what_the_embedder_cuts_off_is_said(tmp_path, folder):
    with Memory.open(tmp_path / "m", HashEmbedder(max_tokens=12)) as memory:
        root = folder({"a.md": "# " + "long title " * 8 + "\n\ntext"})
        report = memory.ingest([root])
        assert "found by their beginning only" in report.warnings[0]
        assert str(root / "a.md") in report.warnings[0]


def test_a_full_disk_keeps_what_was_finished(tmp_path, folder, hash_embedder):
    root = folder({f"{i}.txt": "word " * 3000 for i in range(20)})
    with Memory.open(tmp_path / "m", hash_embedder) as memory:
        pages = memory.store.database.execute("PRAGMA page_count")[0][0]
        memory.store.database.execute(f"PRAGMA max_page_count = {pages + 100}")
        with pytest.raises(StorageFull):
            memory.ingest([root])
        kept = memory.stats().documents
        assert 0 < kept < 20
        assert memory.store.integrity() == ()
    with Memory.open(tmp_path / "m", hash_embedder) as memory:
        assert counts(memory.ingest([root])) == (20 - kept, 0, kept, 0)
        assert memory.store.integrity() == ()


def test_vectors_of_the_wrong_dimension_are_refused_and_nothing_written(memory, folder, monkeypatch):
    monkeypatch.setattr(memory, "embedder", HashEmbedder(dim=32))
    with pytest.raises((ValueError, TypeError)):
        memory.ingest([folder({"a.txt": "a"})])
    assert memory.stats().nodes == 0


def test_the_memory_may_lie_in_the_folder_it_remembers(folder, hash_embedder):
    root = folder({"a.txt": "a"})
    with Memory.open(root / "notes.sanderling", hash_embedder) as memory:
        memory.ingest([root])
        memory.index.save()
        assert memory.ingest([root]).skipped == ()


def test_documents_are_embedded_together_and_stored_one_by_one(memory, folder, monkeypatch):
    calls = []
    embed = memory.embedder.embed
    monkeypatch.setattr(
        memory.embedder, "embed", lambda texts, told=None: (calls.append(len(texts)), embed(texts, told))[1]
    )
    lines = [f'{{"_id": {i}, "text": "word{i} "}}\n' for i in range(CHUNKS_AT_ONCE + 6)]
    root = folder({"a.jsonl": "".join(lines), "b.txt": "word " * 300, "c.txt": "x"})
    report = memory.ingest([root, root / "c.txt", root / "c.txt"])
    assert calls == [CHUNKS_AT_ONCE, 6 + 2 + 1]
    assert (report.added, report.changed, report.unchanged) == (CHUNKS_AT_ONCE + 8, 0, 2)
    for uri, text in (("a.jsonl#3", "word3"), ("c.txt", "x")):
        (key,) = memory.store.document_nodes(memory.store.document(str(root / uri)).key)
        (blob,) = memory.store.database.execute("SELECT value FROM vector WHERE node = ?", (key,))[0]
        title = memory.nodes([key])[0].title
        assert blob == pack(embed([f"{title}\n{text}" if title else text])[0], memory.store.precision)
    assert memory.store.database.execute("SELECT count(DISTINCT generation) FROM change")[0][0] >= CHUNKS_AT_ONCE + 8


def test_what_is_doubtful_is_listed_beside_what_was_skipped(memory, folder):
    root = folder(
        {
            "good.txt": "The pump is red.",
            "bad.txt": "Der Kühler ist für die Küche, \udcff und die Tür.".encode("utf-8", "surrogateescape"),
            "old.md": "Завтра в девять придёт мастер чинить котёл.".encode("koi8-r"),
            "page.html": "<meta charset=utf-8><p>Прилив завтра в девять утра".encode("cp1251"),
            "scan.pdf": pdf("first page", ""),
            "picture.txt": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        }
    )
    report = memory.ingest([root])
    assert [uri.removeprefix(f"{root}/") for uri, _ in report.warned] == ["bad.txt", "old.md", "page.html", "scan.pdf"]
    doubts = [doubt for _, doubt in report.warned]
    assert all(part in doubt for part, doubt in zip(("UTF-8", "koi8-r", "cp1251", "1 of 2 pages"), doubts, strict=True))
    assert report.warnings == tuple(f"{uri}: {doubt}" for uri, doubt in report.warned)
    assert [reason for _, reason in report.skipped] == ["a binary file, not text: a PNG image"]
    assert (report.added, memory.ingest([root]).warned) == (5, ())


def test_a_document_that_another_process_stored_meanwhile_is_left_as_it_is(memory, folder, tmp_path, monkeypatch):
    root = folder({"a.txt": "alpha", "b.txt": "beta"})
    embed = memory.embedder.embed
    other = Memory.open(tmp_path / "notes.sanderling", memory.embedder)
    at_once = []

    def slow(texts, told=None):
        if not at_once:
            at_once.append(1)
            other.ingest([root])
        return embed(texts, told)

    monkeypatch.setattr(memory.embedder, "embed", slow)
    report = memory.ingest([root])
    assert counts(report) == (0, 0, 2, 0)
    assert [node.key for node in memory.nodes(range(1, 9))] == [1, 2]
    other.close()
