from __future__ import annotations

from collections.abc import Iterator

from sanderling.engines.chat_format import Thinking
from sanderling.engines.protocol import Finish, GenerateRequest
from sanderling.engines.thoughts import generate_answer
from sanderling.records import Sampling, Token

THINKING = Thinking(generation="<think>", close="</think>", budget_tokens=4)
OPEN, CLOSE, BREAK, ANSWER = 1, 2, 3, 9


class Writes:
    """A worker that writes given tokens, one list a request; ``close``: ids of the closing mark."""

    def __init__(self, *texts: list[int], close: tuple[int, ...] = (CLOSE,), reason: str = "stop") -> None:
        self.texts, self.close, self.asked, self.reason = list(texts), close, [], reason  # type: ignore[var-annotated]

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        return list(self.close) if text == "</think>" else [BREAK]

    def generate(self, request: GenerateRequest, handle: object = None) -> Iterator[Token | Finish]:
        self.asked.append(request)
        ids = self.texts.pop(0)[: request.max_tokens]
        for id in ids:
            yield Token(id=id, text=str(id), logprob=0.0)
        n = len(request.prompt_ids)
        yield Finish(self.reason, n, 0, 1.0, 2.0, 3.0, 0)  # type: ignore[arg-type]


def answered(worker: Writes, thinking: Thinking | None = THINKING, **more: object) -> list[Token | Finish]:
    request = GenerateRequest(prompt_ids=(7, OPEN), max_tokens=5, sampling=Sampling(), **more)  # type: ignore[arg-type]
    return list(generate_answer(worker, request, None, thinking, 100))  # type: ignore[arg-type]


def ids(items: list[Token | Finish]) -> list[int]:
    return [item.id for item in items if isinstance(item, Token)]


def test_a_model_that_does_not_think_is_asked_once() -> None:
    worker = Writes([ANSWER])
    assert ids(answered(worker, None)) == [ANSWER]
    assert len(worker.asked) == 1


def test_a_thought_that_the_model_ends_is_left_out() -> None:
    worker = Writes([5, 6, CLOSE, 8], [ANSWER])
    assert ids(answered(worker)) == [ANSWER]
    assert worker.asked[1].prompt_ids == (7, OPEN, 5, 6, CLOSE, BREAK)


def test_a_thought_is_cut_at_its_budget() -> None:
    worker = Writes([5] * 50, [ANSWER])
    assert ids(answered(worker)) == [ANSWER]
    assert worker.asked[0].max_tokens == 4
    assert worker.asked[1].prompt_ids == (7, OPEN, 5, 5, 5, 5, CLOSE, BREAK)


def test_a_mark_of_several_tokens_is_written_once() -> None:
    worker = Writes([5, 20, 21], [ANSWER], close=(20, 21))
    assert ids(answered(worker)) == [ANSWER]
    assert worker.asked[1].prompt_ids == (7, OPEN, 5, 20, 21, BREAK)


def test_the_schema_binds_the_answer_alone() -> None:
    worker = Writes([5, CLOSE], [ANSWER])
    answered(worker, json_schema="{}")
    assert [request.json_schema for request in worker.asked] == ["", "{}"]


def test_times_and_lengths_are_those_of_both() -> None:
    finish = answered(Writes([5] * 9, [ANSWER]))[-1]
    assert isinstance(finish, Finish)
    assert (finish.prompt_tokens, finish.prefill_ms, finish.decode_ms, finish.ttft_ms) == (2, 1.0, 7.0, 8.0)


def test_a_cancelled_thought_ends_it() -> None:
    worker = Writes([5] * 9, [ANSWER], reason="cancelled")
    (finish,) = answered(worker)
    assert isinstance(finish, Finish)
    assert finish.reason == "cancelled"
    assert len(worker.asked) == 1
