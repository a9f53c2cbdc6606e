"""The head of a collection of answers, as tests write one."""

from __future__ import annotations

from sanderling.router import rows

LADDER = ("smollm2-135m", "gemma3-270m", "qwen2.5-coder-0.5b")
TOKENS = {"small": 256, "medium": 768, "large": 1536}
HEADER = rows.Collection(
    machine={},
    began="2026-01-01T00:00:00+00:00",
    ladder=LADDER,
    quants={},
    engine="scripted",
    embedder="hash",
    n_threads=1,
    context_tokens=TOKENS,
    sets={},
    seed=0,
)
