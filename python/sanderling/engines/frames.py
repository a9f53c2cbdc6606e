"""The messages between parent and worker, and their encoding as frames.

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
from .protocol import Finish, GenerateRequest, LoadSpec, ModelInfo

MAX_FRAME_BYTES = 64 * 1024 * 1024
"""Bound of a frame's length, far above any that is sent; a longer one means that the stream is corrupt."""


class Frame(msgspec.Struct, frozen=True, tag=True):
    """Base of all messages; the class name is encoded as a tag."""


class Load(Frame, frozen=True):
    """Request to load a model, sent once per process."""

    spec: LoadSpec


class Tokenize(Frame, frozen=True):
    """Request for the token ids of ``text``, answered by Ids."""

    text: str
    special: bool


class Generate(Frame, frozen=True):
    """Request to generate, answered by a stream of Drawn and Alive that ends with Done or Failed."""

    request: GenerateRequest


class Embed(Frame, frozen=True):
    """Request for the embeddings of ``texts``, answered by Vectors."""

    texts: list[str]


class Cancel(Frame, frozen=True):
    """Request to end the running generation before its next token; ignored when none is running."""


class Loaded(Frame, frozen=True):
    """Reply to Load."""

    info: ModelInfo


class Ids(Frame, frozen=True):
    """Reply to Tokenize."""

    ids: list[int]


class Vectors(Frame, frozen=True):
    """Reply to Embed."""

    vectors: list[list[float]]


class Drawn(Frame, frozen=True):
    """One token of a stream."""

    token: Token


class Alive(Frame, frozen=True):
    """Sign of life during the computation of a long prompt, so that a slow worker is not taken for a hung one."""


class Done(Frame, frozen=True):
    """End of a stream."""

    finish: Finish


class Failed(Frame, frozen=True):
    """Reply to a request that raised an exception; ``kind`` is the name of its class."""

    kind: str
    message: str
    extra: str = ""
    """The optional dependency to install, for MissingExtra; otherwise empty."""


Request = Load | Tokenize | Generate | Embed | Cancel
Reply = Loaded | Ids | Vectors | Drawn | Alive | Done | Failed

_encoder = msgspec.msgpack.Encoder()
decode_request: Callable[[bytes], Request] = msgspec.msgpack.Decoder(Request).decode
decode_reply: Callable[[bytes], Reply] = msgspec.msgpack.Decoder(Reply).decode


def write(descriptor: int, frame: Frame, timeout_s: float | None = None) -> None:
    """Write one frame. Raises BrokenPipeError if the reading end is closed.

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
    """Read one frame and return its body; None at the end of the stream.

    ``timeout_s``: seconds after which TimeoutError is raised if the frame is incomplete; None: no limit. Raises
    ValueError for a length above ``MAX_FRAME_BYTES``.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    head = _read_exactly(descriptor, 4, deadline)
    if head is None:
        return None
    length = int.from_bytes(head, "big")
    if length > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {length} bytes: the stream is corrupt")
    return _read_exactly(descriptor, length, deadline)


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
