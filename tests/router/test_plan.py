"""When a quote answers instead of a model."""

from __future__ import annotations

from msgspec.structs import replace

from sanderling.constraints import Constraints
from sanderling.models.candidate import Candidate
from sanderling.records import Route
from sanderling.router.choices import choices_for
from sanderling.router.plan import quoting

TOKENS = {"tiny": 96, "small": 160, "medium": 256, "large": 768}
MODEL = Candidate(
    model_id="m", rung=0, n_ctx=4096, fits_ram=True, warm=True, prefill_tokens_per_s=300.0, decode_tokens_per_s=30.0
)
ROUTE = Route(
    model_id="m",
    context_bin="tiny",
    context_tokens=96,
    temperature=0.0,
    top_p=1.0,
    escalate=0.0,
    router="rule",
    reason="",
    predicted_ms=1.0,
)


def test_a_quote_answers_where_no_model_meets_the_budget_or_the_router_prefers_it() -> None:
    late, in_time = (choices_for([MODEL], TOKENS, Constraints(budget_ms=ms)).allowed for ms in (1.0, 1e6))
    instead = quoting(ROUTE, late)
    assert instead is not None
    assert (instead.plan, "quick enough" in instead.reason) == ("quote", True)
    assert quoting(ROUTE, in_time) is None
    assert quoting(ROUTE, in_time, quote_share=0.5) is None
    sure = quoting(ROUTE, in_time, quote_share=0.8)
    assert sure == replace(ROUTE, plan="quote", reason="p=0.80 that a sentence of your notes is enough")
