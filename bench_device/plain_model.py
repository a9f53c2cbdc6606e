"""Open one model without notes, by its id, its id and quantization, or its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ..config import Config
from ..device.profiles import choose
from ..engines import EngineName
from ..engines.model_pool import ModelPool
from ..models import fit, pick_quant, registry
from ..models.inventory import ModelInventory
from ..models.registry import InstalledModel
from ..plain.model import PlainModel


class OpenModel(NamedTuple):
    """A model that can be asked."""

    installed: InstalledModel
    model: PlainModel
    pool: ModelPool

    @property
    def label(self) -> str:
        """Its id and quantization."""
        return label_of(self.installed)

    @property
    def engine(self) -> str:
        """Name of the engine."""
        return self.pool.engine_name


def named(name: str, profile: str = "auto", engine: EngineName = "auto") -> InstalledModel:
    """Return the model called ``name``: an id, ``ID:QUANT``, or a path that ends in ``.gguf``.

    An id alone means its best installed quantization. Raises UsageError, ModelUnavailable.
    """
    model_id, colon, quant = name.rpartition(":")
    if colon and not name.endswith(".gguf"):
        return registry.resolve(model_id, quant)
    return pick_quant.resolve(name, choose(profile), engine)


def label_of(model: InstalledModel) -> str:
    """Return the name of a model in tables: its id and quantization."""
    return f"{model.entry.id} {model.quant}"


@contextmanager
def open_plain(
    installed: InstalledModel, engine: EngineName = "auto", profile: str = "auto", n_threads: int | None = None
) -> Iterator[OpenModel]:
    """Open a model with default settings for the length of the block.

    The first request loads it, and the end of the block unloads it.

    ``n_threads`` None: as the profile says. Raises OutOfMemory for a model that does not fit, MissingExtra.
    """
    inventory = ModelInventory((installed,), choose(profile), n_threads)
    spec = inventory.load_spec(installed.entry.id)
    fit.require(installed.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    pool = ModelPool(engine, Config(state_disk_bytes=0))
    try:
        yield OpenModel(installed, PlainModel(inventory, pool, installed.entry.id), pool)
    finally:
        pool.close()
