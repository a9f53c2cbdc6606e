from __future__ import annotations

import msgspec
import pytest

from sanderling.errors import UsageError
from sanderling.filter import EVERYTHING, Filter


def test_the_empty_filter_says_nothing():
    assert Filter() == EVERYTHING
    assert msgspec.json.encode(EVERYTHING) == b"{}"


def test_it_can_be_looked_up_again_whether_made_from_lists_or_tuples():
    assert {Filter(tags=["a"], keys=[1, 2])} == {Filter(tags=("a",), keys=(1, 2))}


def test_it_survives_json():
    one = Filter(types=("doc",), tags=("a", "b"), since="2026-01-01", under=("/notes",), keys=())
    assert msgspec.json.decode(msgspec.json.encode(one), type=Filter) == one


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"types": ("note",)}, "no type 'note': choose from doc, memory, trace, tool_result, summary"),
        ({"sources": ("web",)}, "no source 'web': choose from kb, user, agent, system"),
        ({"since": "last week"}, "'last week' is no date: write 2026-03-01"),
        ({"until": "2026-02-30"}, "'2026-02-30' is no date"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "nothing lies between"),
    ],
)
def test_what_could_find_nothing_is_refused(fields, words):
    with pytest.raises(UsageError, match=words):
        Filter(**fields)


def test_one_day_is_not_empty():
    assert Filter(since="2026-03-01", until="2026-03-01").last_second == "2026-03-01T23:59:59+00:00"


def test_one_text_is_not_several_letters():
    with pytest.raises(TypeError, match="expected several values"):
        Filter(tags="abc")
