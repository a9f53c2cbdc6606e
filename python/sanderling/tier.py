"""The tables ``[[tier]]`` of ``config.toml``: servers on other machines that may answer."""

from __future__ import annotations

import os
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from . import ranges
from .egress import Permit
from .privacy import Trust

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
RANGES = {
    "max_concurrent": ranges.CONCURRENT,
    "connect_timeout_s": ranges.STALL_S,
    "first_token_timeout_s": ranges.STALL_S,
    "stall_timeout_s": ranges.STALL_S,
}
"""Range of each numeric setting of a tier."""


class TierModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model of a tier. Raises ValueError for a number out of range."""

    id: str
    """The server's name of the model."""
    name: Name | Literal[""] = msgspec.field(name="as", default="")
    """Name after ``TIER/``; empty: the last part of the id. An id of ``models.toml`` brings rung and sampling."""
    parameters: float = 0.0
    """Number of parameters, which gives the model its rung; 0: as in the name's entry, else the largest."""
    context_tokens: int = 4096
    """Largest number of tokens in prompt and answer together; the server's own smaller figure is heeded."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        ranges.TOKENS.check("context_tokens =", self.context_tokens)
        ranges.PARAMETERS.check("parameters =", self.parameters)
        if not self.id.strip():
            raise ValueError("a model of a tier needs an id, as the server's /v1/models names it")


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One OpenAI-compatible server: vLLM, llama-server, Ollama, or another Sanderling. Raises ValueError."""

    name: Name
    base_url: str
    """Address with ``/v1``."""
    models: Annotated[tuple[TierModel, ...], msgspec.Meta(min_length=1)]
    api_key_env: str = ""
    """Environment variable with the API key; empty: no key is sent. A key never stands in the file."""
    trust: Literal["own", "third"] = "third"
    """Owner of the server's machine."""
    cost_per_mtok: tuple[float, float] = (0.0, 0.0)
    """Price per million tokens of prompt and of answer, in one currency."""
    max_concurrent: int = 4
    """Largest number of simultaneous questions."""
    connect_timeout_s: float = 2.0
    first_token_timeout_s: float = 20.0
    stall_timeout_s: float = 30.0
    """Longest silence between two tokens."""
    health: str = "/health"
    """Path that returns 200 while the server is well; empty: there is none. The path starts at the root of the host.

    A server that failed repeatedly is asked for it before it gets a question again. One that does not know the path
    (status 404, as of Ollama) gets the question."""
    logprobs: bool = True
    """Whether to request token probabilities, for computing confidence."""
    json_schema: bool = False
    """Whether the server enforces a JSON schema (``response_format``), as vLLM and llama-server do; heeded for models
    that are asked without notes."""
    proxy: str = ""
    """Address of the HTTP proxy through which the server is reached; empty: none, whatever the environment says."""

    def __post_init__(self) -> None:
        """Check the address and the numbers."""
        for name, bounds in RANGES.items():
            bounds.check(f"{name} =", getattr(self, name))
        for price in self.cost_per_mtok:
            ranges.PRICE.check("cost_per_mtok =", price)
        Permit.of_url(self.base_url)
        parts = urlsplit(self.base_url)
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(f"tier {self.name}: base_url holds more than an address: put a key into api_key_env")
        if self.health and not self.health.startswith("/"):
            raise ValueError(f"tier {self.name}: health is a path of the host, such as /health")
        if self.proxy:
            self._check_proxy()
        if self.name == "local":
            raise ValueError("a tier cannot be called local, which is the name of this device")
        names = [self.id_of(model) for model in self.models]
        if len(set(names)) < len(names):
            raise ValueError(f"tier {self.name} names a model twice: give each another  as")

    def _check_proxy(self) -> None:
        parts = urlsplit(self.proxy)
        Permit.of_url(self.proxy)
        if parts.username or parts.password or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f"tier {self.name}: proxy is the address of a host and port, without a password")
        if self.trust == "own" and urlsplit(self.base_url).scheme == "http":
            raise ValueError(
                f"tier {self.name}: the proxy would read what is meant for your own machine: reach it by https, or "
                'say  trust = "third"'
            )

    @property
    def key(self) -> str:
        """The API key from the environment; empty if unset."""
        return os.environ.get(self.api_key_env, "") if self.api_key_env else ""

    @property
    def owner(self) -> Trust:
        """Owner of the server's machine, as a :data:`~sanderling.privacy.Trust`."""
        return self.trust

    def id_of(self, model: TierModel) -> str:
        """Return the id of a model of this tier, ``TIER/NAME``."""
        return f"{self.name}/{model.name or model.id.rstrip('/').rpartition('/')[2]}"


def check_names(tiers: tuple[Tier, ...]) -> None:
    """Raise ValueError if two tiers have the same name."""
    names = [tier.name for tier in tiers]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"there are two tiers called {min(twice)}: give each another name")
