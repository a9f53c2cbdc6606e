from __future__ import annotations

from sanderling.request.history import MAX_QUESTION, SYSTEM, History


def test_a_lone_question_is_searched_as_it_is() -> None:
    assert History().search_text("And when?") == "And when?"


def test_the_name_in_the_last_answer_stands_for_the_conversation() -> None:
    history = History()
    history.remember("Who repairs the boiler?", "Ingrid Rask", ["Boiler"])
    assert history.search_text("Where was she born?") == "Ingrid Rask Where was she born?"
    history.remember("Where was she born?", "1971", ["Ingrid Rask"])
    # No name in the answer: the question that it answers is searched too, and the person it was about.
    assert history.search_text("And where?") == "Ingrid Rask Where was she born? 1971 And where?"


def test_a_new_subject_drops_the_names_of_the_old_one() -> None:
    history = History()
    history.remember("Who repairs the boiler?", "Ingrid Rask", [])
    history.remember("What does a ticket for the ferry cost?", "four pounds", ["The Ferry"])
    assert "Rask" not in history.search_text("How often does it cross?")
    history.remember("How often does it cross?", "six times a day", [])
    assert history.search_text("And on Sundays?").startswith("The Ferry How often does it cross?")


def test_an_answer_that_was_not_found_leaves_the_question() -> None:
    history = History()
    history.remember("Who owns the hotel of the village?", "not found", [])
    assert history.search_text("And the ferry?") == "Who owns the hotel of the village? And the ferry?"


def test_a_page_pasted_as_a_question_does_not_crowd_out_the_next() -> None:
    history = History()
    history.remember("word " * 1000, "", [])
    assert len(history.search_text("And when?")) <= MAX_QUESTION + 20


def test_turns_that_were_kept_elsewhere_are_shown_and_searched_with() -> None:
    history = History.of_turns([("Who repairs the boiler?", "Ingrid Rask"), ("Where?", "In Bergen")], "Be brief.")
    assert history.messages[0].content == f"{SYSTEM}\n\nBe brief."
    assert [message.content for message in history.messages[1:]] == [
        *("Who repairs the boiler?", "Ingrid Rask", "Where?", "In Bergen")
    ]
    assert (history.turns, history.shown_turns, history.model_id) == (2, 2, "")
    assert "Bergen" in history.search_text("And when?")
    assert History.of_turns([]).messages == History().messages
