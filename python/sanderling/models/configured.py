"""Read ``config.toml`` and look its names up in the registry."""

from __future__ import annotations

from .. import config
from ..config import Config
from ..errors import UsageError
from . import registry


def load() -> Config:
    """Return :func:`sanderling.config.load`; raise UsageError also for a ladder or embedder that does not exist."""
    return config.load(_check_names)


def _check_names(read: Config) -> None:
    registry.ladder(read.ladder)
    if registry.get(read.embedder).embedding is None:
        raise UsageError(f"{read.embedder} is no embedder")
