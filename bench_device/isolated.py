"""Open a runtime that ignores the user's settings and adds nothing to the user's telemetry."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..config import Config
from ..engines import EngineName
from ..router.rule import RuleRouter
from ..runtime import Runtime


def open_isolated(
    memory: Path,
    model: str | None,
    engine: EngineName | None = None,
    *,
    profile: str = "auto",
    n_threads: int | None = None,
    folder: Path | None = None,
    ladder: str | None = None,
    config: Config | None = None,
) -> Runtime:
    """Open a runtime over ``memory`` with default settings or with those of ``config``.

    ``model``: the only model; None: the models of ``ladder``. Other arguments and errors: see
    :meth:`sanderling.runtime.Runtime.open`. There is no exploration, no write-back, no cached answer and no state on
    disk. The router is the rule, which is the same on every device, not a router trained here. ``folder``: where
    telemetry and cached answers go; None: the memory's folder.
    """
    return Runtime.open(
        memory,
        ladder=ladder,
        model=model,
        engine=engine,
        profile=profile,
        router=RuleRouter.id,
        n_threads=n_threads,
        config=msgspec.structs.replace(config or Config(), state_disk_bytes=0),
        folder=folder or memory.parent,
    )
