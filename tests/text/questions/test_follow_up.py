from __future__ import annotations

import pytest

from sanderling.text.questions.follow_up import MAX_NAMES, leans, names_in, own_words, subjects


@pytest.mark.parametrize(
    "question",
    [
        "And when?",
        "What about his daughter?",
        "Is that the same person as the pilot?",
        "How deep is it?",
        "Since when?",
        "Why?",
        "Und wo wohnt er?",
        "Was züchtet sie?",
        "Der gleiche Ort?",
        "Et où est-elle née?",
        "¿Y su hermana?",
    ],
)
def test_a_question_that_points_back_or_says_little_leans(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many litres does the tank of the farm hold?",
        "Who repairs the feed pump?",
        "Wann wurde das Bootshaus am Hafen gebaut?",
        "What does Basil Thrupp repair?",
    ],
)
def test_a_question_with_a_subject_of_its_own_stands_alone(question: str) -> None:
    assert not leans(question)
    assert len(own_words(question)) > 1


def test_a_short_answer_is_a_subject_and_of_a_longer_one_the_names_are() -> None:
    assert subjects("the toy museum") == ("the toy museum",)
    assert subjects("Odd Rask.") == ("Odd Rask",)
    long = (
        "The station's mechanic is Tomas Brekke, who succeeded Jonas Pell in the spring of that year and sleeps in the "
        "Power House."
    )
    # Of those the first, for small models ramble on.
    assert subjects(long) == ("Tomas Brekke", "Jonas Pell")
    assert len(subjects(" and ".join(f"Name Number{n}x" for n in range(40)))) == MAX_NAMES


@pytest.mark.parametrize("answer", ["", "not found", "Not found.", "Yes.", "no", "…"])
def test_an_answer_that_says_nothing_has_no_subject(answer: str) -> None:
    assert subjects(answer) == ()


def test_names_are_runs_of_capitals_without_the_words_that_open_a_sentence() -> None:
    assert names_in("Who is Ingrid Rask's brother?") == ("Ingrid Rask",)
    assert names_in("Where did Doctor Brandt and Nero go? Brandt, Lübeck.") == (
        "Doctor Brandt",
        "Nero",
        "Brandt",
        "Lübeck",
    )
    assert names_in("who repairs it?") == ()
    assert names_in("since Monday, 5 February 2021, at Cape Wrath") == ("Cape Wrath",)
