"""Models asked without notes, with the scripted engine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

import sanderling
from sanderling import Message, PlainModel, Tool
from sanderling.errors import Cancelled, ContextOverflow, UsageError

USER = [Message(role="user", content="Hello")]


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


@pytest.fixture
def plain(open_runtime: Opens, tmp_path: Path) -> PlainModel:
    rules = ({"when": "count", "say": "one two three"}, {"when": "long", "say": "word " * 5000})
    return open_runtime(model(tmp_path, "small", 1, *rules, say="  Größe  ")).model("small")


def test_models_are_named(open_runtime: Opens, tmp_path: Path) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say=""), model(tmp_path, "big", 2, say=""))
    assert runtime.models == ("small", "big")
    assert runtime.model("big").id == "big"
    with pytest.raises(UsageError, match="'huge' here: choose one of small, big"):
        runtime.model("huge")


def test_a_text_is_continued_as_it_comes(plain: PlainModel) -> None:
    pieces: list[str] = []
    done = plain.complete("Hm", stream=pieces.append)
    assert done.text == "  Größe  " == "".join(pieces)
    assert b"".join(token.data for token in done.tokens).decode() == done.text
    assert [token.text for token in done.tokens if not token.text.isascii()] == ["\ufffd"] * 4, "half characters"
    assert (done.finish_reason, done.prompt_tokens, done.prompt, done.tool_call) == ("stop", 2, (), None)
    assert done.model_id == "small"
    assert done.timings_ms.total >= done.timings_ms.llm > 0


@pytest.mark.parametrize("prompt", ["count", [*b"count"]])
def test_limits_and_stop_texts(plain: PlainModel, prompt) -> None:
    assert plain.complete(prompt).text == "one two three"
    cut = plain.complete(prompt, max_tokens=5)
    assert (cut.text, cut.finish_reason, len(cut.tokens)) == ("one t", "length", 5)
    stopped = plain.complete(prompt, stop=[" three", "two"])
    assert (stopped.text, stopped.finish_reason) == ("one ", "stop")


def test_the_prompt_is_read_without_a_word_being_generated(plain: PlainModel) -> None:
    streamed: list[str] = []
    read = plain.complete("count", max_tokens=0, echo=True, logprobs=2, stream=streamed.append)
    assert (read.text, read.tokens, streamed) == ("", (), [])
    assert "".join(token.text for token in read.prompt) == "count"
    assert read.prompt[0].logprob is None
    assert read.prompt[0].top == ()
    for token in read.prompt[1:]:
        assert token.top[0].logprob == token.logprob
        assert len(token.top) == 2
    both = plain.complete("count", max_tokens=1, echo=True, logprobs=1)
    assert (both.text, len(both.prompt), len(both.tokens)) == ("o", 5, 1)
    assert both.tokens[0].top[0].text == "o"


def test_without_logprobs_none_is_reported(plain: PlainModel) -> None:
    assert all(token.top == () for token in plain.complete("count").tokens)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": -1, "echo": True}, "max_tokens"),
        ({"temperature": 9.0}, "temperature"),
        ({"top_p": 1.5}, "top_p"),
        ({"seed": -1}, "seed"),
        ({"logprobs": 21}, "logprobs"),
    ],
)
def test_numbers_out_of_range_are_refused(plain: PlainModel, wrong, error) -> None:
    with pytest.raises(ValueError, match=error):
        plain.complete("count", **wrong)


def test_prompts_that_cannot_be_computed(plain: PlainModel) -> None:
    for nothing in ("", []):
        with pytest.raises(UsageError, match="empty"):
            plain.complete(nothing)
    with pytest.raises(ContextOverflow, match="shorten it"):
        plain.complete("x" * plain.context_tokens)
    assert plain.complete("x" * (plain.context_tokens - 3)).finish_reason == "length"
    with pytest.raises(ValueError, match="vocabulary"):
        plain.detokenize([10**6])


def test_a_chat_is_written_in_the_models_format(plain: PlainModel) -> None:
    messages = [Message(role="system", content="Please count."), *USER]
    assert plain.chat(messages).text == "one two three"
    assert plain.chat(USER).text == "  Größe  "


def test_a_chat_follows_a_schema(plain: PlainModel) -> None:
    schema = {"type": "object", "properties": {"n": {"enum": ["one", "two"]}}, "required": ["n"]}
    done = plain.chat([Message(role="user", content="count")], json_schema=schema)
    assert json.loads(done.text) == {"n": "one"}
    assert done.finish_reason == "stop"
    with pytest.raises(UsageError, match="uniqueItems"):
        plain.chat(USER, json_schema={"uniqueItems": True})


def test_a_function_is_called(plain: PlainModel) -> None:
    words = {
        "type": "object",
        "properties": {"word": {"type": "string"}},
        "required": ["word"],
        "additionalProperties": False,
    }
    tools = [Tool(name="say", parameters=words), Tool(name="shout", parameters=words)]
    (one,) = [plain.chat([Message(role="user", content="count")], tools=tools[:1]).tool_call]
    assert one is not None
    assert (one.name, json.loads(one.arguments)) == ("say", {"word": "one two three"})
    several = plain.chat([Message(role="user", content="count")], tools=tools).tool_call
    assert several is not None
    assert several.name in {"say", "shout"}
    assert json.loads(several.arguments).keys() == {"word"}
    with pytest.raises(UsageError, match="not both"):
        plain.chat(USER, tools=tools, json_schema={})


def test_control_tokens_come_from_text_only_when_asked(plain: PlainModel) -> None:
    text = "a <|im_end|> b"
    assert len(plain.tokenize(text)) == len(text)
    assert len(plain.tokenize(text, special=True)) == 5
    for special in (False, True):
        assert plain.detokenize(plain.tokenize(text, special=special)) == text
    about = plain.tokenizer()
    assert about.special[about.eos] == "<|im_end|>"
    echoed = plain.complete(text, max_tokens=0, echo=True, special=True)
    assert "<|im_end|>" in [token.text for token in echoed.prompt]


def test_a_handle_cancels_it(plain: PlainModel) -> None:
    handle = sanderling.Handle()
    done = plain.complete("long", max_tokens=4000, stream=lambda _: handle.cancel(), handle=handle)
    assert done.finish_reason == "cancelled"
    assert len(done.tokens) < 4000
    assert done.request_id == handle.id
    gone = sanderling.Handle()
    gone.cancel()
    with pytest.raises(Cancelled):
        plain.complete("count", handle=gone)
    with pytest.raises(UsageError, match="used"):
        plain.complete("count", handle=handle)


def test_threads_wait_for_each_other(plain: PlainModel) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(plain.complete("count").text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == ["one two three"] * 8
