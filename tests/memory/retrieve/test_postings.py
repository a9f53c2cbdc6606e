from __future__ import annotations

import numpy as np
import pytest

from sanderling._core import KeySet
from sanderling.memory.retrieve.postings import postings


@pytest.fixture
def notes(memory):
    for i in range(300):
        memory.add(f"the log of day {i}" + (" with an otter" if i < 3 else "") + (" and ice" if i < 30 else ""))
    return memory


def test_a_rare_word_has_the_larger_share(notes):
    found = postings(notes.store, "the otter on the ice", len(notes), None)
    assert found.share.sum() == pytest.approx(1) and len(found.share) == 2
    assert found.share[0] > found.share[1]
    assert found.best(3) == [1, 2, 3]
    covered = found.of(np.array([1, 30, 31, 10**6])).sum(axis=0)
    assert covered == pytest.approx([1, found.share[1], 0, 0])


def test_only_what_is_allowed(notes):
    allowed = KeySet(np.array([2, 20], np.uint64))
    assert postings(notes.store, "otter ice", len(notes), allowed).keys.tolist() == [2, 20]


def test_nothing_to_look_up(notes):
    for question in ("", "?!", "xylophone"):
        found = postings(notes.store, question, len(notes), None)
        assert found.best(5) == [] and found.of(np.array([1, 2])).shape == (0, 2)
