from __future__ import annotations

import json
import shutil

import pytest
from handmade_pdf import pdf

from sanderling.memory.store.schema import RELATIONS
from sanderling.records import SearchParams

TEXTS = {
    "pump.md": "# Feed pump\n\nThe pump is repaired by Oleg. See [the shed](shed.md).",
    "shed.md": "# East shed\n\nThe east shed holds the Feed pump.",
    "plain.txt": "Nothing but a line.",
    "long.md": "# Long\n\n"
    + "".join(f"## Part {n}\n\nSentence {n} " + "of many words. " * 40 + "\n\n" for n in range(5)),
}


def state(memory):
    """All that must stay: nodes with ids, texts and vectors, and edges with ids."""
    ask = memory.store.database.execute
    nodes = ask("SELECT n.key, n.id, n.text, v.value FROM node n JOIN vector v ON v.node = n.key ORDER BY n.key")
    return nodes, sorted(ask("SELECT id, src, dst, rel, weight FROM edge"))


def uris(memory):
    return {document.uri for document in memory.store.documents()}


@pytest.fixture
def embedded(memory, monkeypatch):
    """Number of calls of the embedder."""
    calls = []
    embed = memory.embedder.embed
    monkeypatch.setattr(
        memory.embedder, "embed", lambda texts, told=None: (calls.append(len(texts)), embed(texts, told))[1]
    )
    return calls


def test_a_moved_folder_keeps_nodes_vectors_and_edges(memory, folder, tmp_path, embedded):
    root = folder({**TEXTS, "p.pdf": pdf("penguin count")})
    memory.ingest([root])
    before = state(memory)
    embedded.clear()
    root.rename(tmp_path / "moved")
    report = memory.ingest([tmp_path / "moved"])
    assert (report.moved, report.added, report.changed, report.removed) == (5, 0, 0, 0)
    assert state(memory) == before
    assert embedded == []
    assert uris(memory) == {str(tmp_path / "moved" / name) for name in (*TEXTS, "p.pdf")}
    assert memory.ingest([tmp_path / "moved"]).unchanged == 5
    assert memory.store.integrity() == ()
    hits = memory.search(memory.embedder.embed(["penguin count"])[0], SearchParams(k=1))
    assert memory.nodes(hits.keys)[0].uri == str(tmp_path / "moved" / "p.pdf")


def test_a_renamed_file_gets_the_title_of_its_new_name(memory, folder, embedded):
    root = folder({"Boiler room.txt": "The valve is stiff.", "other.md": "# Other\n\nAsk in the Winch house."})
    memory.ingest([root])
    ids = [node.id for node in memory.nodes([1, 2])]
    embedded.clear()
    (root / "Boiler room.txt").rename(root / "Winch house.txt")
    assert memory.ingest([root]).moved == 1
    (node,) = (node for node in memory.nodes([1, 2]) if node.text == "The valve is stiff.")
    assert (node.title, node.uri, node.id in ids) == ("Winch house", str(root / "Winch house.txt"), True)
    assert embedded == []
    assert [key for key, _ in memory.search_text("winch")] != []
    assert node.key not in [key for key, _ in memory.search_text("boiler")]
    # The other note mentions the new title, as if both had just been read.
    (cites,) = memory.store.database.execute(
        "SELECT dst FROM edge e JOIN relation r ON r.id = e.rel WHERE name = 'cites'"
    )
    assert cites == (node.key,)


def test_links_follow_a_note_into_its_new_folder(memory, folder):
    root = folder({"a.md": "# Aaaa\n\nSee [it](sub/t.md).", "t.md": "# Zzzz\n\nHere."})
    memory.ingest([root])
    cites = "SELECT count(*) FROM edge e JOIN relation r ON r.id = e.rel WHERE r.name = 'cites'"
    assert memory.store.database.execute(cites) == [(0,)]
    (root / "sub").mkdir()
    (root / "t.md").rename(root / "sub" / "t.md")
    assert memory.ingest([root]).moved == 1
    assert memory.store.database.execute(cites) == [(1,)]
    (root / "sub" / "t.md").rename(root / "t.md")
    assert memory.ingest([root]).moved == 1
    assert memory.store.database.execute(cites) == [(0,)]


def test_a_moved_memory_is_as_one_that_was_read_at_the_new_place(memory, folder, tmp_path, hash_embedder):
    from sanderling.memory import Memory

    root = folder(TEXTS)
    memory.ingest([root])
    (root / "deep").mkdir()
    for name in TEXTS:
        (root / name).rename(root / "deep" / f"new-{name}")
    assert memory.ingest([root]).moved == len(TEXTS)

    def told(memory):
        ask = memory.store.database.execute
        nodes = ask(
            "SELECT n.text, n.title, n.names, d.uri, n.position FROM node n JOIN document d ON d.key = n.document"
        )
        edges = ask(
            "SELECT a.text, b.text, e.rel FROM edge e JOIN node a ON a.key = e.src JOIN node b ON b.key = e.dst "
            "WHERE e.rel IN (0, 1)"
        )
        names = ask("SELECT n.text, m.heading, m.text FROM name m JOIN node n ON n.key = m.node")
        return sorted(nodes), sorted(edges), sorted(names)

    with Memory.open(tmp_path / "fresh.sanderling", hash_embedder) as fresh:
        fresh.ingest([root])
        assert told(memory) == told(fresh)


def test_a_copy_is_a_note_of_its_own(memory, folder):
    root = folder(TEXTS)
    memory.ingest([root])
    shutil.copy(root / "pump.md", root / "copy.md")
    report = memory.ingest([root])
    assert (report.added, report.moved, report.unchanged) == (1, 0, 4)
    (root / "pump.md").unlink()
    report = memory.ingest([root], prune=True)
    assert (report.removed, report.moved) == (1, 0)


def test_a_copy_outside_of_what_is_ingested_is_one_too(memory, folder, tmp_path):
    root = folder(TEXTS)
    memory.ingest([root])
    shutil.copytree(root, tmp_path / "backup")
    assert memory.ingest([tmp_path / "backup"]).added == 4


def test_a_note_that_made_room_for_another_of_its_name(memory, folder):
    """As `mv today.md 2024-03-05.md`, and a new today.md."""
    root = folder({"today.md": "The old day was wet.", "z.md": "z"})
    memory.ingest([root])
    (old,) = (node for node in memory.nodes([1, 2]) if "wet" in node.text)
    (root / "today.md").rename(root / "2024-03-05.md")
    folder({"today.md": "The new day is dry."})
    report = memory.ingest([root])
    assert (report.moved, report.added + report.changed) == (1, 1)
    (moved,) = (node for node in memory.nodes(range(1, 9)) if "wet" in node.text)
    assert (moved.id, moved.uri) == (old.id, str(root / "2024-03-05.md"))


def test_lines_of_a_moved_file_keep_their_nodes(memory, folder):
    lines = [{"_id": n, "text": "the same text" if n < 2 else f"text {n}"} for n in range(5)]
    root = folder({"c.jsonl": "\n".join(map(json.dumps, lines))})
    memory.ingest([root])
    before = {node.uri.rpartition("#")[2]: node.id for node in memory.nodes(range(1, 6))}
    (root / "c.jsonl").rename(root / "d.jsonl")
    assert memory.ingest([root]).moved == 5
    assert {node.uri.rpartition("#")[2]: node.id for node in memory.nodes(range(1, 6))} == before
    assert all("d.jsonl#" in uri for uri in uris(memory))


def test_a_line_that_vanished_from_a_file_is_not_moved(memory, folder):
    root = folder({"c.jsonl": '{"_id": 1, "text": "one"}\n{"_id": 2, "text": "two"}'})
    memory.ingest([root])
    folder({"c.jsonl": '{"_id": 1, "text": "one"}', "d.jsonl": '{"_id": 2, "text": "two"}'})
    report = memory.ingest([root])
    assert (report.moved, report.added, report.gone) == (0, 1, 1)


def test_tags_given_with_the_new_place_are_set(memory, folder, tmp_path, embedded):
    root = folder(TEXTS)
    memory.ingest([root], tags=["old"])
    embedded.clear()
    root.rename(tmp_path / "moved")
    assert memory.ingest([tmp_path / "moved"], tags=["new"], domain="work").moved == 4
    assert embedded == []
    assert {(node.metadata.tags, node.metadata.domain) for node in memory.nodes(range(1, 9))} == {(("new",), "work")}
    assert memory.ingest([tmp_path / "moved"], tags=["new"], domain="work").unchanged == 4


def test_a_note_by_hand_is_never_taken_for_a_file(memory, folder):
    memory.add("Nothing but a line.", uri="note:1")
    memory.add("Nothing but a line.", uri="https://example.org/x")
    assert memory.ingest([folder(TEXTS)]).moved == 0
    assert len(uris(memory)) == 6


def test_words_of_an_old_title_leave_the_disk(memory, folder):
    root = folder({"Zanzibarium.txt": "The valve is stiff."})
    memory.ingest([root])
    (root / "Zanzibarium.txt").rename(root / "b.txt")
    memory.ingest([root])
    for suffix in ("", "-wal"):
        path = memory.store.path.with_name(memory.store.path.name + suffix)
        assert b"zanzibarium" not in path.read_bytes().lower()


def test_a_text_whose_pieces_are_not_parts_of_it_is_cut_as_it_was(memory, folder, embedded, monkeypatch):
    """As a table, whose header stands before each piece; and the room for a piece depends on the old title."""
    from sanderling.memory.ingest import ingest
    from sanderling.memory.ingest.chunk import Chunk

    heads = []

    def split(text, head, embedder, *, markdown):
        heads.append(head)
        size = 40 + len(head)
        return [Chunk(at, f"header\n{text[at : at + size]}") for at in range(0, len(text), size)]

    monkeypatch.setattr(ingest, "split", split)
    root = folder({"Boiler room.txt": "one two three four five six seven eight nine ten " * 9})
    memory.ingest([root])
    before = state(memory)
    embedded.clear()
    (root / "Boiler room.txt").rename(root / "a far longer name than the one before.txt")
    assert memory.ingest([root]).moved == 1
    assert state(memory) == before
    assert embedded == []
    assert heads[0] == heads[1]


def test_a_text_that_is_read_otherwise_now_is_a_new_document(memory, folder):
    root = folder({"a.txt": "one two three four five six seven eight nine ten " * 50})
    memory.ingest([root])
    with memory.store.write():
        memory.store.database.execute("UPDATE node SET text = 'as an older version read it' WHERE position = 1")
    (root / "a.txt").rename(root / "b.txt")
    report = memory.ingest([root], prune=True)
    assert (report.moved, report.added, report.removed) == (0, 1, 1)
    assert memory.store.integrity() == ()


def test_a_link_by_path_leads_elsewhere_from_elsewhere(memory, folder):
    root = folder({"a/x.md": "See [it](t.md).", "a/t.md": "# Aaaa\n\nOne.", "b/t.md": "# Bbbb\n\nTwo."})

    def cited():
        sql = "SELECT n.text FROM edge e JOIN node n ON n.key = e.dst WHERE e.rel = ?"
        return memory.store.database.execute(sql, (RELATIONS["cites"],))

    memory.ingest([root])
    assert cited() == [("# Aaaa\n\nOne.",)]
    (root / "a" / "x.md").rename(root / "b" / "x.md")
    assert memory.ingest([root]).moved == 1
    assert cited() == [("# Bbbb\n\nTwo.",)]
