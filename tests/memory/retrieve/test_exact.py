from __future__ import annotations

import numpy as np
import pytest

from sanderling._core import KeySet
from sanderling.memory.retrieve.exact import MOST, PLACES, exact, placed, rarest
from sanderling.memory.retrieve.postings import postings


@pytest.fixture
def shelves(memory):
    for at in range(40):
        memory.add(f"Shelf TK-{at} holds {(at * 7) % 11} jars and {(at * 3) % 13} lids.", uri=f"shelf-{at}")
    memory.add("Berth ZZ12 has a new mooring ring, a chandlery beside it.", uri="berth")
    return memory


def raised(memory, question, allowed=None):
    with memory.store.read():
        said = postings(memory.store, question)
        keys = exact(memory.store, question, said, len(memory), allowed)
    return {node.uri for node in memory.nodes(keys)}


@pytest.mark.parametrize("question", ["What does TK-7 hold?", "tk7", "TK 7 and nothing else? TK-7"])
def test_the_note_with_the_code(shelves, question):
    assert raised(shelves, question) <= {"shelf-7"}
    assert raised(shelves, "What does TK-7 hold?") == {"shelf-7"}


def test_a_code_written_otherwise(shelves):
    assert raised(shelves, "mooring ring of ZZ 12") == raised(shelves, "zz-12") == {"berth"}


def test_a_misspelt_word_that_tells_the_notes_apart(shelves):
    assert raised(shelves, "chandlry") == {"berth"}
    # Beside a word that is known the notes are not told apart by it alone.
    assert raised(shelves, "chandlry mooring ring berth") == set()


def test_what_many_notes_have_is_not_raised(shelves):
    for at in range(MOST + 1):
        shelves.add(f"On page {at} of the log stands HX-900.", uri=f"page-{at}")
    assert raised(shelves, "HX-900") == set()


def test_only_what_is_allowed(shelves):
    assert raised(shelves, "TK-7", KeySet(np.array([1, 2], np.uint64))) == set()


def rare(memory, question, allowed=None):
    with memory.store.read():
        keys = rarest(postings(memory.store, question), len(memory), allowed)
    return {node.uri for node in memory.nodes(keys)}


def test_the_note_with_the_rarest_word(shelves):
    shelves.add("Members: Torvik rows a dory, Haugland a skiff.", uri="members")
    assert rare(shelves, "Which jars does Torvik have?") == {"members"}
    # Two words as rare lead to different notes.
    assert rare(shelves, "Has Torvik a chandlery?") == set()
    assert rare(shelves, "Which shelf holds jars?") == set()
    assert rare(shelves, "Which jars does Torvik have?", KeySet(np.array([1], np.uint64))) == set()


def test_a_place_is_given_where_none_of_the_first_has_the_word(shelves):
    found = shelves.find("jars and lids", shelves.embedder.embed(["jars and lids"])[0]).attended
    keys = found.keys.tolist()
    moved = placed(found, np.array(keys[-1:], np.uint64))
    assert moved.keys.tolist() == [keys[0], keys[-1], *keys[1:-1]]
    assert moved.weights.tolist() == found.weights.tolist()
    assert placed(found, np.array([keys[PLACES - 1], keys[-1]], np.uint64)) is found
    assert placed(found, np.array([10**6], np.uint64)) is placed(found, np.empty(0, np.uint64)) is found


def test_the_note_comes_first(shelves):
    question = "Which jars and lids does the shelf TK-31 hold?"
    found = shelves.find(question, shelves.embedder.embed([question])[0])
    assert shelves.nodes(found.attended.keys)[0].uri == "shelf-31"
    assert found.attended.weights.sum() == pytest.approx(1, abs=1e-5)
