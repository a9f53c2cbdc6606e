"""The settings with which a service is started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MAX_QUEUE = 16
MAX_WAIT_S = 60.0
MAX_BODY_BYTES = 4 << 20
QUIET_S = 10.0
"""Seconds of silence after which a stream sends a comment."""


class Settings(NamedTuple):
    """Limits, keys and names of one service."""

    keys: tuple[bytes, ...] = ()
    """API keys for TCP clients; empty: no key is required. A client must present one of them."""
    hosts: frozenset[str] = frozenset()
    """Host names for the service, besides those of the loopback."""
    origins: frozenset[str] = frozenset()
    """Web origins whose pages may call the service, besides those on the loopback."""
    max_queue: int = MAX_QUEUE
    """Maximum number of questions waiting for a model."""
    max_wait_s: float = MAX_WAIT_S
    """Longest wait of a question for its model, in seconds."""
    generations: int = 1
    """Number of answers generated at the same time."""
    max_body_bytes: int = MAX_BODY_BYTES
    quiet_s: float = QUIET_S
    started: Mapping[str, str | int | None] = {}
    """Command-line options with which the service was started, such as ``model``.

    Clients compare them with their own.
    """
    config_stamp: str = ""
    """Stamp of ``config.toml`` at the start, to detect a later change."""
