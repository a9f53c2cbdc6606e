"""Three notes, of which two are about the same person, and a runtime that answers from them by a scripted model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from gguf_files import lfm2_header
from hash_embedder import HashEmbedder
from scripted_model import model

from sanderling.arms import arms_of
from sanderling.config import Config
from sanderling.device import profiles
from sanderling.engines.model_pool import ModelPool
from sanderling.memory import Memory
from sanderling.models import fit
from sanderling.models.inventory import ModelInventory
from sanderling.models.registry import InstalledModel
from sanderling.opening import Parts
from sanderling.router.contract import Router
from sanderling.router.rule import RuleRouter
from sanderling.runtime import Runtime
from sanderling.tiers.speeds import Speeds
from sanderling.tiers.tiers import Tiers

NOTES = {
    "pump.md": "# Pump\n\nThe feed pump is repaired by Ada Lind. See [Ada Lind](ada.md).",
    "ada.md": "# Ada Lind\n\nAda Lind is the engineer. She comes from Narvik.",
    "menu.txt": "On Fridays the kitchen serves lentil soup with black bread.",
}


class Opens(Protocol):
    """What opens a runtime over one memory; no models: a small one that says "Ada Lind"."""

    def __call__(self, *models: InstalledModel, router: Router | None = None, config: Config | None = None) -> Runtime:
        """Open another runtime. It is closed with the test."""


@contextmanager
def runtimes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """Write the notes into ``folder``, where the data folder and the memory are too."""
    monkeypatch.setenv("SANDERLING_HOME", str(folder / "home"))
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    notes = folder / "notes"
    notes.mkdir()
    for name, text in NOTES.items():
        (notes / name).write_text(text)
    opened: list[Runtime] = []

    def build(*models: InstalledModel, router: Router | None = None, config: Config | None = None) -> Runtime:
        detected, config, embedder = profiles.choose("generic"), config or Config(), HashEmbedder()
        router = router or RuleRouter()
        inventory = ModelInventory(models or (model(folder, "small", 1, say="Ada Lind"),), detected)
        parts = Parts(
            Memory.open(folder / "m.sanderling", embedder),
            inventory,
            ModelPool("scripted", config),
            router,
            detected,
            config,
            arms_of(config, router, inventory),
            Tiers(config.tier, (), Speeds(folder / "tiers.json")),
        )
        runtime = Runtime(parts)
        runtime.add(notes)
        opened.append(runtime)
        return runtime

    yield build
    for runtime in opened:
        runtime.close()
