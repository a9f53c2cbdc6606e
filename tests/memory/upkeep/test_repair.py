from __future__ import annotations

import json
import sqlite3
from itertools import pairwise

import numpy as np
import pytest
from old_memory import back_to_format_2

from sanderling.errors import MemoryFileError, StorageFull
from sanderling.memory import Memory, Note
from sanderling.memory.index import index_path
from sanderling.memory.store import database
from sanderling.memory.store.database import Database
from sanderling.memory.store.salvaged_rows import readable_rows
from sanderling.memory.store.store import Store
from sanderling.memory.upkeep.repair import repair
from sanderling.memory.upkeep.verification import verify

PAGE = 4096
DOCUMENTS = 60


def notes():
    """Documents of two nodes or more, each of which cites another one."""
    return {
        f"{i:02}.md": f"# Great Note {i}\n\n## Part {'abc'[i % 3]} of note\n\n"
        f"See the Great Note {(i * 7 + 1) % DOCUMENTS}.\n\n" + f"word{i} " * 400
        for i in range(DOCUMENTS)
    }


@pytest.fixture
def root(folder):
    return folder(notes())


@pytest.fixture
def path(tmp_path, root, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.ingest([root])
        memory.write_back([Note(text="An answer.", edges=((1, "cites", 1.0),))])
    return path


def alter(path, *statements):
    connection = sqlite3.connect(path)
    with connection:
        for statement, *values in statements:
            connection.execute(statement, values)
    connection.close()


def content(path, uri=None):
    """Everything a memory holds, without the keys and times that a second ingest makes anew."""
    store = Store.open_existing(path)
    try:
        name = "(SELECT d.uri || ' ' || n.position FROM node n JOIN document d ON d.key = n.document WHERE n.key = {})"
        return {
            "documents": [(d.uri, d.title, d.content_hash, d.node_count) for d in sorted_documents(store)],
            "nodes": sorted(
                store.database.execute(
                    f"SELECT {name.format('m.key')}, m.text, v.value FROM node m JOIN vector v ON v.node = m.key"
                ),
                key=str,
            ),
            "names": sorted(store.database.execute(f"SELECT {name.format('node')}, heading, text FROM name"), key=str),
            "entities": sorted(store.database.execute(f"SELECT {name.format('node')}, text FROM entity"), key=str),
            "cites": sorted(
                store.database.execute(
                    f"SELECT {name.format('src')}, {name.format('dst')}, weight FROM edge WHERE rel = 0"
                ),
                key=str,
            ),
        }
    finally:
        store.close()


def sorted_documents(store):
    return sorted(store.documents(), key=lambda document: document.uri)


def assert_sound(path):
    found = verify(path)
    assert (found.store, found.index, found.notes) == ((), (), ())


def test_a_sound_memory_is_left_alone(path):
    before = path.read_bytes(), index_path(path).read_bytes()
    done = repair(path)
    assert (done.actions, done.forgotten, done.left.store, done.left.index) == ((), (), (), ())
    assert (path.read_bytes(), index_path(path).read_bytes()) == before


def flawed(path):
    nan = np.full(64, np.nan, np.float32).tobytes()
    alter(
        path,
        ("DELETE FROM vector WHERE node = (SELECT min(key) FROM node WHERE document = 3)",),
        ("UPDATE vector SET value = x'00' WHERE node = (SELECT min(key) FROM node WHERE document = 5)",),
        ("UPDATE vector SET value = ? WHERE node = (SELECT min(key) FROM node WHERE document = 7)", nan),
        ("DELETE FROM node WHERE key = (SELECT max(key) FROM node WHERE document = 9)",),
        ("UPDATE document SET node_count = 77 WHERE key = 11",),
    )


def test_documents_that_lost_something_are_forgotten_and_can_be_ingested_again(path, root, hash_embedder, tmp_path):
    before = content(path)
    flawed(path)
    assert verify(path).store
    done = repair(path)
    assert [name.rsplit("/")[-1] for name in done.forgotten] == ["02.md", "04.md", "06.md", "08.md", "10.md"]
    assert (done.left.store, done.left.index) == ((), ())
    assert any("5 documents and 0 other nodes" in action for action in done.actions)
    assert any("vectors of no node removed" in action for action in done.actions)
    assert_sound(path)
    with Memory.open(path, hash_embedder) as memory:
        assert not memory.warnings
        report = memory.ingest([root])
        assert (report.added, report.unchanged) == (5, DOCUMENTS - 5)
    assert content(path) == before
    assert not list(tmp_path.glob("forgotten-*"))


def test_texts_whose_document_was_lost_are_kept(path, tmp_path):
    alter(path, ("DELETE FROM document WHERE key = 3",))
    done = repair(path)
    assert any("nodes of a lost document removed" in action for action in done.actions)
    assert_sound(path)
    (kept,) = tmp_path.glob("forgotten-m-*.jsonl")
    lines = [json.loads(line) for line in kept.read_bytes().splitlines()]
    assert [line["_id"] for line in lines] == list(done.forgotten)
    assert "word2 word2" in " ".join(line["text"] for line in lines)


def test_texts_of_files_that_are_gone_are_kept(path, root, tmp_path):
    flawed(path)
    (root / "02.md").unlink()
    assert any("1 of their texts are of no file that is known" in action for action in repair(path).actions)
    (kept,) = tmp_path.glob("forgotten-m-*.jsonl")
    line = json.loads(kept.read_bytes())
    assert line["title"] == "Great Note 2"
    assert "word2 word2" in line["text"]


def test_an_answer_that_lost_its_vector_is_kept_as_text(path, tmp_path, hash_embedder):
    alter(path, ("DELETE FROM vector WHERE node = (SELECT key FROM node WHERE document IS NULL)",))
    done = repair(path)
    assert len(done.forgotten) == 1
    assert_sound(path)
    (kept,) = tmp_path.glob("*.jsonl")
    line = json.loads(kept.read_text())
    assert line["text"] == "An answer."
    assert line["metadata"]["timestamp"].startswith("2")
    with Memory.open(path, hash_embedder) as memory:
        assert memory.ingest([kept]).added == 1


def test_the_citations_of_others_are_drawn_anew(path):
    # Two documents bear the title: each citation of it weighs a half.
    store = Store.open_existing(path)
    with store.write() as writer:
        writer.add_document("twin", "Great Note 1", "h", ["twin"], np.ones((1, 64), np.float32))
    store.close()
    alter(path, ("UPDATE document SET node_count = 5 WHERE uri = 'twin'",))
    assert repair(path).forgotten == ("twin",)
    assert_sound(path)
    assert {weight for _, _, weight in content(path)["cites"]} == {1.0}


@pytest.mark.parametrize(
    ("statement", "action"),
    [
        ("INSERT INTO node_text(rowid, title, text) VALUES(999, 'ghost', 'ghost')", "full-text index was rebuilt"),
        ("DELETE FROM node_text_data WHERE id > 10", "full-text index was rebuilt"),
        ("INSERT INTO edge VALUES(9999, 'e', 1, 7777, 0, 1.0, '', 'agent', 1.0)", "1 edges from, to or of nothing"),
        ("INSERT INTO edge VALUES(9999, 'e', 1, 2, 99, 1.0, '', 'agent', 1.0)", "1 edges from, to or of nothing"),
        ("UPDATE edge SET weight = 1e-300 WHERE key = 1", "1 edges that no index can hold"),
        ("INSERT INTO link VALUES(7777, 'x')", "1 links of no node"),
        ("INSERT INTO name VALUES(7777, 1, 'x')", "1 names of no node"),
        ("INSERT INTO entity VALUES('x y', 7777)", "1 entities of no node"),
        ("DELETE FROM change", "change log was started anew"),
    ],
)
def test_what_hangs_in_the_air_is_removed(path, statement, action):
    alter(path, (statement,))
    assert verify(path).store
    done = repair(path)
    assert any(action in said for said in done.actions), done
    assert not done.forgotten
    assert_sound(path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM node_text_data",
        "UPDATE node_text_data SET block = NULL WHERE id = 10",
        "DELETE FROM node_text_config",
        "UPDATE node_text_config SET v = 99 WHERE k = 'version'",
    ],
)
def test_a_full_text_index_that_cannot_be_opened_is_made_anew_with_its_file(path, statement):
    before = content(path)
    alter(path, (statement,))
    assert any("full-text" in problem for problem in verify(path).store)
    assert not repair(path).forgotten
    assert_sound(path)
    assert content(path) == before


@pytest.mark.parametrize("harm", [bytes.hex, lambda data: b"", None], ids=["foreign", "empty", "missing"])
def test_an_index_is_rebuilt(path, harm):
    data = index_path(path).read_bytes()
    index_path(path).unlink()
    if harm is not None:
        made = harm(data)
        index_path(path).write_bytes(made if isinstance(made, bytes) else made.encode())
    done = repair(path)
    assert len(done.actions) == 1
    assert "the index was rebuilt" in done.actions[0]
    assert_sound(path)


def leaves(path, table):
    """Numbers of the pages that hold rows of a table, by SQLite's own file format (section 1.6)."""
    connection = sqlite3.connect(path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    data = path.read_bytes()
    found = []

    def visit(page):
        start = (page - 1) * PAGE
        if data[start] == 13:
            found.append(page)
        elif data[start] == 5:
            cells = int.from_bytes(data[start + 3 : start + 5])
            for i in range(cells):
                cell = start + int.from_bytes(data[start + 12 + 2 * i : start + 14 + 2 * i])
                visit(int.from_bytes(data[cell : cell + 4]))
            visit(int.from_bytes(data[start + 8 : start + 12]))

    visit(root)
    return found


def smash(path, pages):
    data = bytearray(path.read_bytes())
    for page in pages:
        data[(page - 1) * PAGE : page * PAGE] = b"\xa5" * PAGE
    path.write_bytes(data)


@pytest.mark.parametrize("table", ["node", "vector"])
@pytest.mark.parametrize("which", [[0], [-1], [2, 3], [1, 4, 6], [0, -1]], ids=str)
def test_pages_that_cannot_be_read_cost_their_rows_only(path, root, hash_embedder, tmp_path, table, which):
    before = content(path)
    pages = leaves(path, table)
    assert len(pages) > 7
    smash(path, [pages[i] for i in which])
    damaged = path.read_bytes()
    done = repair(path)
    assert (done.left.store, done.left.index) == ((), ())
    assert "the file was damaged" in done.actions[0]
    assert_sound(path)
    (kept,) = tmp_path.glob("m.sanderling.damaged-*")
    assert kept.read_bytes()[PAGE:] == damaged[PAGE:]
    assert not list(tmp_path.glob("*salvaged*"))
    # A page holds the rows of a few documents.
    left = content(path)
    limit = len(which) * (20 if table == "vector" else 5)
    assert DOCUMENTS - limit <= len(left["documents"])
    assert len(left["nodes"]) < len(before["nodes"])
    with Memory.open(path, hash_embedder) as memory:
        report = memory.ingest([root])
        assert report.added == DOCUMENTS - len(left["documents"])
    # The answer may have been among what was lost.
    again = content(path)
    assert again["documents"] == before["documents"]
    assert [node for node in again["nodes"] if node[0]] == [node for node in before["nodes"] if node[0]]
    assert [edge for edge in again["cites"] if edge[0]] == [edge for edge in before["cites"] if edge[0]]


def test_a_damaged_memory_of_format_2_is_read_into_this_format(path, root, hash_embedder, tmp_path):
    with Memory.open(path, hash_embedder) as memory:
        memory.add("\u68c0\u67e5\u6c34\u6cf5")
    before = content(path)
    back_to_format_2(path)
    alter(path, ("DROP TABLE link",))
    assert verify(path).store
    done = repair(path)
    assert done.forgotten == ()
    assert_sound(path)
    assert content(path)["nodes"] == before["nodes"]
    with Memory.open(path, hash_embedder) as memory:
        assert len(memory.search_text("\u6c34\u6cf5")) == 1


def test_all_rows_between_damaged_pages_are_read(path):
    pages = leaves(path, "vector")
    smash(path, pages[1::2])
    whole = Store.open_existing(path)
    keys = [row[0] for row in whole.database.execute("SELECT key FROM node ORDER BY key")]
    whole.close()
    damaged = Database(path)
    found = sorted({row[0] for row in readable_rows(damaged, "vector", "node, value")})
    damaged.close()
    assert 0.3 * len(keys) < len(found) < 0.7 * len(keys)
    # The first page was whole, and every other one after it.
    runs = sum(1 for a, b in pairwise(found) if b != a + 1) + 1
    assert runs == len(pages[::2])


def test_a_damaged_index_of_sqlite_costs_nothing(path):
    before = content(path)
    connection = sqlite3.connect(path)
    roots = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name IN ('edge_dst', 'node_document')"
    ).fetchall()
    connection.close()
    smash(path, [root for (root,) in roots])
    done = repair(path)
    assert not done.forgotten
    assert_sound(path)
    assert content(path) == before


def test_a_memory_whose_embedder_is_not_known_any_more_is_left_as_it_is(path, tmp_path):
    smash(path, leaves_of_meta(path))
    damaged, files = path.read_bytes(), sorted(each.name for each in tmp_path.glob("m.*"))
    with pytest.raises(MemoryFileError, match="restore a backup"):
        repair(path)
    assert path.read_bytes()[PAGE:] == damaged[PAGE:]
    assert files == ["m.sanderling", "m.sanderling.idx", "m.sanderling.words"]
    assert sorted(each.name for each in tmp_path.glob("m.*")) == files


def leaves_of_meta(path):
    connection = sqlite3.connect(path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'meta'").fetchone()
    connection.close()
    return [root]


def test_a_memory_in_use_is_not_replaced(path, monkeypatch, hash_embedder):
    smash(path, leaves(path, "node")[1:2])
    other = sqlite3.connect(path)
    other.execute("SELECT count(*) FROM meta").fetchone()
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    before = path.read_bytes()
    with pytest.raises(MemoryFileError, match="in use by another process"):
        repair(path)
    other.close()
    assert path.read_bytes()[PAGE:] == before[PAGE:]
    repair(path)
    assert_sound(path)


def test_a_full_disk_leaves_the_damaged_memory(path, monkeypatch, tmp_path):
    smash(path, leaves(path, "node")[1:2])
    damaged = path.read_bytes()

    def refuse(*_):
        raise StorageFull("full")

    monkeypatch.setattr("sanderling.memory.upkeep.repair.mend", refuse)
    with pytest.raises(StorageFull):
        repair(path)
    assert path.read_bytes()[PAGE:] == damaged[PAGE:]
    assert not list(tmp_path.glob("*salvaged*"))
    monkeypatch.undo()
    repair(path)
    assert_sound(path)


def test_a_new_file_is_sound_before_it_takes_the_place_of_the_damaged_one(path, monkeypatch):
    smash(path, leaves(path, "vector")[1:2])
    seen = []
    monkeypatch.setattr(
        "sanderling.memory.upkeep.repair._keep",
        lambda *_: seen.append(verify(path.with_name("m.sanderling.salvaged")).store),
    )
    repair(path)
    assert seen == [()]


def test_without_hard_links_the_damaged_file_is_copied(path, tmp_path, monkeypatch):
    smash(path, leaves(path, "node")[1:2])

    def refuse(*_):
        raise PermissionError("no links here")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    repair(path)
    assert_sound(path)
    assert len(list(tmp_path.glob("m.sanderling.damaged-*"))) == 1
