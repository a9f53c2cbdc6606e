from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sanderling.engines.text_stream import TextStream
from sanderling.records import Token

texts = st.text(alphabet="abé🦜\n", max_size=30)
stops = st.lists(st.text(alphabet="ab\n", max_size=4), max_size=3).map(tuple)


def drawn(id: int) -> Token:
    return Token(id=id, text="", logprob=-1.0)


def run(data: bytes, cuts: list[int], stop: tuple[str, ...]):
    stream = TextStream(stop)
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    tokens, pushed = [], 0
    for start, end in pairwise(bounds):
        if stream.stopped:
            break
        pushed += 1
        tokens += stream.push(drawn(start), data[start:end])
    return stream, tokens + stream.finish(), pushed


@given(text=texts, cuts=st.lists(st.integers(0, 1000), max_size=20), stop=stops)
def test_however_it_is_cut_the_text_is_that_before_the_first_stop(text, cuts, stop):
    stream, tokens, pushed = run(text.encode(), cuts, stop)
    shown = "".join(token.text for token in tokens)
    places = [text.find(word) for word in stop if word and word in text]
    assert stream.stopped == bool(places)
    if places:
        # Which of two overlapping stop texts is met first depends on the cuts; nothing from it on may be shown.
        assert text.startswith(shown)
        assert not any(word in shown for word in stop if word)
    else:
        assert shown == text
    assert len(tokens) == pushed


@given(data=st.binary(max_size=12), cuts=st.lists(st.integers(0, 1000), max_size=5))
def test_bytes_that_are_not_utf8_become_replacement_characters(data, cuts):
    _stream, tokens, _pushed = run(data, cuts, ())
    assert "".join(token.text for token in tokens) == data.decode("utf-8", "replace")


def test_a_split_character_is_held_until_it_is_whole():
    stream = TextStream(())
    first, rest = "🦜".encode()[:1], "🦜".encode()[1:]
    assert stream.push(drawn(1), first) == []
    assert [(token.id, token.text) for token in stream.push(drawn(2), rest)] == [(1, ""), (2, "🦜")]


def test_a_possible_start_of_a_stop_text_is_held_back():
    stream = TextStream(("\nQ:",))
    assert [token.text for token in stream.push(drawn(1), b"yes")] == ["yes"]
    assert stream.push(drawn(2), b"\n") == []
    assert [token.text for token in stream.push(drawn(3), b"no")] == ["", "\nno"]
    assert stream.push(drawn(4), b"\nQ") == []
    assert "".join(token.text for token in stream.push(drawn(5), b": x")) == ""
    assert stream.stopped
