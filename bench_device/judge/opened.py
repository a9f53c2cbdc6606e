"""Open the judge that an option names: a model of this device, or an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ...config import Config
from ...engines import EngineName
from ...errors import UsageError
from ...privacy import Trust
from ...records import Privacy
from ..plain_model import named, open_plain
from .local import LocalJudge, largest_installed
from .permission import permission
from .remote import RemoteJudge
from .rubric import Judge

LOCAL = "local"


class OpenJudge(NamedTuple):
    """A judge, and the owner of the machine it runs on."""

    judge: Judge
    trust: Trust


def require_judge(which: str, config: Config, privacy: Privacy | None) -> None:
    """Raise UsageError if ``which`` is neither ``local`` nor a permitted address."""
    if which.startswith(("http://", "https://")):
        permission(which, privacy, config)
    elif which != LOCAL:
        raise UsageError(
            f"there is no judge {which[:80]!r}: give {LOCAL}, or an address such as http://localhost:8080/v1"
        )


@contextmanager
def open_judge(
    which: str,
    config: Config,
    *,
    model: str = "",
    privacy: Privacy | None = None,
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
) -> Iterator[OpenJudge]:
    """Open the judge ``which``: ``local``, or an address that begins with ``http://`` or ``https://``.

    ``model``: the model that judges; empty: the largest here, or the one that the address serves. ``privacy``: who may
    read the answers; None: as ``config`` says. Raises UsageError for anything else and for an address that is not
    allowed; ModelUnavailable, OutOfMemory.
    """
    require_judge(which, config, privacy)
    if which != LOCAL:
        permit, trust = permission(which, privacy, config)
        yield OpenJudge(RemoteJudge(which, model, permit), trust)
        return
    # The best quantization of the largest model.
    installed = named(model or largest_installed().entry.id, profile, engine)
    with open_plain(installed, engine, profile, n_threads) as opened:
        yield OpenJudge(LocalJudge(opened), "")
