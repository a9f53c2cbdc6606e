from __future__ import annotations

from sanderling.bench_device.sanity import choices
from sanderling.bench_device.sanity.questions import SanityQuestion


def test_choices_are_named_by_letters() -> None:
    question = SanityQuestion(id="1", text="Which is even?", choices=("one", "two", "three"), answers=("B",))
    assert choices.options(question) == ("A", "B", "C")
    assert "A. one\nB. two\nC. three" in choices.prompt(question)
    assert choices.right("B", question)
    assert not choices.right("A", question)


def test_yes_and_no_are_the_options_of_a_question_with_a_passage() -> None:
    question = SanityQuestion(id="1", text="Is it?", answers=("no",), passage="It is not.")
    assert choices.options(question) == ("Yes", "No")
    assert choices.prompt(question).startswith("It is not.\n\nQuestion: Is it?")
    assert choices.right("No", question)
