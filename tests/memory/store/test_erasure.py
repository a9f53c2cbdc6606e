"""What is removed from a memory is in none of its files any more, also while they are open."""

from __future__ import annotations

import sqlite3

import pytest
from disk_words import draw, left

from sanderling.memory import Memory, Note
from sanderling.memory.store.store import Store
from sanderling.memory.upkeep.compaction import compact
from sanderling.memory.upkeep.tidy import tidy

PER_NOTE = 24


def note(words):
    """A note whose words stand in every table: tags, aliases, title, entities, links, headings, text."""
    capital = [word.capitalize() for word in words]
    return (
        f"---\ntags: [{words[0]}]\naliases: [{capital[1]} {capital[2]}]\n---\n# {capital[3]} {words[4]}\n\n"
        f"By {capital[5]} {capital[6]} of [{words[7]}]({words[8]}.md). {' '.join(words[9:14])}\n\n"
        f"## {capital[14]}\n\n{' '.join(words[15:]) * 40}\n"
    )


@pytest.fixture
def noted(folder):
    """Sixty notes of words of their own."""
    words = {f"{i:02}.md": draw(i, PER_NOTE) for i in range(60)}
    return folder({name: note(of) for name, of in words.items()}), words


def all_of(words, names):
    return {word for name in names for word in words[name]}


def test_pruned_documents_leave_no_word(noted, tmp_path, hash_embedder):
    root, words = noted
    gone, kept = sorted(words)[::3], sorted(words)[1::3]
    with Memory.open(tmp_path / "m.sanderling", hash_embedder) as m:
        m.ingest([root])
        assert left(tmp_path, all_of(words, gone), but=root.iterdir()) == all_of(words, gone)
        for name in gone:
            (root / name).unlink()
        assert m.ingest([root], prune=True).warnings == ()
        assert left(tmp_path, all_of(words, gone)) == set()
        assert left(tmp_path, all_of(words, kept), but=root.iterdir()) == all_of(words, kept)
    assert left(tmp_path, all_of(words, gone)) == set()


def test_a_document_that_is_replaced_leaves_no_word(noted, tmp_path, hash_embedder):
    root, words = noted
    with Memory.open(tmp_path / "m.sanderling", hash_embedder) as m:
        m.ingest([root])
        for name in sorted(words)[::4]:
            (root / name).write_text(note(draw(1000 + int(name[:2]), PER_NOTE)))
            m.ingest([root])
            assert left(tmp_path, words[name]) == set(), name
        m.add("A " + " ".join(draw(2000, 5)), uri="note:mine")
        m.add("Now another thing", uri="note:mine")
        assert left(tmp_path, draw(2000, 5)) == set()


def test_a_repeated_memory_that_tidying_merges_leaves_no_word(tmp_path, hash_embedder):
    path, (first, second) = tmp_path / "m.sanderling", draw(1, 2)
    with Memory.open(path, hash_embedder) as m:
        m.write_back([Note(text=f"The pump is repaired by Ada {first}")])
        m.write_back([Note(text=f"The pump is repaired by Ada  {first}.")])
        m.write_back([Note(text=f"The pump is repaired, by Ada {first}", title=""), Note(text=f"Else {second}")])
        ids = [node.id for node in m.nodes(range(1, 5))]
    done = tidy(path)
    assert done.merged
    gone = [each.gone for each in done.merged]
    data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not [id_ for id_ in gone if id_.encode() in data]
    assert [id_ for id_ in ids if id_.encode() in data] == [id_ for id_ in ids if id_ not in gone]


def test_a_process_that_dies_before_erasing_leaves_it_to_the_next(noted, tmp_path, hash_embedder, monkeypatch):
    root, words = noted
    path, name = tmp_path / "m.sanderling", "07.md"
    with Memory.open(path, hash_embedder) as m:
        m.ingest([root])
        (root / name).unlink()
        with monkeypatch.context() as dying:
            dying.setattr("sanderling.memory.store.store.Store.erase", lambda store: "")
            m.ingest([root], prune=True)
        assert left(tmp_path, words[name])
        m.ingest([root])  # nothing is new
        assert left(tmp_path, words[name]) == set()


def test_another_process_that_reads_is_named_and_erasing_goes_on_later(noted, tmp_path, hash_embedder, monkeypatch):
    monkeypatch.setattr("sanderling.memory.store.database.BUSY_TIMEOUT_MS", 10)
    root, words = noted
    path, name = tmp_path / "m.sanderling", "07.md"
    with Memory.open(path, hash_embedder) as m:
        m.ingest([root])
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM node").fetchone()
        (root / name).unlink()
        (warning,) = m.ingest([root], prune=True).warnings
        assert "another process is reading" in warning
        reader.close()
        assert m.ingest([root]).warnings == ()
        assert left(tmp_path, words[name]) == set()


def test_what_deletes_nothing_erases_nothing(noted, tmp_path, hash_embedder):
    root, _ = noted
    with Memory.open(tmp_path / "m.sanderling", hash_embedder) as m:
        m.ingest([root])
        assert m.store.database.execute("SELECT * FROM meta WHERE key = 'erase_due'") == []


def test_compacting_takes_off_what_an_earlier_version_left(tmp_path, hash_embedder):
    path, words = tmp_path / "m.sanderling", draw(3, 40)
    with Memory.open(path, hash_embedder) as m:
        m.store.database.execute("PRAGMA secure_delete = OFF")
        m.add(" ".join(words) * 20, uri="note:mine")
        m.store.database.execute("DELETE FROM document")
        m.store.database.execute("PRAGMA wal_checkpoint")
    assert left(tmp_path, words)
    compact(path)
    assert left(tmp_path, words) == set()


def test_a_memory_is_its_owners_wherever_it_is_made(tmp_path, hash_embedder, modes):
    path = tmp_path / "elsewhere.sanderling"
    with Memory.open(path, hash_embedder) as m:
        m.add("A note")
        assert modes(tmp_path) == {"elsewhere.sanderling": 0o600} | {
            f"elsewhere.sanderling{end}": 0o600 for end in ("-wal", "-shm")
        }
        m.index.save()
        assert modes(tmp_path)["elsewhere.sanderling.idx"] == 0o600


def test_a_memory_that_others_may_read_stays_so_with_its_index(tmp_path, hash_embedder, modes):
    path = tmp_path / "shared.sanderling"
    Memory.open(path, hash_embedder).close()
    path.chmod(0o644)
    (tmp_path / "shared.sanderling.idx").unlink(missing_ok=True)
    with Memory.open(path, hash_embedder) as m:
        m.add("A note")
    assert modes(tmp_path) == dict.fromkeys([path.name, f"{path.name}.idx", f"{path.name}.words"], 0o644)


def test_a_new_file_is_private_before_sqlite_opens_it(tmp_path, monkeypatch):
    seen = []
    connect = sqlite3.connect

    def looking(path, **options):
        seen.append(path.stat().st_mode & 0o777)
        return connect(path, **options)

    monkeypatch.setattr(sqlite3, "connect", looking)
    Store.open(tmp_path / "m.sanderling", "test-4", 4).close()
    assert seen == [0o600]
