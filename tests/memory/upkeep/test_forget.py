from __future__ import annotations

import shutil
import unicodedata

import pytest

from sanderling.errors import MemoryFileError, UsageError
from sanderling.memory import Memory, Note
from sanderling.memory.store.description import keys_of
from sanderling.memory.store.store import Store
from sanderling.memory.upkeep.forget import forget, forget_answer_in


@pytest.fixture
def root(folder):
    return folder(
        {
            "a.md": "# Aaaa\n\nThe anchor is heavy.",
            "sub/b.md": "# Bbbb\n\nThe buoy is red. See Aaaa.",
            "sub/c.md": "# Cccc\n\nThe crane is tall.",
            "subway.md": "# Subway\n\nThe train is late.",
            "l.jsonl": '{"_id": "x", "text": "line x"}\n{"_id": "y", "text": "line y"}',
            unicodedata.normalize("NFC", "Zürich.md"): "The lake is cold.",
        }
    )


@pytest.fixture
def path(tmp_path, root, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.ingest([root])
        memory.add("A thought.", uri="note:1")
        memory.add("A page.", uri="https://example.org/page")
    return path


def left(path):
    store = Store.open_existing(path)
    try:
        assert store.integrity() == ()
        return {document.uri.rpartition("/")[2] for document in store.documents()}
    finally:
        store.close()


ALL = {"a.md", "b.md", "c.md", "subway.md", "l.jsonl#x", "l.jsonl#y", "Zürich.md", "note:1", "page"}


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize(
    ("name", "forgotten"),
    [
        ("a.md", {"a.md"}),
        ("sub", {"b.md", "c.md"}),
        ("sub/", {"b.md", "c.md"}),
        ("l.jsonl", {"l.jsonl#x", "l.jsonl#y"}),
        ("l.jsonl#y", {"l.jsonl#y"}),
        ("../notes", ALL - {"note:1", "page"}),
        (unicodedata.normalize("NFD", "Zürich.md"), {"Zürich.md"}),
    ],
)
def test_files_folders_and_parts_are_forgotten(path, root, monkeypatch, name, forgotten, gone):
    monkeypatch.chdir(root)
    if gone:
        for child in root.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
    done = forget(path, [name])
    assert {uri.rpartition("/")[2] for uri in done.uris} == forgotten
    assert done.still_there == (0 if gone else len(forgotten))
    assert left(path) == ALL - forgotten


@pytest.mark.parametrize("name", ["note:1", "https://example.org/page"])
def test_addresses_are_forgotten(path, name):
    assert forget(path, [name]).uris == (name,)


def test_a_folder_that_is_gone_and_was_reached_by_a_link(path, root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    assert len(forget(path, [str(tmp_path / "link" / "sub")]).uris) == 2
    shutil.rmtree(root)
    assert len(forget(path, [str(root)]).uris) == 5


def test_nothing_is_forgotten_if_one_name_is_wrong(path, root):
    with pytest.raises(UsageError, match=r"did you mean .*/sub/b\.md"):
        forget(path, [str(root / "a.md"), "b.md"])
    with pytest.raises(UsageError, match="memory show"):
        forget(path, ["nothing like that"])
    with pytest.raises(UsageError, match="the memory holds nothing of "):
        forget(path, [""])
    assert left(path) == ALL


def test_a_dry_run_changes_nothing(path, root):
    before = path.read_bytes()
    assert len(forget(path, [str(root)], dry_run=True).uris) == 7
    assert path.read_bytes() == before


def test_words_leave_the_disk_and_edges_go(path, root, hash_embedder):
    forget(path, [str(root / "a.md")])
    assert b"anchor" not in path.read_bytes()
    with Memory.open(path, hash_embedder) as memory:
        assert memory.warnings == ()
        assert memory.stats().edges_by_relation.get("cites", 0) == 0


def test_a_memory_that_is_not_there(tmp_path):
    with pytest.raises(MemoryFileError):
        forget(tmp_path / "nowhere.sanderling", ["a"])


ASK = "Who repairs\tthe cafe\u0301 pump?"
KEPT = (
    ("Question: Who repairs the pump?\nAnswer: Bo.", "agent"),
    (f"Question: {ASK} Now?\nAnswer: Bo.", "agent"),
    (f"The question: {ASK}\nAnswer: Bo.", "agent"),
    (f"Question: {ASK}\nAnswer: Bo, as I know.", "user"),
)


@pytest.fixture
def answered(tmp_path, hash_embedder):
    """A memory with two answers to a question, with ids, and notes that are none."""
    path = tmp_path / "answered.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.write_back([Note(id=f"request-{i}", text=f"Question: {ASK}\nAnswer: Ada {i}.") for i in range(2)])
        for text, source in KEPT:
            memory.give(text, source=source)
        memory.add(f"Question: {ASK}\nAnswer: in a document.", uri="note:1")
    return path


@pytest.mark.parametrize(
    ("asked", "gone"),
    [
        (("request-0",), {"request-0"}),
        (("another", ASK), {"request-0", "request-1"}),
        (("request-1", ASK), {"request-0", "request-1"}),
        (("request-1", "Who else?"), {"request-1"}),
        (("another",), set()),
        (("another", "Who else?"), set()),
    ],
)
def test_an_answer_goes_with_what_models_wrote_to_the_same_question(answered, hash_embedder, asked, gone, monkeypatch):
    monkeypatch.setattr("sanderling.memory.upkeep.forget._READ_AT_ONCE", 2)
    assert forget_answer_in(answered, *asked) == bool(gone)
    with Memory.open(answered, hash_embedder) as memory:
        assert memory.warnings == ()
        for id in ("request-0", "request-1"):
            assert bool(keys_of(memory.store, id)) == (id not in gone)
        assert memory.stats().nodes == len(KEPT) + 3 - len(gone)
    for i in range(2):
        assert (f"Ada {i}".encode() in answered.read_bytes()) == (f"request-{i}" not in gone)
