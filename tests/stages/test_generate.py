from __future__ import annotations

from collections.abc import Iterator

import pytest

from sanderling.engines.protocol import Finish, GenerateRequest
from sanderling.records import Prompt, Sampling
from sanderling.stages.generate import generate


class Recording:
    """A worker that says nothing and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[GenerateRequest] = []

    def generate(self, request: GenerateRequest, handle: object = None) -> Iterator[Finish]:
        self.requests.append(request)
        times = {"prefill_ms": 0.0, "decode_ms": 0.0, "ttft_ms": 0.0}
        yield Finish(
            reason="stop", prompt_tokens=3, cached_tokens=0, rss_bytes=0, no_note_states="for a reason", **times
        )


@pytest.mark.parametrize(("end", "checkpoints"), [(0, ()), (2, (2,))])
def test_the_end_of_the_first_block_is_kept(end: int, checkpoints: tuple[int, ...]) -> None:
    worker = Recording()
    prompt = Prompt(token_ids=(1, 2, 3), blocks=(), shared_tokens=1, first_block_end=end, block_ends=(2,))
    found = generate(
        worker,  # type: ignore[arg-type]  # a stand-in
        prompt,
        Sampling(),
        model_id="m",
        n_ctx=8,
        max_tokens=4,
        stop=(),
        stream=None,
    )
    (request,) = worker.requests
    assert (request.checkpoints, request.blocks, request.shared_tokens) == (checkpoints, (2,), 1)
    assert found.no_note_states == "for a reason"
