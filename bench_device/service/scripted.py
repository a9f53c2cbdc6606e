"""A real runtime, except that its model follows a script and its embedder counts words."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np

from ...config import Config
from ...device import profiles
from ...embedding.contract import OnTruncated
from ...engines.model_pool import ModelPool
from ...engines.protocol import LoadSpec
from ...memory import Memory
from ...models.entries import FileEntry, ModelEntry, PathSource
from ...models.inventory import ModelInventory
from ...models.plan import Plan
from ...models.registry import InstalledModel
from ...opening import Parts
from ...records import Vectors
from ...router.rule import RuleRouter
from ...runtime import Runtime

ANSWER = "Ada Lind repairs it."
NOTES = (
    ("Pump", "The feed pump is repaired by Ada Lind."),
    ("Ada Lind", "Ada Lind is the engineer. She comes from Narvik."),
    ("Menu", "On Fridays the kitchen serves lentil soup with black bread."),
)
_DIM = 64


class WordCounts:
    """An embedder that counts words in buckets."""

    id = "word-counts-64"
    dim = _DIM
    max_tokens = 256

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(text.split())

    def embed(self, texts: Sequence[str], on_truncated: OnTruncated | None = None) -> Vectors:
        """Return one unit vector per text, float32[len(texts), 64]."""
        vectors = np.zeros((len(texts), _DIM), dtype=np.float32)
        vectors[:, 0] = 0.1
        for row, text in enumerate(texts):
            for word in text.lower().split()[: self.max_tokens]:
                vectors[row, zlib.crc32(word.strip(".,?!").encode()) % _DIM] += 1
        scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return scaled


class ScriptedInventory(ModelInventory):
    """An inventory of one scripted model, with a fixed plan because the model has no GGUF header."""

    def __init__(self, model: InstalledModel, detected: profiles.Detected) -> None:
        """``model``: the scripted model, whose path is that of its script."""
        super().__init__((), detected)
        self._models = {model.entry.id: model}
        self._plans = {
            model.entry.id: Plan(
                threads_decode=1,
                threads_prefill=1,
                cpus=(),
                gpu_layers=0,
                n_ctx=4096,
                kv_type="f16",
                n_batch=512,
                needed_bytes=1 << 20,
                why={},
            )
        }

    def load_spec(self, model_id: str) -> LoadSpec:
        """Return the parameters of the script."""
        return msgspec.structs.replace(super().load_spec(model_id), note_states_bytes=0)


@contextmanager
def scripted_runtime(folder: Path, *, token_ms: float = 0.0) -> Iterator[Runtime]:
    """Open a runtime in ``folder`` during the block. ``token_ms``: time per token."""
    script = folder / "script.json"
    script.write_bytes(msgspec.json.encode({"rules": [{"say": ANSWER, "token_ms": token_ms}]}))
    file = FileEntry(name=script.name, quant="none", sha256="hub", sources=(PathSource(path=str(script)),), bytes=1)
    entry = ModelEntry(
        id="script",
        parameters=10**6,
        licence="",
        default_quant="none",
        files=(file,),
        rung=1,
        chat_format="chatml",
        context_tokens=4096,
    )
    model = InstalledModel(entry=entry, quant="none", path=script, bytes=10**6, sha256="", source="bench")
    detected, config = profiles.choose("generic"), Config()
    memory = Memory.open(folder / "notes.sanderling", WordCounts())
    pool = ModelPool("scripted", config)
    parts = Parts(memory, ScriptedInventory(model, detected), pool, RuleRouter(), detected, config)
    with Runtime(parts, folder) as runtime:
        for title, text in NOTES:
            runtime.give(text, title=title, type="doc", source="user")
        yield runtime
