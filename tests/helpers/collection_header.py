"""The head of a collection of answers and its questions, as tests write them."""

from __future__ import annotations

from sanderling.router import features
from sanderling.router.labels import rows

LADDER = ("smollm2-135m", "gemma3-270m", "qwen2.5-coder-0.5b")
TOKENS = {"tiny": 96, "small": 160, "medium": 256, "large": 768}
HEADER = rows.CollectionHeader(
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


def asked(number: int, raw: dict[str, float]) -> rows.Asked:
    """A question of the set ``t`` that has an answer."""
    return rows.Asked(
        question=f"t/{number}",
        set="t",
        kind="",
        hops=1,
        answerable=True,
        numeric=False,
        raw=raw,
        distances=(),
        weights=(),
        gold_ranks=(),
        features_version=features.VERSION,
    )
