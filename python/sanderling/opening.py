"""Choose and open the parts of a :class:`~sanderling.Runtime`: memory, models, router, device profile, settings."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from . import ranges
from .config import Config
from .device import profiles
from .device.profiles import Detected
from .engines import EngineName
from .engines.model_pool import ModelPool
from .memory import Embedder, Memory
from .models import configured, fit, pick_quant
from .models.inventory import ModelInventory
from .router.contract import Router
from .router.select import router_for, router_named


class Parts(NamedTuple):
    """The parts that make up a runtime."""

    memory: Memory
    inventory: ModelInventory
    pool: ModelPool
    router: Router
    detected: Detected
    config: Config


def open_parts(
    path: Path,
    *,
    profile: str,
    ladder: str | None,
    model: str | None,
    engine: EngineName | None,
    router: str,
    n_threads: int | None,
    embedder: Embedder | None,
    config: Config | None,
) -> Parts:
    """Open and return the parts; parameters and errors are those of :meth:`sanderling.Runtime.open`."""
    ranges.THREADS.check("n_threads", n_threads)
    config = config or configured.load()
    detected = profiles.choose(profile)
    chosen = router_named(router)  # a wrong name is refused before models are looked up
    threads = n_threads or config.n_threads
    if model is None:
        inventory = ModelInventory.of_ladder(ladder or config.ladder, detected, threads)
    else:
        inventory = _only(model, detected, threads)
    inventory.use_note_states(config.note_states_bytes)
    chosen = chosen or router_for(router, inventory)
    if embedder is None:
        from .models.embedder import open_embedder

        embedder = open_embedder(config.embedder, n_threads=threads or detected.profile.threads_prefill)
    pool = ModelPool(engine or config.engine, config)
    return Parts(Memory.open(path, embedder), inventory, pool, chosen, detected, config)


def _only(model: str, detected: Detected, threads: int | None) -> ModelInventory:
    """Return an inventory that contains only ``model``. Raises OutOfMemory if it does not fit."""
    only = pick_quant.resolve(model, detected)
    inventory = ModelInventory((only,), detected, threads)
    spec = inventory.load_spec(only.entry.id)
    fit.require(only.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    return inventory
