"""The installed models of one ladder, each with its plan and its predicted speed on this device.

The inventory is read once, when a memory is opened; free RAM is read for each request.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..device import available_ram_bytes, profiles
from ..device.profiles import Detected, Speeds
from ..engines.model_pool import ModelPool
from ..engines.protocol import LoadSpec
from ..errors import ModelUnavailable
from ..records import ContextBin, Sampling
from . import fit, pick_quant, registry, reuse_verdict
from .candidate import Candidate
from .plan import plan
from .registry import InstalledModel


class ModelInventory:
    """The installed models to choose from, smallest first, with a plan for each."""

    def __init__(self, models: tuple[InstalledModel, ...], detected: Detected, n_threads: int | None = None) -> None:
        """Plan how to load each model. ``n_threads`` None: by the profile, separately for prefill and decode."""
        self.yielding = n_threads is None
        """Whether the planned threads may become fewer while others need the CPUs; not if the user named a number."""
        self._profile = detected.profile
        self._models = {model.entry.id: model for model in models}
        self._note_states_bytes = 0
        self._measured_only = True
        self._told: set[str] = set()
        available = available_ram_bytes()
        self._plans = {
            name: plan(
                fit.header_of(model.path),
                detected,
                available,
                trained_tokens=model.entry.context_tokens,
                prefill_tokens_per_s=self._speeds(model).prefill_tokens_per_s,
                n_threads=n_threads,
            )
            for name, model in self._models.items()
        }

    @classmethod
    def of_ladder(
        cls, ladder: str, detected: Detected, n_threads: int | None = None, engine: str | None = None
    ) -> ModelInventory:
        """Build the inventory of a ladder's installed models, each in its best quantization for ``engine``.

        Raises ModelUnavailable, naming what to pull, if there are none.
        """
        entries, available = registry.ladder(ladder), available_ram_bytes()
        found = [pick_quant.installed(entry.id, detected, available, engine) for entry in entries]
        models = tuple(model for model in found if model is not None)
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
        """Return a model by its id. Raises KeyError if it is not in the inventory."""
        return self._models[model_id]

    def needed_bytes(self, model_id: str) -> int:
        """Return how many bytes of RAM a model needs with its planned context."""
        return self._plans[model_id].needed_bytes

    @property
    def context_tokens(self) -> Mapping[ContextBin, int]:
        """Tokens of each context on this device."""
        return self._profile.context_tokens

    @property
    def sampling(self) -> Mapping[str, Sampling]:
        """Default sampling parameters by model id."""
        return {name: model.entry.sampling for name, model in self._models.items()}

    def _speeds(self, model: InstalledModel) -> Speeds:
        entry = model.entry
        return profiles.predict(self._profile, model.bytes, entry.parameters, model_id=entry.id, quant=model.quant)

    def use_note_states(self, size_bytes: int, *, measured_only: bool = True) -> None:
        """Let each model that ``bench reuse`` allowed keep states of notes in ``size_bytes`` of RAM.

        ``measured_only`` False: with every model, as only a measurement should. Call it before a model is loaded.
        """
        self._note_states_bytes, self._measured_only = size_bytes, measured_only

    def no_note_states(self, model_id: str, engine: str = "") -> str:
        """Return why no states of notes are used with a model; empty if they are used or were not asked for.

        ``engine``: its name and version; empty: not known yet. Raises ModelUnavailable if the file cannot be read.
        """
        if not self._note_states_bytes or not self._measured_only:
            return ""
        kv_type = self._plans[model_id].kv_type
        return reuse_verdict.refusal(self._models[model_id].path, model_id, kv_type, engine)

    def first_time(self, text: str) -> bool:
        """Return whether ``text`` is given to this method for the first time.

        A user need not be told the same twice.
        """
        new = text not in self._told
        self._told.add(text)
        return new

    def load_spec(self, model_id: str) -> LoadSpec:
        """Return the parameters with which an engine should load a model on this device."""
        planned = self._plans[model_id]
        return LoadSpec(
            model_id=model_id,
            path=str(self._models[model_id].path),
            n_ctx=planned.n_ctx,
            n_threads=planned.threads_decode,
            n_threads_prefill=planned.threads_prefill,
            n_batch=planned.n_batch,
            n_ubatch=planned.n_batch,
            n_gpu_layers=planned.gpu_layers,
            kv_type=planned.kv_type,
            cpus=planned.cpus,
            note_states_bytes=0 if self.no_note_states(model_id) else self._note_states_bytes,
        )

    def candidates(self, pool: ModelPool) -> tuple[Candidate, ...]:
        """Return a Candidate for every model: its predicted speed, and whether it fits in RAM at this moment.

        Memory of loaded models counts as free for the others, because they are closed when another needs the room.
        """
        room = pool.room_bytes()
        found = []
        for name, model in self._models.items():
            speeds, planned = self._speeds(model), self._plans[name]
            found.append(
                Candidate(
                    model_id=name,
                    rung=max(model.entry.rung - 1, 0),
                    n_ctx=planned.n_ctx,
                    fits_ram=name in pool.model_ids or planned.needed_bytes <= room,
                    warm=name in pool.model_ids,
                    prefill_tokens_per_s=speeds.prefill_tokens_per_s,
                    decode_tokens_per_s=speeds.decode_tokens_per_s,
                    load_ms=pool.load_ms.get(name, 0.0),
                )
            )
        return tuple(found)
