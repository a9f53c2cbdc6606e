"""A generation as a model might have made it, for tests of what judges it."""

from __future__ import annotations

from sanderling.records import Generation, Token


def drafted(text: str, logprob: float = -0.1, tokens: int = 3) -> Generation:
    """A generation of ``text`` whose tokens all have the same log-probability."""
    return Generation(
        text=text,
        tokens=tuple(Token(id=at, text="", logprob=logprob, margin=2.0, entropy=0.5) for at in range(tokens)),
        finish_reason="stop",
        prompt_tokens=1,
        cached_tokens=0,
        prefill_ms=0,
        decode_ms=0,
        ttft_ms=0,
        rss_bytes=0,
    )
