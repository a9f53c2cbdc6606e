from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from sanderling.filter import Filter
from sanderling.memory import Memory, Note
from sanderling.memory.store import notes

TAGS = ("red", "blue", "Größe", "a/b")
WORDS = ("pump", "boiler", "ferry", "slate")


@pytest.fixture
def written(tmp_path: Path, hash_embedder: HashEmbedder) -> Iterator[tuple[Memory, list[tuple[str, set[str], str]]]]:
    """A memory of 60 notes put together at random, and of each its folder, tags and words."""
    drawn = random.Random(16)
    plan = []
    for number in range(60):
        folder = drawn.choice(("x", "x/y", "z"))
        tags, text = set(drawn.sample(TAGS, drawn.randint(0, 3))), " ".join(drawn.choices(WORDS, k=drawn.randint(1, 3)))
        path = tmp_path / "vault" / folder / f"n{number:02}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Some have several nodes.
        path.write_text(
            f"---\ntags: [{', '.join(sorted(tags))}]\n---\n# N{number:02}\n\n{text}\n\n" * 1 + "more. " * 300
        )
        plan.append((folder, tags, text))
    with Memory.open(tmp_path / "m.sanderling", hash_embedder) as memory:
        memory.ingest([tmp_path / "vault"])
        yield memory, plan


def test_counts_are_those_of_the_plan(written: tuple[Memory, list[tuple[str, set[str], str]]]) -> None:
    memory, plan = written
    store = memory.store
    assert len(notes.all_notes(store)) == 60 < len(memory)
    assert notes.tag_counts(store) == {tag: sum(tag in tags for _, tags, _ in plan) for tag in TAGS}
    for tag in TAGS:
        assert len(notes.all_notes(store, Filter(tags=(tag,)))) == sum(tag in tags for _, tags, _ in plan)
    for word in WORDS:
        assert len(notes.notes_with_word(store, word)) == sum(word in text.split() for _, _, text in plan)
    assert notes.notes_with_word(store, "pump", title=True) == set()
    assert len(notes.notes_with_word(store, "n07", title=True)) == 1
    below = {folder.rsplit("vault", 1)[-1]: count for folder, count in notes.folder_counts(store).items()}
    direct = {folder.rsplit("vault", 1)[-1]: count for folder, count in notes.folder_counts(store, direct=True).items()}
    for name in ("x", "x/y", "z"):
        assert direct[f"/{name}"] == sum(folder == name for folder, _, _ in plan)
        assert below[f"/{name}"] == sum(folder == name or folder.startswith(name + "/") for folder, _, _ in plan)


def test_a_list_is_in_the_order_of_titles_and_holds_texts_without_a_document(
    written: tuple[Memory, list[tuple[str, set[str], str]]],
) -> None:
    memory, _ = written
    (node,) = memory.write_back([Note(text="an answer", title="AAA")])
    listed = notes.listed(memory.store, notes.all_notes(memory.store))
    assert [note.title for note in listed] == ["AAA", *(f"N{number:02}" for number in range(60))]
    assert (listed[0].node, listed[0].uri) == (node.key, "")
    assert notes.listed(memory.store, []) == []


def test_words_of_a_question_are_no_syntax(written: tuple[Memory, list[tuple[str, set[str], str]]]) -> None:
    store = written[0].store
    for word in ('"', "pump*", "NEAR", "a OR b", "title:", "", "*", "(", "水"):
        assert isinstance(notes.notes_with_word(store, word), set)
        assert isinstance(notes.notes_with_word(store, word, title=True), set)


def test_words_are_those_of_the_text_as_searched(tmp_path: Path, hash_embedder: HashEmbedder) -> None:
    with Memory.open(tmp_path / "m.sanderling", hash_embedder) as memory:
        memory.add("水泵维护由王伟负责。", title="设备手册")
        memory.add("The Éclairs are in the ﬁrst tin, 1,200 of them; see E1234.", title="Pantry")
        store = memory.store
        for word in ("水泵", "水泵维护", "éclair", "first", "1200", "1234"):
            assert len(notes.notes_with_word(store, word)) == 1, word
        assert notes.notes_with_word(store, "水王") == set()
        assert len(notes.notes_with_word(store, "手册", title=True)) == 1
        assert notes.notes_with_word(store, "水泵", title=True) == set()
