from __future__ import annotations

import pytest

from sanderling.constraints import Constraints
from sanderling.records import Draft, FinishReason, Generation, Message, Prompt, Route, Token
from sanderling.request.request import Request
from sanderling.stages.cuts import warn_of_cut_answer

ROUTE = Route(
    model_id="m",
    context_bin="small",
    context_tokens=100,
    temperature=0.0,
    top_p=1.0,
    escalate=0.0,
    router="rule",
    reason="",
    predicted_ms=0.0,
)


def draft(finish_reason: FinishReason, tokens: int) -> Draft:
    generation = Generation(
        text="a" * tokens,
        tokens=(Token(id=1, text="a", logprob=0.0),) * tokens,
        finish_reason=finish_reason,
        prompt_tokens=90,
        cached_tokens=0,
        prefill_ms=0.0,
        decode_ms=0.0,
        ttft_ms=0.0,
        rss_bytes=0,
    )
    message, prompt = Message(role="user", content=""), Prompt(token_ids=(), blocks=())
    return Draft(route=ROUTE, message=message, prompt=prompt, generation=generation, engine="scripted", n_ctx=100)


@pytest.mark.parametrize(
    ("finish_reason", "tokens", "warning"),
    [
        ("stop", 16, ""),
        ("cancelled", 3, "the answer was stopped after 3 tokens"),
        ("length", 16, "the answer was cut at 16 tokens: raise --max-tokens (max_tokens)"),
        ("length", 10, "the answer was cut at 10 tokens, where the context of 100 ended after a prompt of 90"),
    ],
)
def test_an_answer_that_ended_early_is_named_with_what_ended_it(finish_reason, tokens, warning) -> None:
    request = Request("Who?", constraints=Constraints(max_tokens=16))
    warn_of_cut_answer(request, draft(finish_reason, tokens))
    assert len(request.warnings) == bool(warning)
    assert "".join(request.warnings).startswith(warning)
