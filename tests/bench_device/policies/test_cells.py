from __future__ import annotations

import numpy as np
import pytest
from collection_header import LADDER, TOKENS, asked
from msgspec.structs import replace

from sanderling.bench_device.policies import cells
from sanderling.router import features
from sanderling.router.labels.table import Table

QUESTIONS = tuple(asked(number, features.of_query("Who is it?")) for number in range(8))


def table(quality):
    return Table(LADDER, TOKENS, QUESTIONS, quality, quality, quality, {}, {})


def test_a_cell_of_every_fourth_question_is_asked_of_none():
    quality = np.full((8, len(LADDER), 4), np.nan)
    quality[:, 0, 1] = quality[:7, 1, 2] = 1.0
    quality[::4, 1, 3] = 1.0
    found = table(quality)
    assert np.argwhere(cells.core(found)).tolist() == [[0, 1], [1, 2]]
    assert cells.complete(found).tolist() == [True] * 7 + [False]


@pytest.mark.parametrize(
    ("question", "numeric", "kind"),
    [("Is it red?", False, "yes or no"), ("Who is it?", False, "text"), ("How many are left?", True, "sums")],
)
def test_kinds(question, numeric, kind):
    assert cells.kind(replace(asked(0, features.of_query(question)), numeric=numeric)) == kind


def test_sets_are_numbered_by_name():
    two = tuple(replace(each, set="ab"[number % 2]) for number, each in enumerate(QUESTIONS))
    quality = np.ones((8, len(LADDER), 4))
    assert cells.sets(Table(LADDER, TOKENS, two, quality, quality, quality, {}, {})).tolist() == [0, 1] * 4
