from __future__ import annotations

import numpy as np
import pytest

from sanderling._core import KeySet
from sanderling.memory.retrieve.exact import MOST, exact
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


def test_the_note_comes_first(shelves):
    question = "Which jars and lids does the shelf TK-31 hold?"
    found = shelves.find(question, shelves.embedder.embed([question])[0])
    assert shelves.nodes(found.attended.keys)[0].uri == "shelf-31"
    assert found.attended.weights.sum() == pytest.approx(1, abs=1e-5)
