"""The configuration, with the names of ladder and embedder checked against the registry."""

from __future__ import annotations

from .. import config
from ..config import Config
from ..errors import UsageError
from . import registry


def load() -> Config:
    """Load the configuration as :func:`sanderling.config.load` does, and check its names.

    Raises UsageError also for a ladder or an embedder that does not exist.
    """
    return config.load(_check_names)


def _check_names(read: Config) -> None:
    registry.ladder(read.ladder)
    if registry.get(read.embedder).embedding is None:
        raise UsageError(f"{read.embedder} is no embedder")
