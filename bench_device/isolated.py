"""A runtime that knows nothing of its user: what is measured is the device, and nothing of it stays in their log."""

from __future__ import annotations

from pathlib import Path

from ..config import Config
from ..engines import EngineName
from ..router.rule import RuleRouter
from ..runtime import Runtime


def open_isolated(
    memory: Path,
    model: str,
    engine: EngineName | None = None,
    *,
    profile: str = "auto",
    n_threads: int | None = None,
    folder: Path | None = None,
) -> Runtime:
    """Open one model over ``memory`` with the default settings; arguments and errors as :meth:`Runtime.open`.

    No request is drawn to explore, nothing is written back, no answer is kept. The rule decides, which is the same
    everywhere, whatever was trained on this device. ``folder``: of the telemetry and of kept answers; None: that of the
    memory.
    """
    return Runtime.open(
        memory,
        model=model,
        engine=engine,
        profile=profile,
        router=RuleRouter.id,
        n_threads=n_threads,
        config=Config(),
        folder=folder or memory.parent,
    )
