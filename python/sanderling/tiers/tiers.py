"""All tiers of a runtime, with their models, engines and states.

The models are candidates for the router.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..egress import Permit
from ..engines.openai import OpenAIEngine
from ..errors import MissingExtra, TierFailed
from ..models.candidate import Candidate
from ..models.entries import ModelEntry
from ..privacy import allows
from ..records import Generation, Privacy, Sampling
from ..remote.breaker import Breaker
from ..remote.http import Server
from ..tier import Tier, TierModel
from .probe import probe
from .rung import entry_of, rung_of
from .speeds import Speed, Speeds

LEAST: Mapping[str, Privacy] = {"own": "own", "third": "any"}
"""Strictest privacy that still permits a tier, by the tier's trust."""


@dataclass
class RemoteTier:
    """The state of one tier while a runtime is open."""

    settings: Tier
    server: Server
    breaker: Breaker = field(default_factory=Breaker)
    asked: int = 0
    """Number of questions sent to the tier."""
    running: int = 0
    sent_bytes: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    """Number of failures, by kind."""
    last_error: str = ""

    @property
    def name(self) -> str:
        """The tier's name in ``config.toml``."""
        return self.settings.name


@dataclass(frozen=True)
class RemoteModel:
    """A model of a tier."""

    id: str
    tier: RemoteTier
    model: TierModel
    rung: int
    sampling: Sampling
    key: str
    """Key under which the model's speed is stored."""


class Tiers:
    """All tiers of one runtime. Any number of threads may use it."""

    def __init__(
        self, settings: Sequence[Tier] = (), ladder: Sequence[ModelEntry] = (), speeds: Speeds | None = None
    ) -> None:
        """Create the tiers without contacting any.

        ``ladder``: the local models, by whose sizes a tier's models get their rungs.
        """
        self._speeds = speeds or Speeds()
        self._guard = threading.Lock()
        self.tiers = tuple(RemoteTier(each, _server(each)) for each in settings)
        self._models = {
            tier.settings.id_of(model): RemoteModel(
                id=tier.settings.id_of(model),
                tier=tier,
                model=model,
                rung=rung_of(model, ladder),
                sampling=entry.sampling if (entry := entry_of(model)) else Sampling(),
                key=f"{tier.settings.base_url} {model.id}",
            )
            for tier in self.tiers
            for model in tier.settings.models
        }

    def __getitem__(self, model_id: str) -> RemoteModel:
        """Return a model by its id. Raises KeyError."""
        return self._models[model_id]

    def __contains__(self, model_id: object) -> bool:
        """Return whether a tier has a model with this id."""
        return model_id in self._models

    @property
    def models(self) -> tuple[RemoteModel, ...]:
        """All models of all tiers, in the order of ``config.toml``."""
        return tuple(self._models.values())

    @property
    def sampling(self) -> Mapping[str, Sampling]:
        """Default sampling parameters by model id."""
        return {name: model.sampling for name, model in self._models.items()}

    def speed(self, model_id: str) -> Speed | None:
        """Return the known speed of a model, or None."""
        return self._speeds.get(self._models[model_id].key)

    def candidates(
        self, privacy: Privacy | None, without: Collection[str] = (), *, learn: bool = True
    ) -> tuple[Candidate, ...]:
        """Return a Candidate for each model that a request may ask now.

        ``privacy``: that of the request. A model of which nothing is known is measured first, if ``learn``; no socket
        is opened for a tier that ``privacy`` does not allow. ``without``: names of tiers to leave out.
        """
        found = []
        for model in self._models.values():
            tier = model.tier
            if not allows(privacy, tier.settings.owner) or tier.name in without or not tier.breaker.ready:
                continue
            speed = self._speeds.get(model.key) or (self._measured(model) if learn else None)
            if speed is not None:
                found.append(self._candidate(model, speed))
        return tuple(found)

    def why_not(self, model_id: str, privacy: Privacy | None) -> str:
        """Return why a request with this ``privacy`` cannot use a model."""
        tier = self._models[model_id].tier
        if not allows(privacy, tier.settings.owner):
            return f"privacy is {privacy or 'local'}, and {tier.name} needs {LEAST[tier.settings.trust]}"
        return tier.last_error or "nothing is known of its speed yet"

    def _measured(self, model: RemoteModel) -> Speed | None:
        """Measure a model for the first time. None if its server fails, which is then left alone for a while."""
        tier = model.tier
        if not tier.breaker.enter():
            return None
        try:
            permit = Permit.of_url(tier.settings.base_url, "a probe, which holds nothing of the user's")
            speed = probe(tier.server, model.model.id, permit, logprobs=tier.settings.logprobs)
        except TierFailed as error:
            self._failed(tier, error)
            return None
        except MissingExtra as error:
            tier.breaker.leave()
            tier.last_error = str(error)
            return None
        except BaseException:
            tier.breaker.leave()
            raise
        tier.breaker.succeed()
        self._speeds.put(model.key, speed)
        return speed

    def _candidate(self, model: RemoteModel, speed: Speed) -> Candidate:
        settings = model.tier.settings
        n_ctx = min(model.model.context_tokens, speed.context_tokens or model.model.context_tokens)
        ahead = max(model.tier.running - settings.max_concurrent + 1, 0)
        return Candidate(
            model_id=model.id,
            rung=model.rung,
            n_ctx=n_ctx,
            fits_ram=True,
            warm=True,
            prefill_tokens_per_s=speed.prefill_tokens_per_s,
            decode_tokens_per_s=speed.decode_tokens_per_s,
            tier=settings.name,
            trust=settings.owner,
            cost_per_mtok=settings.cost_per_mtok,
            # Of each question that waits there, one answer of the usual length has to end.
            round_trip_ms=speed.round_trip_ms + ahead * 1e3 * 48 / speed.decode_tokens_per_s,
            bytes_per_token=speed.bytes_per_token,
        )

    @contextmanager
    def asking(self, model: RemoteModel, sent_bytes: int) -> Iterator[OpenAIEngine]:
        """Yield the engine for a model, count the request, and record a failure of the tier.

        Raises TierFailed if the tier is left alone at the moment or has no seat; what the block raises is passed on.
        """
        tier = model.tier
        with self._guard:
            if tier.running >= tier.settings.max_concurrent:
                raise TierFailed(f"{tier.name} answers {tier.running} other questions of ours", "busy")
            if not tier.breaker.enter():
                raise TierFailed(f"{tier.name} failed before and is left alone for a while", "refused")
            tier.running += 1
        try:
            if tier.breaker.state == "half_open":
                _look(tier)
            with self._guard:
                tier.asked += 1
                tier.sent_bytes += sent_bytes
            yield OpenAIEngine(tier.server)
        except TierFailed as error:
            self._failed(tier, error)
            raise
        except BaseException:  # cancelled, or the consumer of the stream failed: nothing is known of the server
            tier.breaker.leave()
            raise
        finally:
            with self._guard:
                tier.running -= 1

    def answered(self, model: RemoteModel, generation: Generation, sent_bytes: int) -> None:
        """Record that the tier answered, and how fast."""
        if generation.finish_reason == "cancelled":
            model.tier.breaker.leave()
            return
        model.tier.breaker.succeed()
        if (known := self._speeds.get(model.key)) is not None:
            self._speeds.put(model.key, known.after(generation, sent_bytes))

    def _failed(self, tier: RemoteTier, error: TierFailed) -> None:
        with self._guard:
            tier.failures[error.kind] = tier.failures.get(error.kind, 0) + 1
            tier.last_error = str(error)
        # A request that it does not take says nothing about the next one.
        tier.breaker.leave() if error.kind == "request" else tier.breaker.fail()


def _look(tier: RemoteTier) -> None:
    """Raise TierFailed if a server that failed before says that it is not well, so that no question goes there yet."""
    if not tier.settings.health:
        return
    try:
        tier.server.look(tier.settings.health, Permit.of_url(tier.settings.base_url, "a look whether it is well again"))
    except TierFailed as error:
        if error.kind != "request":  # else it does not know the path
            raise


def _server(tier: Tier) -> Server:
    return Server(
        tier.base_url,
        key=tier.key,
        connect_timeout_s=tier.connect_timeout_s,
        first_timeout_s=tier.first_token_timeout_s,
        stall_timeout_s=tier.stall_timeout_s,
        proxy=tier.proxy,
    )
