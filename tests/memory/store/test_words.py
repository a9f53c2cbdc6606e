"""Whatever happens to a memory, its word table answers as SQLite's full-text index does."""

from __future__ import annotations

import os
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanderling.memory import Memory, Note
from sanderling.memory.index import MemoryIndex
from sanderling.memory.store import words
from sanderling.memory.store.common_terms import CommonTerms
from sanderling.memory.store.lookup import known_spellings
from sanderling.memory.store.postings import asked_having, asked_nodes_with_names, having
from sanderling.memory.store.relocation import relocate
from sanderling.memory.store.store import Store
from sanderling.memory.store.words import words_path
from sanderling.records import NodeMetadata
from sanderling.text.searched import sequence

VOCABULARY = [
    *("otter", "otters", "quay", "Mountrail", "County", "seat", "courthouse", "running", "sang", "max_size", "E1234"),
    *("1,200", "Éclair", "ﬁre", "refri-\ngerator", "水泵维护", "泵", "우체국에서", "ตู้เย็น", "насос", "Ёлка", "ß"),
    *("İstanbul", "the", "of", "relational"),
]
TEXT = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=12).map(" ".join)
QUERIES = [
    *("otter", "quai", "quay", "run", "runs", "max_size", "e1234", "1234", "1200", "eclair", "fire", "refrigerator"),
    *("水泵", "泵", "水", "우체", "насос", "елка", "ss", "istanbul", "the", "relate", "ตู้", "absent", "?"),
]
PHRASES = [
    "mountrail county",
    "county seat",
    "otter quay otter",
    "the of the",
    "水泵 泵维",
    "absent otter",
    "fire eclair",
]
CHANGES = st.one_of(
    st.tuples(st.just("add"), TEXT, TEXT),
    st.tuples(st.just("change"), st.integers(0, 9), TEXT),
    st.tuples(st.just("delete"), st.integers(0, 9), TEXT),
    st.tuples(st.just("note"), TEXT, TEXT),
    st.tuples(st.just("forget"), st.integers(0, 9), TEXT),
    st.tuples(st.just("move"), st.integers(0, 9), TEXT),
    st.tuples(st.just("save"), st.booleans(), TEXT),
)
UNSHARED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def keys_of(look_up, store, phrases, limit):
    return [keys.tolist() for keys, _ in look_up(store, [phrase.split(" ") for phrase in phrases], limit)]


def found_nodes_with_names(store, names, limit):
    """What the table finds; the second value is not looked at."""
    found = store.words.table().find(store.words._tokens.phrases(names), limit)
    return [(keys, None) for keys in found]


def compare(store):
    """The table's answers and SQLite's, which are read anew."""
    with store.read():
        assert store.words.table() is not None
        for spelled in ([(word,) for word in QUERIES], [QUERIES[:12], QUERIES[17:18]], [("absent",)]):
            (keys, has), (wanted, wanted_has) = having(store, spelled), asked_having(store, spelled)
            assert keys.tolist() == wanted.tolist() and has.tolist() == wanted_has.tolist()
        for limit in (1, 3, 1000):
            assert keys_of(found_nodes_with_names, store, PHRASES, limit) == keys_of(
                asked_nodes_with_names, store, PHRASES, limit
            )
        assert store.words.counts(QUERIES) == asked_having(store, [(word,) for word in QUERIES])[1].sum(axis=1).tolist()
        titles = dict(store.database.execute("SELECT key, title FROM node"))
        assert store.words.titles([*titles, 10**6]) == titles
        for word in ("oter", "seet", "насосс"):
            assert CommonTerms(store.database, store.words).spellings([word])[word] == tuple(
                known_spellings(store.database, word)
            )


def document(writer, unit, title, text, uri):
    names = NodeMetadata(names=" ".join(sequence(title)[:2]))
    return writer.add_document(uri, title, "h", [text, f"{title} {text}"], unit(1, 2), metadata=names)


def change(store, unit, kind, of, text, number):
    if kind == "save":
        index = MemoryIndex(store)
        if of:
            store.words.save(build=True)
        index.save()
        return
    documents = store.documents()
    if kind in ("change", "delete", "move"):
        if not documents:
            return
        old = documents[of % len(documents)]
    with store.write() as writer:
        if kind == "add":
            document(writer, unit, of, text, f"u{number}")
        elif kind == "change":
            writer.delete_document(old.key)
            document(writer, unit, old.title, text, old.uri)
        elif kind == "delete":
            writer.delete_document(old.key)
        elif kind == "move":
            metadata = NodeMetadata(names=" ".join(sequence(text)[:2]))
            relocate(store, writer, old, uri=f"u{number}", title=text, content_hash="h", metadata=metadata)
        elif kind == "note":
            writer.add_node(text, unit(1)[0], type="memory", source="agent", title=of)
        else:
            keys = [key for (key,) in store.database.execute("SELECT key FROM node WHERE document IS NULL")]
            writer.delete_nodes(keys[of : of + 1])


@UNSHARED
@given(st.lists(CHANGES, max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
def test_whatever_changes_the_table_answers_as_sqlite_does(tmp_path_factory, unit, changes, by_another):
    path = tmp_path_factory.mktemp("m") / "m.sanderling"
    store, other = Store.open(path, "test-4", 4), Store.open(path, "test-4", 4)
    compare(store)
    for number, ((kind, of, text), elsewhere) in enumerate(zip(changes, by_another, strict=False)):
        change(other if elsewhere else store, unit, kind, of, text, number)
        compare(store)
    compare(other)
    store.words.save(build=True)
    store.close()
    other.close()
    reopened = Store.open(path, "test-4", 4)
    compare(reopened)
    reopened.close()


@settings(UNSHARED, max_examples=150)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0", max_codepoint=0x1FFFF), max_size=30))
def test_any_text_is_cut_as_sqlite_cuts_it(store, unit, text):
    with store.write() as writer:
        writer.add_node(f"otter {text}", unit(1)[0], type="memory", source="agent", title=text.replace("\n", " ")[:9])
    said = list(dict.fromkeys(sequence(text)))
    with store.read():
        assert store.words.table() is not None
        spelled = [(word,) for word in said]
        (keys, has), (wanted, wanted_has) = having(store, spelled), asked_having(store, spelled)
        assert keys.tolist() == wanted.tolist() and has.tolist() == wanted_has.tolist()
        if said:
            phrase = [" ".join(said[:3])]
            found = keys_of(found_nodes_with_names, store, phrase, 9)
            assert found == keys_of(asked_nodes_with_names, store, phrase, 9)


def filled(store, unit):
    with store.write() as writer:
        for number in range(30):
            document(writer, unit, f"Otter {number}", f"the quay of otter {number} at Mountrail County", f"u{number}")
    store.words.save(build=True)
    return words_path(store.path)


def test_the_file_is_private_and_used(store, unit, monkeypatch):
    path = filled(store, unit)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    store.close()
    again = Store.open(store.path, "test-4", 4)
    monkeypatch.setattr(words.Words, "_built", lambda self: pytest.fail("built although there is a file"))
    compare(again)
    again.close()


def test_what_came_and_went_is_followed_without_a_new_table(store, unit, monkeypatch):
    filled(store, unit)
    monkeypatch.setattr(words.Words, "_built", lambda self: pytest.fail("built although there is a log"))
    with store.write() as writer:
        writer.delete_document(store.documents()[3].key)
        document(writer, unit, "Quay", "an otter of Mountrail County", "new")
    compare(store)


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "flipped", "other", "folder", "pipe"])
def test_a_file_that_cannot_be_used_is_made_anew(store, unit, damage):
    path = filled(store, unit)
    data = bytearray(path.read_bytes())
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "pipe":
        os.mkfifo(path)
    elif damage != "missing":
        for at in range(100, len(data), 500):
            data[at] ^= 1
        path.write_bytes({"empty": b"", "cut": data[: len(data) // 2], "flipped": data, "other": b"x" * 1000}[damage])
    store.close()
    again = Store.open(store.path, "test-4", 4)
    compare(again)
    compare(again)
    again.close()


def test_a_large_memory_without_a_file_is_searched_by_sqlite(store, unit, monkeypatch):
    filled(store, unit).unlink()
    monkeypatch.setattr(words, "BUILT_AT_ONCE", 10)
    store.close()
    again = Store.open(store.path, "test-4", 4)
    with again.read():
        assert again.words.table() is None
        assert len(having(again, [("otter",)])[0]) == 60
    again.words.save(build=True)
    compare(again)
    again.close()


def test_more_new_nodes_than_are_followed(store, unit, monkeypatch):
    filled(store, unit)
    monkeypatch.setattr(words, "FOLLOWED", 10)
    with store.write() as writer:
        for number in range(30, 50):
            document(writer, unit, f"Quay {number}", "an otter", f"u{number}")
    compare(store)


def test_words_of_forgotten_notes_are_in_no_file(tmp_path, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as m:
        gone = m.write_back([Note(text="the otter sang"), Note(text="xylophone zeppelin")])[1]
        m.find("otter", hash_embedder.embed(["otter"])[0])
    assert b"xylophon" in words_path(path).read_bytes()
    with Memory.open(path, hash_embedder) as m:
        with m.store.write() as writer:
            writer.delete_nodes([gone.key])
        assert m.store.erase() == ""
        assert b"xylophon" not in words_path(path).read_bytes()
        assert b"otter" in words_path(path).read_bytes()


def test_what_cannot_be_written_anew_is_removed(store, unit, monkeypatch):
    path = filled(store, unit)
    with store.write() as writer:
        writer.delete_document(store.documents()[0].key)

    def full(self, table, generation):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(words.Words, "_write", full)
    assert store.erase() == ""
    assert not path.exists()
