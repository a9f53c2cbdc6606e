from __future__ import annotations

import numpy as np
import pytest

from sanderling._core import Candidates, KeySet
from sanderling.memory.retrieve.postings import postings


@pytest.fixture
def notes(memory):
    for i in range(300):
        memory.add(f"the log of day {i}" + (" with an otter" if i < 3 else "") + (" and ice" if i < 30 else ""))
    return memory


def best(notes, question, most, allowed=None):
    found = postings(notes.store, question)[:2]
    seen = Candidates(np.ones(1, np.float32), found, {}, {}, nodes=len(notes), allowed=allowed)
    return seen.with_words(most).tolist()


def test_which_node_has_which_word(notes):
    keys, has, misspelt = postings(notes.store, "the otter on the ice")
    # The words otter, on and ice: no note has "on", and every note has "the".
    assert keys.tolist() == list(range(1, 31)) and has.shape == (3, 30)
    assert misspelt.tolist() == [False, True, False]
    assert has[0].tolist() == [True] * 3 + [False] * 27 and not has[1].any() and has[2].all()


def test_a_rare_word_counts_more(notes):
    assert best(notes, "the otter on the ice", 4) == [1, 2, 3, 4]
    notes.add("an otter", uri="last")
    assert best(notes, "otter ice", 5) == [1, 2, 3, 301, 4]


def test_a_misspelled_word_finds_its_neighbours(notes):
    keys, has, _ = postings(notes.store, "the oter")
    assert keys.tolist() == [] and has.shape == (1, 0)  # too short to have neighbours
    notes.add("a courthouse", uri="last")
    assert postings(notes.store, "courthose")[0].tolist() == [301]


def test_only_what_is_allowed(notes):
    assert best(notes, "otter ice", 9, KeySet(np.array([2, 20], np.uint64))) == [2, 20]


def test_nothing_to_look_up(notes):
    for question in ("", "?!", "xylophone"):
        assert best(notes, question, 5) == []
