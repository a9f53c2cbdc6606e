"""Loads the configuration, and checks its ladder and its embedder."""

from __future__ import annotations

from .. import config
from ..config import Config
from ..errors import UsageError
from . import registry


def load() -> Config:
    """Load the configuration, and check that its ladder and embedder exist.

    :func:`sanderling.config.load` reads it.

    Raises UsageError also for a ladder or an embedder that does not exist.
    """
    return config.load(_check_names)


def _check_names(read: Config) -> None:
    registry.ladder(read.ladder)
    if registry.get(read.embedder).embedding is None:
        raise UsageError(f"{read.embedder} is no embedder")
