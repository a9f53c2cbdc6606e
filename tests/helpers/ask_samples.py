"""Samples of ``bench ask`` as they could have been measured."""

from __future__ import annotations

from sanderling.bench_device.ask.sample import Said, SaidRoute, Sample
from sanderling.records import Timings, TokenCounts


def sample(
    number: int = 0, version: str = "this", *, wall_ms: float = 40.0, f1: float = 0.5, error: str = "", **fields: str
) -> Sample:
    """Return the sample of one question; 40 ms of its time are the request's."""
    said = Said(
        text="Ada",
        timings_ms=Timings(total=40.0, embed=4.0, retrieval=6.0, llm=28.0, ttft=20.0),
        tokens=TokenCounts(prompt=110, cached=10, completion=5),
        route=SaidRoute(model_id="m", context_bin="small", context_tokens=96),
    )
    plain = {"label": "m Q4_0", "profile": "auto", "setting": "warm", **fields}
    if error:
        return Sample(**plain, version=version, question_id=f"q{number}", began_s=float(number), error=error)
    return Sample(
        **plain, version=version, question_id=f"q{number}", began_s=float(number), wall_ms=wall_ms, said=said, f1=f1
    )
