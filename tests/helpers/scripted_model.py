"""A model that answers by a script: for tests of what stands around a model."""

from __future__ import annotations

import json
from pathlib import Path

from sanderling.models.entries import FileEntry, ModelEntry, PathSource
from sanderling.models.registry import InstalledModel


def model(folder: Path, name: str, rung: int, *rules: dict[str, str], **rule: str) -> InstalledModel:
    """A model that follows the first of ``rules`` that fits, else ``rule``: see sanderling.engines.scripted."""
    script = folder / f"{name}.json"
    script.write_text(json.dumps({"rules": [*rules, rule]}))
    file = FileEntry(name=script.name, quant="none", sha256="hub", sources=(PathSource(path=str(script)),), bytes=1)
    entry = ModelEntry(
        id=name,
        parameters=10**6,
        licence="",
        default_quant="none",
        files=(file,),
        rung=rung,
        chat_format="chatml",
        context_tokens=8192,
    )
    return InstalledModel(entry=entry, quant="none", path=script, bytes=10**6, sha256="", source="test")
