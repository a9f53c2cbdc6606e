"""The model that an engine benchmark loads, and the head of an engine report."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...device import profiles
from ...device.machine import machine_block
from ...engines.protocol import LoadSpec, ModelInfo
from ...models import registry
from ...models.inventory import ModelInventory
from ...models.registry import InstalledModel
from ...records import Record


class EngineReport(Record):
    """The machine, the model and the settings of a run."""

    machine: dict[str, object]
    model_id: str
    quant: str
    synthetic: bool
    engine: str
    n_threads: int
    n_threads_prefill: int
    n_batch: int
    n_ctx: int


class Subject(NamedTuple):
    """A model to measure, with the machine and the parameters to load it with."""

    machine: dict[str, object]
    model: InstalledModel
    spec: LoadSpec

    def head(self, info: ModelInfo) -> dict[str, Any]:
        """Return the fields of :class:`EngineReport`, as arguments. ``info``: of the loaded model."""
        return {
            "machine": self.machine,
            "model_id": self.model.entry.id,
            "quant": self.model.quant,
            "synthetic": self.model.synthetic,
            "engine": info.engine,
            "n_threads": self.spec.n_threads,
            "n_threads_prefill": self.spec.n_threads_prefill,
            "n_batch": self.spec.n_batch,
            "n_ctx": info.n_ctx,
        }


def subject(model: str, profile: str, n_threads: int | None = None) -> Subject:
    """Return ``model`` as a device of ``profile`` would load it.

    ``model``: an id or a ``.gguf`` file.

    ``n_threads`` None: by the profile. Raises UsageError and ModelUnavailable for the name or the file.
    """
    detected = profiles.choose(profile)
    machine = machine_block(detected.device)
    chosen = registry.resolve(model)
    return Subject(machine, chosen, ModelInventory((chosen,), detected, n_threads).load_spec(chosen.entry.id))
