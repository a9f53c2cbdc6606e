"""Describes the configured tiers and their measurements.

Nobody is contacted.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ..config import Config
from ..tier import Tier
from .speeds import Speeds


def describe(config: Config) -> tuple[list[str], str]:
    """Return advice about the tiers, and a description of tiers and privacy.

    The advice is what the user may want to mend, one line each.
    """
    if not config.tier:
        return [], "no other machine is asked: config.toml has no [[tier]]"
    speeds, privacy = Speeds(), config.privacy
    notes = [note for tier in config.tier for note in _notes(tier)]
    found = [
        f"{tier.name} ({tier.trust}, {urlsplit(tier.base_url).netloc}): {_models(tier, speeds)}" for tier in config.tier
    ]
    never = f", never: {', '.join(privacy.never_leave)}" if privacy.never_leave else ""
    found.append(f"privacy is {privacy.default} by default and {privacy.limit} at most{never}")
    return notes, "; ".join(found)


def _models(tier: Tier, speeds: Speeds) -> str:
    said = []
    for model in tier.models:
        speed = speeds.get(f"{tier.base_url} {model.id}")
        known = "not measured yet" if speed is None else f"{speed.decode_tokens_per_s:,.0f} tokens/s"
        said.append(f"{tier.id_of(model)} {known}")
    return ", ".join(said)


def _notes(tier: Tier) -> list[str]:
    found = []
    if tier.api_key_env and not tier.key:
        found.append(f"{tier.name} gets no key: set {tier.api_key_env}")
    parts = urlsplit(tier.base_url)
    host = parts.hostname or ""
    if tier.proxy and parts.scheme == "http":
        found.append(f"the proxy {urlsplit(tier.proxy).netloc} reads what is sent to {tier.name}: use https")
    elif parts.scheme == "http" and host not in ("localhost", "::1") and not host.startswith("127."):
        found.append(f"what is sent to {tier.name} is not encrypted: use https, or a network that nobody else reads")
    return found
