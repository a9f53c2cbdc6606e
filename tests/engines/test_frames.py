from __future__ import annotations

import os

import pytest

from sanderling.engines import frames
from sanderling.records import Token


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        os.close(descriptor)


def test_what_is_written_is_read(pipe):
    reader, writer = pipe
    sent = [frames.Drawn(Token(id=3, text="é", logprob=-0.5)), frames.Alive(), frames.Failed("ValueError", "no")]
    for frame in sent:
        frames.write(writer, frame)
    assert [frames.decode_reply(frames.read(reader, 1.0)) for _ in sent] == sent


def test_silence_times_out_even_in_the_middle_of_a_frame(pipe):
    reader, writer = pipe
    os.write(writer, b"\x00\x00\x00\x09abc")
    with pytest.raises(TimeoutError):
        frames.read(reader, 0.05)


def test_a_length_beyond_reason_is_refused_before_allocating(pipe):
    reader, writer = pipe
    os.write(writer, b"printed by some library")
    with pytest.raises(ValueError, match="corrupt"):
        frames.read(reader, 1.0)


def test_a_closed_pipe_ends_the_stream():
    reader, writer = os.pipe()
    os.write(writer, b"\x00\x00\x00\x09abc")
    os.close(writer)
    assert frames.read(reader, 1.0) is None
    os.close(reader)
