"""Messages between a worker process and its parent, encoded as frames.

A frame is 4 bytes of length (big-endian), then that many bytes of one msgpack-encoded struct. Each request gets one
reply, with two exceptions: Generate is answered by any number of Drawn and Alive, then Done or Failed; Cancel gets no
reply, it only makes Done come sooner.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

import msgspec

from ..records import Token
from .protocol import Embedded, Finish, GenerateRequest, LoadSpec, ModelInfo, Scored, ScoreRequest, TokenizerInfo

MAX_FRAME_BYTES = 64 * 1024 * 1024
"""Maximum length of a frame in bytes; a longer frame is refused.

It is far above any that is sent, so a greater length means a corrupt stream.
"""


class Frame(msgspec.Struct, frozen=True, tag=True):
    """Base class of all messages. Each is encoded with its class name as a tag."""


class Load(Frame, frozen=True):
    """Request to load a model.

    A worker process gets exactly one.
    """

    spec: LoadSpec
    engine: str
    """Name of the engine that runs the model."""


class Tokenize(Frame, frozen=True):
    """Request for the token ids of ``text``, answered by Ids."""

    text: str
    special: bool


class Count(Frame, frozen=True):
    """Request for the number of tokens of each text. Control tokens in a text are plain text. Answered by Counts."""

    texts: list[str]


class Pieces(Frame, frozen=True):
    """Request for the bytes of each token, answered by Bytes."""

    ids: list[int]


class Describe(Frame, frozen=True):
    """Request for a description of the tokenizer, answered by Described."""


class Generate(Frame, frozen=True):
    """Request to generate text. It is answered by a stream of Drawn and Alive that ends with Done or Failed."""

    request: GenerateRequest


class Embed(Frame, frozen=True):
    """Request for the embeddings of ``texts``, answered by Vectors."""

    texts: list[str]


class Score(Frame, frozen=True):
    """Request to score an answer. It is answered by any number of Alive, then Predicted."""

    request: ScoreRequest


class Cancel(Frame, frozen=True):
    """Request to end the running generation before its next token.

    It is ignored when no generation is running.
    """


class Loaded(Frame, frozen=True):
    """Reply to Load."""

    info: ModelInfo


class Ids(Frame, frozen=True):
    """Reply to Tokenize."""

    ids: list[int]


class Counts(Frame, frozen=True):
    """Reply to Count."""

    counts: list[int]


class Bytes(Frame, frozen=True):
    """Reply to Pieces."""

    pieces: list[bytes]


class Described(Frame, frozen=True):
    """Reply to Describe."""

    info: TokenizerInfo


class Vectors(Frame, frozen=True):
    """Reply to Embed."""

    embedded: Embedded


class Predicted(Frame, frozen=True):
    """Reply to Score."""

    scored: Scored


class Drawn(Frame, frozen=True):
    """A generated token, as part of the reply to Generate."""

    token: Token


class Alive(Frame, frozen=True):
    """Sign of life during the computation of a long prompt. It shows that the worker is slow, not hung."""


class Done(Frame, frozen=True):
    """Last part of the reply to a successful Generate."""

    finish: Finish


class Failed(Frame, frozen=True):
    """Reply to a request that raised an exception. ``kind``: name of the exception's class."""

    kind: str
    message: str
    extra: str = ""
    """The missing extra of a MissingExtra, or an empty text."""


Request = Load | Tokenize | Count | Pieces | Describe | Generate | Embed | Score | Cancel
Reply = Loaded | Ids | Counts | Bytes | Described | Vectors | Predicted | Drawn | Alive | Done | Failed

_encoder = msgspec.msgpack.Encoder()
decode_request: Callable[[bytes], Request] = msgspec.msgpack.Decoder(Request).decode
decode_reply: Callable[[bytes], Reply] = msgspec.msgpack.Decoder(Reply).decode


def write(descriptor: int, frame: Frame, timeout_s: float | None = None) -> None:
    """Write one frame to a pipe. Raises BrokenPipeError if the reading end is closed.

    ``timeout_s``: seconds after which TimeoutError is raised, with part of the frame possibly written; None: no limit.
    """
    body = _encoder.encode(frame)
    data = memoryview(len(body).to_bytes(4, "big") + body)
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    while data:
        part = data
        if deadline is not None:
            _await(descriptor, select.POLLOUT, deadline)
            part = data[: select.PIPE_BUF]  # up to this size a write does not block once poll() reports room
        data = data[os.write(descriptor, part) :]


def read(descriptor: int, timeout_s: float | None = None) -> bytes | None:
    """Read one frame from a pipe and return its body.

    None if the stream has ended. ``timeout_s``: seconds after which TimeoutError is raised if the frame is incomplete;
    None: no limit. Raises ValueError for a length above ``MAX_FRAME_BYTES``.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    head = _read_exactly(descriptor, 4, deadline)
    if head is None:
        return None
    length = int.from_bytes(head, "big")
    if length > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {length} bytes: the stream is corrupt")
    return _read_exactly(descriptor, length, deadline)


def speaks(descriptor: int, timeout_s: float) -> bool:
    """Wait for the next byte of a stream; return False after ``timeout_s``. The end of the stream counts as a byte."""
    try:
        _await(descriptor, select.POLLIN, time.monotonic() + timeout_s)
    except TimeoutError:
        return False
    return True


def _read_exactly(descriptor: int, length: int, deadline: float | None) -> bytes | None:
    data = bytearray()
    while len(data) < length:
        if deadline is not None:
            _await(descriptor, select.POLLIN, deadline)
        part = os.read(descriptor, length - len(data))
        if not part:
            return None
        data += part
    return bytes(data)


def _await(descriptor: int, event: int, deadline: float) -> None:
    poller = select.poll()  # select() would refuse descriptors above 1023
    poller.register(descriptor, event)
    if not poller.poll(max(0.0, deadline - time.monotonic()) * 1e3):
        raise TimeoutError
