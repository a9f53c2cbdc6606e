"""Rows of a small collection: questions as asked, answers as tried."""

from __future__ import annotations

from collection_header import HEADER, LADDER
from msgspec.structs import replace

from sanderling.records import CONTEXT_BINS
from sanderling.router import features
from sanderling.router.labels import rows


def asked(name: str, **changes: object) -> rows.Asked:
    question = rows.Asked(
        question=name,
        set="t",
        kind="",
        hops=1,
        answerable=True,
        numeric=False,
        raw=features.of_query("Who repairs the pump?"),
        distances=(),
        weights=(),
        gold_ranks=(),
        features_version=features.VERSION,
    )
    return replace(question, **changes)


def tried(question: str, model: int, context: int, right: float, **changes: object) -> rows.Tried:
    bin = CONTEXT_BINS[context]
    answer = rows.Tried(
        question=question,
        model_id=LADDER[model],
        context_bin=bin,
        temperature=0.0,
        top_p=1.0,
        prompt_tokens=96 + HEADER.context_tokens[bin],
        context_tokens=HEADER.context_tokens[bin],
        blocks=1,
        cached_tokens=0,
        prefill_ms=1.0,
        decode_ms=1.0,
        finish_reason="stop",
        scores=rows.Scores(em=right, f1=right, contains=right, declined=0.0),
        logprobs=(-0.5, -1.5),
        margins=(1.0, 2.0),
        entropies=(0.25, 0.75),
        overlap=0.5,
    )
    return replace(answer, **changes)
