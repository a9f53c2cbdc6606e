"""Chooses and opens the parts of a :class:`~sanderling.Runtime`.

These are memory, models, router, device profile and settings.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from . import ranges
from .arms import ArmParts, arms_of
from .config import Config
from .device import profiles
from .device.profiles import Detected
from .engines import EngineName
from .engines.model_pool import ModelPool
from .errors import SanderlingError
from .experiment import ArmName
from .memory import Embedder, Memory
from .models import configured, fit, pick_quant, registry
from .models.inventory import ModelInventory
from .router.contract import Router
from .router.expect import expected_model
from .router.select import router_for, router_named
from .tiers.tiers import Tiers


class Parts(NamedTuple):
    """The parts of a runtime."""

    memory: Memory
    inventory: ModelInventory
    pool: ModelPool
    router: Router
    detected: Detected
    config: Config
    arms: Mapping[ArmName, ArmParts] = {}
    """Router and settings of each arm of a live comparison; empty: none."""
    tiers: Tiers = Tiers()


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
    preload: bool = False,
) -> Parts:
    """Open the parts of a runtime. Parameters and errors are those of :meth:`sanderling.Runtime.open`."""
    ranges.THREADS.check("n_threads", n_threads)
    config = config or configured.load()
    detected = profiles.choose(profile)
    chosen = router_named(router)  # a wrong name is refused before models are looked up
    threads = n_threads or config.n_threads
    if model is None:
        inventory = ModelInventory.of_ladder(ladder or config.ladder, detected, threads, engine or config.engine)
    else:
        inventory = _only(model, detected, threads, engine or config.engine)
    inventory.use_note_states(config.note_states_bytes)
    chosen = chosen or router_for(router, inventory)
    arms = arms_of(config, chosen, inventory)
    pool = ModelPool(engine or config.engine, config)
    try:
        if preload:
            begin_load(chosen, inventory, pool, detected, config)
        warning = ""
        if embedder is None:
            from .models.embedder import open_for_memory

            n_threads = threads or detected.profile.threads_prefill
            embedder, warning = open_for_memory(path, config.embedder, n_threads=n_threads)
        return Parts(
            Memory.open(path, embedder, precision=config.vectors, clusters=config.clusters, warning=warning),
            inventory,
            pool,
            chosen,
            detected,
            config,
            arms,
            Tiers(config.tier, registry.ladder(ladder or config.ladder)),
        )
    except BaseException:
        pool.close()
        raise


def usable_cpus() -> int:
    """Return the number of logical CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def begin_load(router: Router, inventory: ModelInventory, pool: ModelPool, detected: Detected, config: Config) -> None:
    """Begin to load the model for an ordinary question, unless a model is loaded or loading."""
    if pool.model_ids or usable_cpus() < 2:  # on one CPU the model would only delay what runs beside it
        return
    model_id = expected_model(router, inventory, pool, detected.profile, config)
    if model_id is not None:
        with suppress(SanderlingError):  # the question that needs the model meets the same error
            pool.preload(inventory.load_spec(model_id), inventory.needed_bytes(model_id))


def _only(model: str, detected: Detected, threads: int | None, engine: EngineName) -> ModelInventory:
    """Return an inventory that contains only ``model``. Raises OutOfMemory if it does not fit."""
    only = pick_quant.resolve(model, detected, engine)
    inventory = ModelInventory((only,), detected, threads)
    spec = inventory.load_spec(only.entry.id)
    fit.require(only.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    return inventory
