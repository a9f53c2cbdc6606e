from __future__ import annotations

import os
from datetime import date

import msgspec
import numpy as np
import pytest

from sanderling.filter import Filter
from sanderling.memory.retrieve.hybrid import WEIGHTS
from sanderling.memory.retrieve.when import OF_RANKS, STRENGTH, When, phrases
from sanderling.text.dates.written import written

TODAY = date(2024, 3, 14)
THINGS = ["bank", "roof", "boat", "goat", "stove", "fence", "pump", "lamp", "gate", "oven", "attic", "well"]


@pytest.fixture
def diary(memory, folder):
    """Daily notes of the first twelve days of March 2024, and notes without a date that share more words with
    questions.
    """
    days = {f"Daily/2024-03-{day:02}.md": f"## Tasks\n- the {thing}\n" for day, thing in enumerate(THINGS, 1)}
    other = {
        "did.md": "What did I do, what did I write, what happened, was war, was habe ich gemacht: a note about notes.",
        "wifi.md": "The wifi of the house and its password are on the router in the hall.",
    }
    week = {"Weekly/2024-W08.md": "## Plans\nThe regatta."}
    root = folder({**days, **other, **week})
    for path in root.rglob("*.md"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    memory.ingest([root])
    memory.today = lambda: TODAY
    return memory


def best(memory, question: str, filter: Filter | None = None) -> list[str]:
    """Titles of the notes, best first."""
    vector = memory.embedder.embed([question])[0]
    return [node.title for node in memory.nodes(memory.find(question, vector, filter=filter).attended.keys)]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What did I do on 2024-03-05?", "2024-03-05"),
        ("What did I do on 5 March 2024?", "2024-03-05"),
        ("What did I do on March 9th?", "2024-03-09"),
        ("Was habe ich am 7. März 2024 gemacht?", "2024-03-07"),
        ("Was war am 03.03.2024?", "2024-03-03"),
        ("What happened last Monday?", "2024-03-11"),
        ("Was war am Montag?", "2024-03-11"),
        ("What did I do three days ago?", "2024-03-11"),
        ("What did I write in week 8 of 2024?", "2024-W08"),
        ("What is in my note of 22 February 2024?", "2024-W08"),
    ],
)
def test_the_note_of_the_day_that_is_asked_about_comes_first(diary, question, title) -> None:
    assert best(diary, question)[0] == title


def test_the_clock_moves_what_is_relative(diary) -> None:
    assert best(diary, "What did I do yesterday?")[0] == "did"
    diary.today = lambda: date(2024, 3, 10)
    assert best(diary, "What did I do yesterday?")[0] == "2024-03-09"


def test_a_week_brings_up_its_notes_before_all_others(diary) -> None:
    assert set(best(diary, "What did I do last week?")[:7]) == {f"2024-03-{day:02}" for day in range(4, 11)}


def test_other_notes_are_kept_and_without_a_note_of_that_time_nothing_changes(diary) -> None:
    assert set(best(diary, "What did I do on 5 March 2024?")) == set(best(diary, "What did I do?"))
    assert best(diary, "What did I do on 5 March 1999?")[0] == "did"


def test_a_subject_counts_beside_the_date(diary) -> None:
    assert best(diary, "the goat in March 2024")[0] == "2024-03-04"
    assert best(diary, "the stove in 2024")[0] == "2024-03-05"


def test_a_filter_holds_whatever_is_asked(diary) -> None:
    found = best(diary, "What did I do on 5 March 2024?", Filter(since="2024-03-08"))
    assert set(found) == {f"2024-03-{day:02}" for day in range(8, 13)}


def test_a_note_that_only_mentions_the_date_is_found_in_any_writing(memory, folder) -> None:
    notes = {
        f"note{n}.md": f"The {thing} of the yard was seen to, and what was done was noted."
        for n, thing in enumerate(THINGS)
    }
    notes["paint.md"] = "Painted the shed on 05.03.2024 with two coats."
    notes["hinge.md"] = "On March 9th, 2024 the hinge broke."
    notes["chat.txt"] = "[07.03.24, 10:01:12] Ann: the noted tyre is in the yard"
    memory.ingest([folder(notes)])
    memory.today = lambda: TODAY
    assert best(memory, "What was done on 7 March 2024?")[0] == "chat"
    assert best(memory, "What was done on 5 March 2024?")[0] == "paint"
    assert best(memory, "What was done on 2024-03-09?")[0] == "hinge"


def test_the_year_decides_between_like_notes(memory, folder) -> None:
    lines = [
        '{"id":1,"text":"The wifi password is tundra.","date":"2022-01-10"}',
        '{"id":2,"text":"The wifi password is fjord.","date":"2024-09-15"}',
        '{"id":3,"text":"The wifi password is glacier.","date":"2023-06-02"}',
    ]
    memory.ingest([folder({"log.jsonl": "\n".join(lines)})])
    memory.today = lambda: date(2026, 1, 1)

    def first(question: str) -> str:
        vector = memory.embedder.embed([question])[0]
        return memory.nodes(memory.find(question, vector).attended.keys)[0].text

    assert "tundra" in first("What was the wifi password in 2022?")
    assert "glacier" in first("What was the wifi password in June 2023?")
    assert "fjord" in first("What was the wifi password since 2024?")


def test_weights_stay_shares_in_falling_order(diary) -> None:
    question = "What did I do on 5 March 2024?"
    attended = diary.find(question, diary.embedder.embed([question])[0]).attended
    assert abs(float(attended.weights.sum()) - 1) < 1e-4  # float32 sums of a hundred numbers
    assert np.all(np.diff(attended.weights) <= 0)
    assert len(attended.weights) == len(attended.prior_weights) == len(set(attended.keys.tolist()))


def test_it_works_without_trained_attention(diary) -> None:
    from sanderling.memory.retrieve.hybrid import WEIGHTS

    question = "What did I do on 9 March 2024?"
    found = diary.find(question, diary.embedder.embed([question])[0], weights=WEIGHTS)
    assert diary.nodes(found.attended.keys)[0].title == "2024-03-09"


@pytest.mark.parametrize("text", ["5 March 2024", "2024-W10", "2024-Q1", "March 2024"])
def test_every_phrase_says_what_was_asked(text) -> None:
    (asked,) = written(text)
    span = asked.span()
    assert span is not None
    said = list(phrases(asked.unit, span))
    assert said
    # "05 03 2024" and "KW" are read by people; the dashes are lost in the full-text index.
    for phrase in said:
        (found,) = written(phrase)
        assert found.span() == span


def test_where_ranks_are_fused_a_date_does_not_outweigh_everything(diary) -> None:
    question = "What about the fence on 2024-03-06?"
    vector = diary.embedder.embed([question])[0]
    found = diary.find(question, vector, weights=WEIGHTS)
    assert diary.nodes(found.attended.keys)[0].title == "2024-03-06"
    # Fused weights lie a dozen times apart at most. Of a day's notes one that is the last stays behind the best.
    first, last = found.attended.keys[[0, -1]].tolist()
    weights = np.linspace(12, 1, len(found.attended.keys)).astype(np.float32)
    found = msgspec.structs.replace(found, attended=msgspec.structs.replace(found.attended, weights=weights))
    of_day = When(frozenset({last}), frozenset(), STRENGTH["day"])
    assert of_day.favoured(found, OF_RANKS).attended.keys[0] == first
    assert of_day.favoured(found).attended.keys[0] == last
    doubled = of_day.favoured(found, OF_RANKS).attended
    share = doubled.weights[doubled.keys.tolist().index(last)] / doubled.weights[0]
    assert share == pytest.approx(np.exp(0.7) / 12, rel=1e-4)
