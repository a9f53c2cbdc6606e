"""The installed models of a ladder, with plans and predicted speeds.

The inventory is read once, when a memory is opened; free RAM is read for each request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from ..device import available_ram_bytes
from ..device.expected import Expected
from ..device.profiles import Detected, Speeds
from ..device.speed_log import Subject
from ..engines.model_pool import ModelPool
from ..engines.protocol import LoadSpec
from ..errors import ModelUnavailable
from ..records import ContextBin, Draft, Record, Sampling, Timings
from . import fit, pick_quant, registry, reuse_verdict
from .candidate import EXPECTED_COMPLETION_TOKENS, MOST_RUNGS, Candidate
from .experience import Experience, known_load_ms
from .plan import Plan, plan
from .registry import InstalledModel
from .speeds import predicted_speeds


class ModelState(Record):
    """A model that can answer, with its current state."""

    id: str
    context_tokens: int
    """Length of the model's context, in tokens."""
    quant: str
    bytes: int
    """Size of the model's file in bytes."""
    resident: bool
    """Whether the model is loaded."""
    rss_bytes: int
    """Resident memory of the model's process in bytes; 0: no process."""
    loads: int
    """Number of loads since the runtime was opened."""


class ModelInventory:
    """The installed models to choose from, smallest first. Each has a plan."""

    def __init__(
        self,
        models: tuple[InstalledModel, ...],
        detected: Detected,
        n_threads: int | None = None,
        experience: Experience | None = None,
    ) -> None:
        """Plan how to load each model. ``n_threads`` None: by the profile, separately for prefill and decode.

        ``experience`` None: that of the data folder.
        """
        self.yielding = n_threads is None
        """Whether to use fewer threads while other processes need the CPUs. False if the user set the number."""
        self._profile = detected.profile
        self._models = {model.entry.id: model for model in models}
        self._note_states_bytes = 0
        self._measured_only = True
        self._told: set[str] = set()
        self._loads: Counter[str] = Counter()
        """Number of loads of each model at its last answer."""
        available = available_ram_bytes()
        self.experience = experience or Experience()
        """Costs of past answers on this device."""

        def planned(model: InstalledModel, prefill_tokens_per_s: float) -> Plan:
            return plan(
                fit.header_of(model.path),
                detected,
                available,
                trained_tokens=model.entry.context_tokens,
                prefill_tokens_per_s=prefill_tokens_per_s,
                n_threads=n_threads,
            )

        self._plans = {
            name: planned(model, self._speeds(model).prefill_tokens_per_s) for name, model in self._models.items()
        }
        for name, model in self._models.items():
            # Idle, because a plan holds for as long as the memory is open.
            subject = self._subject(name, "")
            learned = self.experience.expected(subject, self.experience.past(subject), idle=True)
            if learned.prefill_tokens_per_s is not None:
                self._plans[name] = planned(model, learned.prefill_tokens_per_s)

    @classmethod
    def of_ladder(
        cls, ladder: str, detected: Detected, n_threads: int | None = None, engine: str | None = None
    ) -> ModelInventory:
        """Build the inventory of a ladder's installed models.

        Each has its best quantization for ``engine``. Raises ModelUnavailable, naming what to pull, if there are none.
        """
        entries, available = registry.ladder(ladder), available_ram_bytes()
        found = [pick_quant.installed(entry.id, detected, available, engine) for entry in entries]
        models = _four_largest(tuple(model for model in found if model is not None))
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

    def file_of(self, model_id: str) -> str:
        """Return a text that identifies a model's file; empty for an unknown model."""
        model = self._models.get(model_id)
        return "" if model is None else model.sha256 or f"{model.path.resolve()} {model.bytes}"

    def needed_bytes(self, model_id: str) -> int:
        """Return a model's RAM need in bytes, with its planned context."""
        return self._plans[model_id].needed_bytes

    @property
    def context_tokens(self) -> Mapping[ContextBin, int]:
        """Tokens of each context size on this device."""
        return self._profile.context_tokens

    @property
    def sampling(self) -> Mapping[str, Sampling]:
        """Default sampling parameters by model id."""
        return {name: model.entry.sampling for name, model in self._models.items()}

    def _subject(self, model_id: str, engine: str) -> Subject:
        """Return the name under which a model's costs are stored.

        ``engine``: name and version; empty: not known yet.
        """
        planned = self._plans[model_id]
        return Subject(
            model_id=model_id,
            file=self.file_of(model_id),
            engine=engine.partition(" ")[0],
            n_threads=planned.threads_decode,
            n_threads_prefill=planned.threads_prefill,
        )

    def _speeds(self, model: InstalledModel) -> Speeds:
        return predicted_speeds(self._profile, model.entry, model.bytes, model.quant)

    def use_note_states(self, size_bytes: int, *, measured_only: bool = True) -> None:
        """Let models keep states of notes in ``size_bytes`` of RAM.

        Only models that ``bench reuse`` allowed. ``measured_only`` False: with every model, as only a measurement
        should. Call it before a model is loaded.
        """
        self._note_states_bytes, self._measured_only = size_bytes, measured_only

    def no_note_states(self, model_id: str, engine: str = "") -> str:
        """Return the reason why a model keeps no states of notes; empty if the model keeps states.

        Also empty if they were not asked for. ``engine``: its name and version; empty: not known yet. Raises
        ModelUnavailable if the file cannot be read.
        """
        if not self._note_states_bytes or not self._measured_only:
            return ""
        kv_type = self._plans[model_id].kv_type
        return reuse_verdict.refusal(self._models[model_id].path, model_id, kv_type, engine)

    def first_time(self, text: str) -> bool:
        """Return whether this is the first call with ``text``. A user need not be told the same twice."""
        new = text not in self._told
        self._told.add(text)
        return new

    def load_spec(self, model_id: str) -> LoadSpec:
        """Return an engine's parameters for loading a model on this device."""
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

    def states(self, pool: ModelPool) -> tuple[ModelState, ...]:
        """Return the state of every model, smallest first."""
        loaded = pool.model_ids
        return tuple(
            ModelState(
                id=name,
                context_tokens=self._plans[name].n_ctx,
                quant=model.quant,
                bytes=model.bytes,
                resident=name in loaded,
                rss_bytes=pool.rss_bytes(name),
                loads=pool.loads[name],
            )
            for name, model in self._models.items()
        )

    def load_ms(self, model_id: str, pool: ModelPool) -> float:
        """Predict a model's load time, in milliseconds."""
        subject, model = self._subject(model_id, ""), self._models[model_id]
        learned = self.experience.expected(subject, self.experience.past(subject))
        return known_load_ms(learned, pool.load_ms.get(model_id), model_id, model.quant, model.bytes)

    def rest_ms(self, model_id: str) -> float:
        """Predict a request's time outside loading, prompt and answer, in milliseconds. Most of it packs the prompt."""
        subject = self._subject(model_id, "")
        return self._rest_ms(self.experience.expected(subject, self.experience.past(subject)))

    def _rest_ms(self, learned: Expected) -> float:
        # Where the present load is not known, what a busy device took would count for ever: a model that is not asked
        # learns nothing.
        return 0.0 if self.experience.rivals.now() is None else learned.rest_ms or 0.0

    def learn(self, pool: ModelPool, draft: Draft, timings: Timings) -> None:
        """Record the cost of a draft. ``timings``: of the whole request."""
        name = draft.route.model_id
        if draft.cached or name not in self._models:
            return
        loaded, self._loads[name] = pool.loads[name] > self._loads[name], pool.loads[name]
        self.experience.learn(
            self._subject(name, draft.engine),
            context_tokens=draft.route.context_tokens,
            generation=draft.generation,
            timings=timings,
            load_ms=pool.load_ms.get(name) if loaded else None,
        )

    def prefill_tokens_per_s(self, model_id: str, engine: str) -> float:
        """Return a model's prompt speed in tokens per second. From its last answers, or else as predicted."""
        subject = self._subject(model_id, engine)
        learned = self.experience.expected(subject, self.experience.past(subject))
        return learned.prefill_tokens_per_s or self._speeds(self._models[model_id]).prefill_tokens_per_s

    def candidates(self, pool: ModelPool, held_by: str = "", held_tokens: int = 0) -> tuple[Candidate, ...]:
        """Return a Candidate for every model.

        With its predicted speed, and whether it fits in RAM at this moment. Memory of loaded models counts as free for
        the others, because they are closed when another needs the room. ``held_by``: model that has read the
        ``held_tokens`` tokens of the conversation so far; empty: none has.
        """
        room, engine = pool.room_bytes(), pool.engine_name
        found = []
        for name, model in self._models.items():
            speeds, planned, subject = self._speeds(model), self._plans[name], self._subject(name, engine)
            past = self.experience.past(subject)
            learned = self.experience.expected(subject, past)
            found.append(
                Candidate(
                    model_id=name,
                    rung=max(model.entry.rung - 1, 0),
                    n_ctx=planned.n_ctx,
                    fits_ram=name in pool.model_ids or planned.needed_bytes <= room,
                    warm=name in pool.model_ids,
                    prefill_tokens_per_s=learned.prefill_tokens_per_s or speeds.prefill_tokens_per_s,
                    decode_tokens_per_s=learned.decode_tokens_per_s or speeds.decode_tokens_per_s,
                    load_ms=known_load_ms(learned, pool.load_ms.get(name), name, model.quant, model.bytes),
                    completion_tokens=learned.completion_tokens or EXPECTED_COMPLETION_TOKENS,
                    rest_ms=self._rest_ms(learned),
                    past=past,
                    history_tokens=0 if name == held_by and name in pool.model_ids else held_tokens,
                    speeds_from=_told(learned, speeds, self.experience.rivals.now()),
                )
            )
        return tuple(found)


def _told(learned: Expected, speeds: Speeds, rivals: float | None) -> str:
    """Return the origin of the speeds, in words."""
    if learned.prefill_tokens_per_s is None and learned.decode_tokens_per_s is None:
        return "sanderling bench" if speeds.measured else "the device profile"
    busy = f", for {rivals:.0f} busy threads of others" if rivals is not None and rivals >= 0.5 else ""
    return f"the last {learned.answers} answers here{busy}"


def _four_largest(models: tuple[InstalledModel, ...]) -> tuple[InstalledModel, ...]:
    """Return the ``MOST_RUNGS`` largest models, with rungs counted anew. A router cannot choose among more."""
    below = max((model.entry.rung for model in models), default=0) - MOST_RUNGS
    if below <= 0:
        return models
    return tuple(
        msgspec.structs.replace(model, entry=msgspec.structs.replace(model.entry, rung=model.entry.rung - below))
        for model in models
        if model.entry.rung > below
    )
