from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanderling.memory.retrieve.titles import TitleIndex
from sanderling.text.name_trie import Name, Names, Place

WORDS = ("Otter", "otter", "Kelp", "kelp", "House", "of", "Tin", "Cathedral", "cathedral", "A3", "ox")
titles = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), max_size=14)


def named(index, store, question):
    uris = {document.key: document.uri for document in store.documents()}
    return {uris[key]: weight for key, weight in index.find(question).items()}


@pytest.fixture
def filled(memory):
    """A memory and its titles; documents are added as address=title."""

    def add(**documents):
        for uri, title in documents.items():
            memory.add("some text", title=title, uri=uri)
        return TitleIndex(memory.store), memory

    return add


def test_a_title_is_found_whole_and_the_longest_counts(filled):
    index, memory = filled(a="Tin Cathedral", b="Cathedral", c="The Tin Cathedral of Rust")
    assert named(index, memory.store, "who built the tin cathedral?") == {"a": 1.0}
    assert named(index, memory.store, "The Tin Cathedral of Rust, or the Cathedral") == {"c": 1.0, "b": 1.0}
    assert named(index, memory.store, "a cathedral") == {}  # one word, not written as a name
    assert named(index, memory.store, "") == named(index, memory.store, "?") == {}


def test_a_qualifier_tells_apart_what_its_absence_does_not(filled):
    index, memory = filled(film="Devotion (1929 film)", play="Devotion (play)", tin="Tin (1999)")
    assert named(index, memory.store, "Who directed Devotion?") == {"film": 0.5, "play": 0.5}
    assert named(index, memory.store, "Who directed Devotion (1929 Film)?") == {"film": 1.0}
    assert named(index, memory.store, "Tin") == {}  # three letters


def test_an_alias_names_its_document_and_a_heading_does_not(filled):
    index, memory = filled(a="Snow Goose", b="Tin Cathedral")
    with memory.store.write() as writer:
        (a,), (b,) = (memory.store.document_nodes(memory.store.document(uri).key) for uri in "ab")
        names = [(a, Name("The White One")), (a, Name("Snow Goose")), (b, Name("White Heading", heading=True))]
        writer.add_names(names)
    memory.add("text", title="Other Goose", uri="c")
    assert named(index, memory.store, "the white one") == named(index, memory.store, "Snow Goose") == {"a": 1.0}
    assert named(index, memory.store, "White Heading") == {}


def test_a_title_of_many_names_none(filled):
    index, memory = filled(**{f"u{i}": "Untitled Report" for i in range(9)})
    assert named(index, memory.store, "the Untitled Report") == {}


def test_titles_that_come_change_and_go_are_followed(filled):
    index, memory = filled(a="Snow Goose")
    assert named(index, memory.store, "the Snow Goose") == {"a": 1.0}
    memory.add("other text", title="Sea Otter", uri="a")
    assert named(index, memory.store, "Snow Goose or Sea Otter") == {"a": 1.0}
    assert named(index, memory.store, "the Snow Goose") == {}
    memory.add("more", title="Sea Otter", uri="b")
    assert named(index, memory.store, "Sea Otter") == {"a": 0.5, "b": 0.5}
    with memory.store.write() as writer:
        writer.delete_document(memory.store.document("a").key)
    assert named(index, memory.store, "Sea Otter") == {"b": 1.0}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(titles=titles, question=st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_the_same_is_found_as_by_the_trie_of_ingest(tmp_path_factory, unit, titles, question):
    from sanderling.memory.store.store import Store

    store = Store.open(tmp_path_factory.mktemp("titles") / "notes.sanderling", "test-4", 4)
    reference = Names()
    with store.write() as writer:
        for number, title in enumerate(titles):
            new, _ = writer.add_document(f"u{number}", title, "hash", ["text"], unit(number), source="kb")
            reference.add(Name(title), Place(new.key, 0))
    expected = {place.document: mention.weight for place, mention in reference.find(question).items()}
    assert TitleIndex(store).find(question) == expected
    store.close()
