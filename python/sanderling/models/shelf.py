"""The installed models of one ladder, as they stand on this device: what each needs, how fast it should be.

A shelf is read once when a memory is opened; free RAM is looked at for each request.
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import profiles
from ..engines.protocol import LoadSpec
from ..engines.resident import Resident
from ..errors import ModelUnavailable
from ..profiles import Detected
from ..records import Sampling
from ..router.candidates import Candidate
from . import fit, registry
from .registry import InstalledModel


class Shelf:
    """Models to choose from, smallest first."""

    def __init__(self, models: tuple[InstalledModel, ...], detected: Detected, n_threads: int | None = None) -> None:
        """``n_threads`` None: what the profile says, separately for prefill and decode."""
        self._detected, self._profile = detected, detected.profile
        self._threads = n_threads
        self._models = {model.entry.id: model for model in models}
        self._needs = {name: fit.needed_bytes(model.path, self._n_ctx(model)) for name, model in self._models.items()}

    @classmethod
    def of_ladder(cls, ladder: str, detected: Detected, n_threads: int | None = None) -> Shelf:
        """Return what is installed of ``ladder``. Raises ModelUnavailable, naming what to pull, when nothing is."""
        entries = registry.ladder(ladder)
        models = tuple(model for entry in entries if (model := registry.installed(entry.id)) is not None)
        if not models:
            others = [model.entry.ladder for model in registry.all_installed() if model.entry.ladder]
            hint = f", or use the installed ladder: --ladder {others[0]}" if others else ""
            raise ModelUnavailable(
                f"no model of the ladder {ladder} is here: run  sanderling models pull {entries[0].id}{hint}"
            )
        return cls(models, detected, n_threads)

    @property
    def models(self) -> tuple[InstalledModel, ...]:
        """The models, smallest first."""
        return tuple(self._models.values())

    def __getitem__(self, model_id: str) -> InstalledModel:
        """Return one of the models."""
        return self._models[model_id]

    def needed_bytes(self, model_id: str) -> int:
        """RAM one of the models takes with its context here."""
        return self._needs[model_id]

    @property
    def sampling(self) -> Mapping[str, Sampling]:
        """Sampling defaults by model."""
        return {name: model.entry.sampling for name, model in self._models.items()}

    def _n_ctx(self, model: InstalledModel) -> int:
        return min(self._profile.n_ctx, model.entry.context_tokens or self._profile.n_ctx)

    def load_spec(self, model_id: str) -> LoadSpec:
        """Return how this device should load a model."""
        model = self._models[model_id]
        cpus = self._detected.pinned_cpus
        return LoadSpec(
            model_id=model_id,
            path=str(model.path),
            n_ctx=self._n_ctx(model),
            n_threads=self._threads or self._profile.threads_decode,
            n_threads_prefill=self._threads or self._profile.threads_prefill,
            n_gpu_layers=self._profile.gpu_layers,
            # More threads than big cores were asked for: pinning them would make them take turns.
            cpus=cpus if (self._threads or 1) <= len(cpus) else (),
        )

    def candidates(self, resident: Resident) -> tuple[Candidate, ...]:
        """Return every model with its predicted speed, and whether it fits beside everything else that runs now.

        What resident models hold counts as free for the others, because they are closed when another needs the room.
        """
        room = resident.room_bytes()
        found = []
        for name, model in self._models.items():
            speeds = profiles.predict(
                self._profile, model.bytes, model.entry.parameters, model_id=name, quant=model.quant
            )
            found.append(
                Candidate(
                    model_id=name,
                    rung=max(model.entry.rung - 1, 0),
                    n_ctx=self._n_ctx(model),
                    fits_ram=name in resident.model_ids or self._needs[name] <= room,
                    warm=name in resident.model_ids,
                    prefill_tokens_per_s=speeds.prefill_tokens_per_s,
                    decode_tokens_per_s=speeds.decode_tokens_per_s,
                    load_ms=resident.load_ms.get(name, 0.0),
                )
            )
        return tuple(found)
