"""Thoughts that a model writes into its answer are left out, however its tokens cut the text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.engines.protocol import Finish
from sanderling.engines.unthought import WRITTEN, without_thoughts
from sanderling.records import FinishReason, Token


def items(pieces: list[str], reason: FinishReason = "stop") -> Iterator[Token | Finish]:
    for number, piece in enumerate(pieces):
        yield Token(id=number, text=piece, logprob=-0.5)
    yield Finish(reason, 1, 0, 1.0, 2.0, 3.0, 0)


def shown(pieces: list[str], reason: FinishReason = "stop") -> str:
    *tokens, finish = without_thoughts(items(pieces, reason))
    assert isinstance(finish, Finish)
    assert all(isinstance(token, Token) for token in tokens)
    return "".join(token.text for token in tokens if isinstance(token, Token))


CASES: list[tuple[str, FinishReason, str]] = [
    ("Ada repairs it.", "stop", "Ada repairs it."),
    ("<think>Who? Ada.</think>Ada repairs it.", "stop", "Ada repairs it."),
    ("\n <think>\nWho?\n\nAda.\n</think>\n\nAda repairs it.\n", "stop", "\n Ada repairs it.\n"),
    ("<think>一二三\n誰が?</think>\n\nエイダ。", "stop", "エイダ。"),
    ("<think>a<think>b</think>c</think>Ada.", "stop", "Ada."),
    ("<think>a</think>\n<think>b</think>\nAda.", "stop", "Ada."),
    ("<think>never closed", "length", ""),
    ("<think>never closed", "stop", ""),
    ("<think>I may write <think> here.</think>\nAda.", "stop", "Ada."),
    ("<think>I may write <think> here.</think> and then", "length", ""),
    ("<think></think>", "stop", ""),
    ("Ada.\n<think>Or Bo?</think>\nBo.", "stop", "Ada.\nBo."),
    # What only looks like it, or is quoted.
    ("The tag is <think>, closed by </think>.", "stop", "The tag is <think>, closed by </think>."),
    ("```\n<think>\n```\n", "stop", "```\n<think>\n```\n"),
    ("<thin", "stop", "<thin"),
    ("<thinker>Rodin</thinker>", "stop", "<thinker>Rodin</thinker>"),
    ("a < b", "stop", "a < b"),
    ("[THIS]", "stop", "[THIS]"),
    ("", "stop", ""),
]


@pytest.mark.parametrize(("text", "reason", "expected"), CASES)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_what_is_shown_does_not_depend_on_the_tokens(text: str, reason: FinishReason, expected: str, size: int) -> None:
    assert shown([text[at : at + size] for at in range(0, len(text), size)], reason) == expected


@pytest.mark.parametrize(("opening", "close"), WRITTEN)
def test_every_mark_is_known(opening: str, close: str) -> None:
    assert shown([*f"{opening}hm{close}\nyes"]) == "yes"


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "[THINK]", "x", "\n", " ", "<", "```", "</", "think>"])), st.data()
)
def test_cuts_change_nothing(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert shown(pieces) == shown([text])


@given(st.text())
def test_a_text_without_marks_is_shown_whole_and_token_by_token(text: str) -> None:
    if any(opening in text for opening, _ in WRITTEN):
        return
    *tokens, _ = without_thoughts(items([*text]))
    assert "".join(token.text for token in tokens if isinstance(token, Token)) == text
    assert [token.id for token in tokens if isinstance(token, Token)] == list(range(len(text)))


def test_no_token_of_a_thought_is_left() -> None:
    tokens = list(without_thoughts(items(["<th", "ink>", "Bo", "?", "</think", ">\n", "\n", "A", "da"])))[:-1]
    assert [token.id for token in tokens if isinstance(token, Token)] == [7, 8]


def test_no_text_waits_that_cannot_become_a_mark() -> None:
    stream = without_thoughts(items(["Ada ", "is <", "here", "."]))
    assert [next(stream).text for _ in range(4)] == ["Ada ", "is <", "here", "."]  # type: ignore[union-attr]
