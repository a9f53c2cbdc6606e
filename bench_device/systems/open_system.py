"""Opens a runtime for one system, with its models in processes of their own.

So no system gains by another's states.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from ...config import Config
from ...device.profiles import Detected
from ...engines import EngineName
from ...memory import Embedder
from ...models import pick_quant
from ...models.inventory import ModelInventory
from ...opening import open_parts
from ...records import CONTEXT_BINS, ContextBin, Record
from ...router.rule import RuleRouter
from ...router.select import router_for
from ...runtime import Runtime
from .system import System
from .work import Work


class Settings(Record):
    """Settings that all systems of a run share."""

    engine: EngineName = "auto"
    profile: str = "auto"
    n_threads: int | None = None
    """None: as the profile says."""


class Opened(NamedTuple):
    """A system that can be asked."""

    system: System
    runtime: Runtime
    context: ContextBin | None
    """The fixed context; None: the router chooses."""
    work: Work
    files: dict[str, str]
    """Quantization of each model, by its id, smallest first."""
    router_id: str


def open_system(system: System, folder: Path, settings: Settings, embedder: Embedder) -> Opened:
    """Open a system over an empty memory in ``folder``.

    The caller replaces this memory by the one to ask. It has default settings: no answer is kept, nothing is
    written back, and telemetry goes to ``folder``. Raises the errors of opening a runtime, and UsageError for a
    router that cannot be used with these models.
    """
    parts = open_parts(
        folder / "empty.sanderling",
        profile=settings.profile,
        ladder=None,
        model=system.models[-1],
        engine=settings.engine,
        router=RuleRouter.id,
        n_threads=settings.n_threads,
        embedder=embedder,
        config=Config(block_head=system.block_head, state_disk_bytes=0),
    )
    try:
        detected, context = _with_context(parts.detected, system.context_tokens)
        models = tuple(pick_quant.resolve(name, detected, settings.engine) for name in system.models)
        inventory = ModelInventory(models, detected, settings.n_threads)
        router = router_for(system.router, inventory)
        work = Work({model.entry.id: model.entry.parameters for model in models})
        runtime = Runtime(
            parts._replace(inventory=inventory, router=router, detected=detected, pool=work.counted(parts.pool)), folder
        )
    except BaseException:
        parts.pool.close()
        parts.memory.close()
        raise
    files = {model.entry.id: model.quant for model in models}
    return Opened(system, runtime, context, work, files, router.id)


def _with_context(detected: Detected, tokens: int | None) -> tuple[Detected, ContextBin | None]:
    """Return the device with a context of so many tokens, and its name; None: as it is, for a router to choose."""
    if tokens is None:
        return detected, None
    sizes = detected.profile.context_tokens
    name = next((each for each in CONTEXT_BINS if sizes[each] == tokens), None)
    if name is not None:
        return detected, name
    largest = CONTEXT_BINS[-1]
    profile = replace(detected.profile, context_tokens={**sizes, largest: tokens})
    return replace(detected, profile=profile), largest
