"""A runtime over the pump notes with one tier, and small doubles for what the tier says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gguf_files import lfm2_header
from hash_embedder import HashEmbedder
from pump_notes import NOTES
from scripted_model import model

from sanderling.config import Config
from sanderling.device import profiles
from sanderling.engines.model_pool import ModelPool
from sanderling.memory import Memory
from sanderling.models import fit
from sanderling.models.inventory import ModelInventory
from sanderling.opening import Parts
from sanderling.privacy import PrivacySettings
from sanderling.router.rule import RuleRouter
from sanderling.runtime import Runtime
from sanderling.tier import Tier, TierModel
from sanderling.tiers.speeds import Speed, Speeds
from sanderling.tiers.tiers import Tiers

FAST = Speed(prefill_tokens_per_s=1e5, decode_tokens_per_s=1e4, context_tokens=4096)
QUESTION = "Who repairs the feed pump?"


def edge(url: str, **changes: object) -> Tier:
    """Return a tier called ``edge`` with one model on the largest rung."""
    plain: dict[str, object] = {
        "name": "edge",
        "base_url": url,
        "models": (TierModel(id="m"),),
        "trust": "own",
        "connect_timeout_s": 0.5,
        "first_token_timeout_s": 0.5,
        "stall_timeout_s": 0.5,
    }
    return Tier(**{**plain, **changes})  # type: ignore[arg-type]


@contextmanager
def tiered(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *tiers: Tier,
    never_leave: tuple[str, ...] = (),
    notes: dict[str, str] | None = None,
    known: bool = True,
    say: str = "here",
    settings: PrivacySettings | None = None,
    **config: object,
) -> Iterator[Runtime]:
    """Yield a runtime whose local model says ``say``.

    ``settings`` None: with ``never_leave``. ``known``: whether the tiers' speeds are known, as very fast.
    """
    monkeypatch.setenv("SANDERLING_HOME", str(folder / "home"))
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    where = folder / "notes"
    for name, text in (notes or NOTES).items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_text(text)
    kept = settings or PrivacySettings(never_leave=never_leave)
    chosen = Config(tier=tiers, privacy=kept, **config)  # type: ignore[arg-type]
    speeds = Speeds(folder / "tiers.json")
    remote = Tiers(tiers, (), speeds)
    if known:
        for each in remote.models:
            speeds.put(each.key, FAST)
    detected = profiles.choose("generic")
    parts = Parts(
        Memory.open(folder / "m.sanderling", HashEmbedder()),
        ModelInventory((model(folder, "small", 1, say=say),), detected),
        ModelPool("scripted", chosen),
        RuleRouter(),
        detected,
        chosen,
        tiers=remote,
    )
    with Runtime(parts) as runtime:
        runtime.add(where)
        yield runtime


Opens = Callable[..., Runtime]
