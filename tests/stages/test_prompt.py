from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from sanderling.constraints import Constraints
from sanderling.records import (
    AttentionResult,
    BlockHead,
    Draft,
    Dropped,
    Generation,
    Message,
    Node,
    NodeMetadata,
    Prompt,
    RetrievalResult,
    Route,
    SearchResult,
    SearchStats,
    Token,
)
from sanderling.request.history import History
from sanderling.request.request import Request
from sanderling.stages.heads import render
from sanderling.stages.prompt import blocks, compose, question_message


def node(key: int, text: str, **more) -> Node:
    return Node(key=key, id=f"id-{key}", text=text, title=more.pop("title", ""), **more)


def attended(*keys: int) -> AttentionResult:
    weights = np.linspace(2, 1, len(keys), dtype=np.float32)
    return AttentionResult(
        keys=np.array(keys, np.uint64),
        weights=weights / weights.sum(),
        prior_weights=weights / weights.sum(),
        entropy=0.0,
        depth_touched=0,
    )


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


TAGGED = node(1, "The pump leaks.\nIt is old.", title="Pump", metadata=NodeMetadata(tags=("water", "repair")))
FULL = "[Context block 2] (score=0.87, type=doc, tags=water,repair)\nPump\nThe pump leaks.\nIt is old."


def test_a_block_has_the_missions_format_where_the_full_head_is_asked_for() -> None:
    assert render(TAGGED, 2, 0.874, head="full") == FULL


def test_a_short_head_is_a_number_and_the_title() -> None:
    assert render(TAGGED, 2, 0.874) == "[2] Pump: The pump leaks.\nIt is old."
    assert render(node(1, "It leaks."), 11, 1) == "[11] It leaks."


@pytest.mark.parametrize("head", ["short", "full"])
def test_every_block_keeps_the_missions_format_beside_what_the_model_saw(head: BlockHead) -> None:
    kept, _ = blocks("", attended(1, 2), {1: TAGGED, 2: node(2, "Gamma.")}, 100, words, head)
    full = [
        FULL.replace("block 2", "block 1").replace("0.87", "1.00"),
        "[Context block 2] (score=0.50, type=doc)\nGamma.",
    ]
    assert [block.full for block in kept] == full
    assert [block.prior for block in kept] == [1.0, 0.5]
    short = ["[1] Pump: The pump leaks.\nIt is old.", "[2] Gamma."]
    assert [block.text for block in kept] == (full if head == "full" else short)
    assert [block.tokens for block in kept] == words([block.text for block in kept])


def test_the_title_is_not_repeated() -> None:
    assert render(node(1, "# Pump\nIt leaks.", title="Pump"), 1, 1).count("Pump") == 1


def test_heaviest_first_within_the_budget() -> None:
    nodes = {1: node(1, "a " * 20), 2: node(2, "b " * 20), 3: node(3, "c " * 20)}
    kept, dropped = blocks("", attended(2, 3, 1), nodes, 42, words)
    assert [block.key for block in kept] == [2, 3]
    assert dropped.notes == 1
    assert sum(block.tokens for block in kept) <= 42


def test_repeated_and_contained_texts_are_left_out() -> None:
    nodes = {
        1: node(1, "The pump leaks on Mondays."),
        2: node(2, "the PUMP  leaks on mondays."),
        3: node(3, "pump leaks"),
    }
    kept, dropped = blocks("", attended(1, 2, 3), nodes, 1000, words)
    assert [block.key for block in kept] == [1]
    assert dropped == Dropped()


def test_what_does_not_fit_whole_is_cut_at_sentences() -> None:
    nodes = {1: node(1, "Alpha beta."), 2: node(2, "One two three. Four five six. Seven eight."), 3: node(3, "c " * 9)}
    kept, dropped = blocks("Who is seven?", attended(1, 2, 3), nodes, 10, words)
    assert [block.key for block in kept] == [1, 2]
    assert kept[1].text.endswith("] One two three. Seven eight.")
    assert sum(block.tokens for block in kept) <= 10
    assert dropped == Dropped(notes=1, cut_notes=1)


@pytest.mark.parametrize("budget", [0, 1, 40, 96])
def test_a_sentence_longer_than_the_context_is_shown_all_the_same(budget: int) -> None:
    """Otherwise the model would be told that nothing was found."""
    unbroken = " ".join(f"word{at}" for at in range(150))
    kept, dropped = blocks("q", attended(1, 2), {1: node(1, unbroken), 2: node(2, unbroken + " end")}, budget, words)
    assert [block.key for block in kept] == [1]
    assert dropped.notes == 1


def test_a_text_longer_than_the_largest_context_is_left_out() -> None:
    kept, dropped = blocks("q", attended(1), {1: node(1, "word " * 5000)}, 96, words)
    assert (kept, dropped.notes) == ((), 1)


def test_the_question_stands_last() -> None:
    assert question_message("Why?", ()).content.endswith("\n\nQuestion: Why?")


# --- conversations: the prompt of a turn extends the prompt of the turn before -------------------------------------


def tokenize(text: str, *, special: bool = True) -> list[int]:
    return [ord(char) for char in text]


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


ROUTE = Route(
    model_id="m",
    context_bin="small",
    context_tokens=500,
    temperature=0,
    top_p=1,
    escalate=0,
    router="rule",
    reason="",
    predicted_ms=0,
)


def turn(request: Request, route: Route = ROUTE, n_ctx: int = 10_000) -> tuple[Message, Prompt]:
    hits = SearchResult(keys=np.array([1], np.uint64), distances=np.zeros(1, np.float32), stats=SearchStats())
    found = RetrievalResult(vector=np.zeros(2, np.float32), hits=hits, attended=attended(1))
    return compose(request, found, {1: node(1, "The pump leaks.")}, route, tokenize, characters, "chatml", n_ctx)


def finished(history: History, message: Message, prompt: Prompt, reply: str) -> None:
    generation = Generation(
        text=reply.strip(),
        tokens=tuple(Token(id=ord(char), text=char, logprob=0.0) for char in reply),
        finish_reason="stop",
        prompt_tokens=1,
        cached_tokens=0,
        prefill_ms=0,
        decode_ms=0,
        ttft_ms=0,
        rss_bytes=0,
    )
    history.append(Draft(route=ROUTE, message=message, prompt=prompt, generation=generation, engine="e"), "q", None)


def request(history: History, question: str) -> Request:
    return Request(id="r", query=question, constraints=Constraints(max_tokens=16), history=history)


def test_a_second_turn_extends_prompt_and_generated_ids_of_the_first() -> None:
    history = History()
    message, first = turn(request(history, "Who?"))
    finished(history, message, first, " Ada ")
    _, second = turn(request(history, "When?"))
    kept = first.token_ids + tuple(ord(char) for char in " Ada ")
    assert second.token_ids[: len(kept)] == kept


def test_another_model_and_a_full_context_forget_the_turns_and_say_so() -> None:
    for route, n_ctx, words_said in (
        (Route(**{**{f: getattr(ROUTE, f) for f in ROUTE.__struct_fields__}, "model_id": "other"}), 10_000, "not seen"),
        (ROUTE, 330, "331 tokens and 330 fit: 1 of 1 earlier turns"),
    ):
        history = History()
        message, first = turn(request(history, "Who?"))
        finished(history, message, first, "Ada")
        again = request(history, "When?")
        _, second = turn(again, route, n_ctx)
        fresh = turn(request(History(), "When?"))[1]
        assert second.token_ids == fresh.token_ids
        assert second.dropped.turns == 1
        assert words_said in again.warnings[0]


def test_the_oldest_turns_go_first_until_half_the_context_is_free() -> None:
    history = History()
    for number in range(8):
        message, prompt = turn(request(history, f"Question {number}?"))
        finished(history, message, prompt, f"Answer {number}")
    whole = len(turn(request(history, "Last?"))[1].token_ids)
    again = request(history, "Last?")
    _, last = turn(again, n_ctx=whole + 15)
    text = "".join(map(chr, last.token_ids))
    assert len(last.token_ids) + 16 <= (whole + 15) // 2
    left_out = last.dropped.turns
    assert 4 <= left_out < 8
    assert [f"Question {number}?" in text for number in range(8)] == [number >= left_out for number in range(8)]
    assert f"would take {whole + 16} tokens and {whole + 15} fit: {left_out} of 8 earlier turns" in again.warnings[0]
    # The ids that were drawn still stand in for the answers that stayed.
    said = [tuple(map(ord, f"Answer {number}")) for number in range(left_out, 8)]
    assert history.generated == {2 + 2 * place: ids for place, ids in enumerate(said)}


def test_the_first_block_ends_where_prompts_with_the_same_first_note_part() -> None:
    prompts = [turn(request(History(), question))[1] for question in ("Who?", "When does it leak?")]
    (end,) = {prompt.first_block_end for prompt in prompts}
    ids = [prompt.token_ids for prompt in prompts]
    assert ids[0][:end] == ids[1][:end]
    assert "".join(map(chr, ids[0][:end])).endswith("The pump leaks.\n\n")

    def joined(text: str, *, special: bool = True) -> list[int]:
        """Makes one token of the end of a block and what follows it."""
        return tokenize(text.replace("\n\nQ", "Ω"), special=special)

    hits = SearchResult(keys=np.array([1], np.uint64), distances=np.zeros(1, np.float32), stats=SearchStats())
    found = RetrievalResult(vector=np.zeros(2, np.float32), hits=hits, attended=attended(1))
    nodes = {1: node(1, "The pump leaks.")}
    _, prompt = compose(request(History(), "Who?"), found, nodes, ROUTE, joined, characters, "chatml", 10_000)
    assert "".join(map(chr, prompt.token_ids[: prompt.first_block_end])).endswith("The pump leaks.")


def test_later_turns_have_no_first_block() -> None:
    history = History()
    message, first = turn(request(history, "Who?"))
    finished(history, message, first, "Ada")
    assert turn(request(history, "When?"))[1].first_block_end == 0


def test_what_is_shared_is_the_system_prompt() -> None:
    history = History()
    _, prompt = turn(request(history, "Who?"))
    shared = "".join(map(chr, prompt.token_ids[: prompt.shared_tokens]))
    assert shared.endswith(history.messages[0].content + "<|im_end|>\n<|im_start|>")
    assert "Who?" not in shared


@pytest.mark.parametrize(("question", "grows"), [("Who repaired the valve?", True), ("Who filled the tank?", False)])
def test_a_context_grows_where_that_shows_more_of_the_question(question: str, grows: bool) -> None:
    hits = SearchResult(keys=np.array([1], np.uint64), distances=np.zeros(1, np.float32), stats=SearchStats())
    found = RetrievalResult(vector=np.zeros(2, np.float32), hits=hits, attended=attended(1))
    text = "Ada filled the tank. The valve was repaired by someone else in the month of May."
    route = msgspec.structs.replace(ROUTE, context_tokens=30)

    def tokens(larger: tuple[int, ...]) -> int:
        asked, nodes = request(History(), question), {1: node(1, text)}
        prompt = compose(asked, found, nodes, route, tokenize, characters, "chatml", 10_000, "short", larger)[1]
        return sum(block.tokens for block in prompt.blocks)

    assert tokens(()) <= 30
    assert (tokens((100,)) > 30) is grows


@pytest.mark.parametrize(("question", "enough"), [("Who filled the tank?", True), ("Who repaired the valve?", False)])
def test_a_smaller_context_does_where_it_shows_all_of_the_question(question: str, enough: bool) -> None:
    hits = SearchResult(keys=np.array([1], np.uint64), distances=np.zeros(1, np.float32), stats=SearchStats())
    found = RetrievalResult(vector=np.zeros(2, np.float32), hits=hits, attended=attended(1))
    text = "Who filled the tank is Ada. The valve was repaired by someone else in the month of May."
    asked, nodes = request(History(), question), {1: node(1, text)}
    route = msgspec.structs.replace(ROUTE, context_tokens=120)

    def shown(enough_tokens: int) -> str:
        args = (tokenize, characters, "chatml", 10_000)
        prompt = compose(asked, found, nodes, route, *args, enough_tokens=enough_tokens)[1]
        return "".join(block.text for block in prompt.blocks)

    assert "valve" in shown(0)
    assert ("valve" not in shown(40)) is enough


def test_no_text_is_counted_twice_for_larger_budgets() -> None:
    hits = SearchResult(keys=np.array([1], np.uint64), distances=np.zeros(1, np.float32), stats=SearchStats())
    found = RetrievalResult(vector=np.zeros(2, np.float32), hits=hits, attended=attended(1))
    nodes = {1: node(1, "Ada filled the tank. The valve was repaired by someone else in the month of May.")}
    seen: list[str] = []

    def count(texts: Sequence[str]) -> list[int]:
        seen.extend(texts)
        return characters(texts)

    route = msgspec.structs.replace(ROUTE, context_tokens=30)
    asked = request(History(), "Who repaired the valve?")
    compose(asked, found, nodes, route, tokenize, count, "chatml", 10_000, "short", (60, 100))
    assert len(seen) == len(set(seen))


def test_a_cut_note_is_announced() -> None:
    asked = request(History(), "Who?")
    found = attended(1)
    hits = SearchResult(keys=np.array([1], np.uint64), distances=np.zeros(1, np.float32), stats=SearchStats())
    nodes = {1: node(1, "One two three. " * 40, title="Numbers")}
    _, prompt = compose(
        asked,
        RetrievalResult(vector=np.zeros(2, np.float32), hits=hits, attended=found),
        nodes,
        ROUTE,
        tokenize,
        characters,
        "chatml",
        10_000,
    )
    assert prompt.dropped == Dropped(cut_notes=1)
    assert asked.warnings == []  # nearly every answer is made from parts of notes: nobody could act on a warning


@pytest.mark.parametrize("text", ["", "   "])
def test_empty_texts_take_no_block(text: str) -> None:
    kept, dropped = blocks("", attended(1), {1: node(1, text)}, 100, words)
    assert (kept, dropped) == ((), Dropped())
