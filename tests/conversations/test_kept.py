"""A conversation begun in one process goes on in the next exactly where it was."""

from __future__ import annotations

import numpy as np
import pytest
from pump_notes import Opens

from sanderling.config import Config
from sanderling.conversation import Conversation
from sanderling.errors import UsageError
from sanderling.filter import Filter
from sanderling.listing import Listing
from sanderling.request.history import History
from sanderling.runtime import Runtime

FIRST, SECOND = "Who repairs the feed pump?", "And where does she come from?"


def history(conversation: Conversation) -> History:
    return conversation._kept.history()


def restarted(open_runtime: Opens, runtime: Runtime) -> Runtime:
    """Another runtime over the same files, as another process opens it; it shares nothing with ``runtime``."""
    other = open_runtime()
    assert other._kept is not runtime._kept
    return other


def test_the_state_after_a_restart_is_the_state_before_it(open_runtime: Opens) -> None:
    first = open_runtime()
    begun = first.conversation()
    answer = begun.ask(FIRST)
    assert answer.conversation == begun.id != ""
    history(begun).hidden = np.linspace(-1, 1, 8, dtype=np.float32)
    begun.ask(SECOND)
    history(begun).hidden = np.linspace(-1, 1, 8, dtype=np.float32)
    begun._kept.keep("and?", answer, None)  # writes the router's state too, which the rule has none of
    before = history(begun)
    second = restarted(open_runtime, first)
    after = history(second.conversation(begun.id[:6]))
    assert after.hidden is not None
    np.testing.assert_array_equal(after.hidden, before.hidden)
    before.hidden = after.hidden = None
    assert after == before
    assert after.generated


def test_a_restart_changes_no_prompt(open_runtime: Opens) -> None:
    """The third prompt extends the ids of the second, as without a restart."""
    runtime = open_runtime()
    through = runtime.conversation()
    interrupted = runtime.conversation()
    for talk in (through, interrupted):
        talk.ask(FIRST)
        talk.ask(SECOND)
    whole = through.ask("And what else?")
    again = restarted(open_runtime, runtime).conversation(interrupted.id).ask("And what else?")
    assert again.tokens.prompt == whole.tokens.prompt
    assert [source.node_id for source in again.sources] == [source.node_id for source in whole.sources]


def test_turns_and_sources_are_kept_with_their_sentences(open_runtime: Opens) -> None:
    runtime = open_runtime()
    begun = runtime.conversation()
    answer = begun.ask(FIRST)
    begun.ask(SECOND)
    runtime = restarted(open_runtime, runtime)
    first, second = runtime.conversation(begun.id).turns
    assert (first.question, first.answer, first.request_id) == (FIRST, "Ada Lind", answer.request_id)
    assert first.model_id == "small"
    assert second.question == SECOND
    source = first.sources[0]
    assert (source.node_id, source.title) == (answer.sources[0].node_id, "Pump")
    assert source.sentence == "The feed pump is repaired by Ada Lind."
    assert answer.sources[0].text[slice(*source.passage)] == source.sentence
    (shown,) = runtime.conversations()
    assert (shown.id, shown.title, shown.turns) == (begun.id, FIRST, 2)
    assert shown.begun_at <= shown.used_at


def test_a_list_goes_on_at_its_next_page(open_runtime: Opens) -> None:
    runtime = open_runtime()
    begun = runtime.conversation()
    begun.ask("List all notes", limit=1)
    runtime = restarted(open_runtime, runtime)
    more = runtime.conversation(begun.id).ask("more", limit=1)
    assert isinstance(more, Listing)
    assert (more.start, more.next) == (2, 3)
    runtime = restarted(open_runtime, runtime)
    going_on = runtime.conversation(begun.id)
    listing = going_on.turns[1].listing
    assert (listing.question, listing.start, listing.next) == ("List all notes", 2, 3)
    assert going_on.ask("more", limit=1).start == 3


def test_the_filter_goes_on_until_another_is_given(open_runtime: Opens) -> None:
    runtime = open_runtime()
    begun = runtime.conversation(filter=Filter(types=("memory",)))
    with pytest.raises(UsageError):
        begun.ask(FIRST)
    only = Filter(types=("doc",))
    begun = runtime.conversation(filter=only)
    begun.ask(FIRST)
    runtime = restarted(open_runtime, runtime)
    assert runtime.conversation(begun.id)._filter == only
    runtime.conversation(begun.id, filter=Filter(sources=("kb",))).ask(SECOND)
    runtime = restarted(open_runtime, runtime)
    assert runtime.conversation(begun.id)._filter == Filter(sources=("kb",))


def test_what_another_process_added_is_read_before_the_next_question(open_runtime: Opens) -> None:
    one, other = open_runtime(), open_runtime()
    here = one.conversation()
    here.ask(FIRST)
    there = other.conversation(here.id)
    there.ask(SECOND)
    third = here.ask("And what else?")
    assert [turn.question for turn in here.turns] == [FIRST, SECOND, "And what else?"]
    assert history(here).turns == 3
    assert third.tokens.prompt > len(SECOND)


def test_turns_that_two_processes_add_at_once_are_both_kept(open_runtime: Opens) -> None:
    one, other = open_runtime(), open_runtime()
    here = one.conversation()
    here.ask(FIRST)
    there = other.conversation(here.id)
    answer = here._answer

    def meanwhile(*arguments):
        there.ask("In between?")
        return answer(*arguments)

    here._answer = meanwhile
    here.ask(SECOND)
    here._answer = answer
    runtime = open_runtime()
    going_on = runtime.conversation(here.id)
    assert [turn.question for turn in going_on.turns] == [FIRST, "In between?", SECOND]
    assert [message.content for message in history(going_on).messages[1::2]] == [FIRST, "In between?", SECOND]
    here.ask("And what else?")
    assert history(here).turns == 4


def test_callers_of_one_process_share_a_conversation(open_runtime: Opens) -> None:
    runtime = open_runtime()
    here = runtime.conversation()
    here.ask(FIRST)
    assert runtime.conversation(here.id)._kept is here._kept


def test_a_cleared_conversation_stays_and_another_begins(open_runtime: Opens) -> None:
    runtime = open_runtime()
    talk = runtime.conversation()
    talk.ask(FIRST)
    old = talk.id
    talk.clear()
    talk.ask(SECOND)
    assert {shown.id for shown in runtime.conversations()} == {old, talk.id}
    assert len(talk.turns) == 1


@pytest.mark.parametrize("config", [Config(kept_conversations=0), Config(log_query_text=False)])
def test_none_is_kept_where_the_settings_say_so(open_runtime: Opens, home, config: Config) -> None:
    runtime = open_runtime(config=config)
    talk = runtime.conversation()
    assert talk.ask(FIRST).conversation == talk.id == ""
    assert talk.ask(SECOND).text == "Ada Lind"
    assert runtime.conversations() == talk.turns == ()
    assert not (home / "conversations.sqlite").exists()
    with pytest.raises(UsageError, match="kept_conversations"):
        runtime.conversation("a")


def test_a_chat_is_not_kept(open_runtime: Opens, home) -> None:
    assert open_runtime().chat().ask(FIRST).conversation == ""
    assert not (home / "conversations.sqlite").exists()


def test_only_a_conversation_that_is_there_goes_on(open_runtime: Opens) -> None:
    runtime = open_runtime()
    for _ in range(20):  # of 16 first letters some are the same
        runtime.conversation().ask(FIRST)
    letters = [shown.id[0] for shown in runtime.conversations()]
    twice = next(letter for letter in letters if letters.count(letter) > 1)
    for id, words in ((twice, "more than one"), ("x", "no conversation"), ("", "no conversation"), ("%", "no conv")):
        with pytest.raises(UsageError, match=words):
            runtime.conversation(id)


def test_a_conversation_about_another_memory_is_refused_until_that_is_moved(open_runtime: Opens, tmp_path) -> None:
    runtime = open_runtime()
    talk = runtime.conversation()
    talk.ask(FIRST)
    elsewhere = tmp_path / "other.sanderling"
    elsewhere.touch()
    runtime._kept._store._database.run(
        lambda open_: open_.execute("UPDATE conversation SET memory = ?", (str(elsewhere),))
    )
    with pytest.raises(UsageError, match=r"other\.sanderling"):
        runtime.conversation(talk.id)
    assert runtime.conversations() == ()
    elsewhere.unlink()
    runtime.conversation(talk.id).ask(SECOND)
    assert len(runtime.conversations()) == 1


def test_another_model_file_or_router_goes_on_from_the_words(open_runtime: Opens) -> None:
    runtime = open_runtime()
    talk = runtime.conversation()
    talk.ask(FIRST)
    runtime._kept._makers = type(runtime._kept._makers)(router="another", model_file=lambda model_id: "another")
    del talk
    other = restarted(open_runtime, runtime)
    other._kept._makers = runtime._kept._makers
    going_on = other.conversation(other.conversations()[0].id)
    restored = history(going_on)
    assert (restored.generated, restored.model_id, restored.hidden) == ({}, "", None)
    assert restored.last_question == FIRST
    assert going_on.ask(SECOND).text == "Ada Lind"
