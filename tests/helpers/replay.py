"""Runs prompts on an engine in this process, and again from nothing in the very same steps."""

from __future__ import annotations

import numpy as np

from sanderling.engines.llama_engine import LlamaEngine
from sanderling.engines.protocol import Finish, GenerateRequest
from sanderling.records import Sampling, Token

Trace = dict[tuple[int, ...], tuple[int, ...]]


class Run:
    """What one request gave."""

    def __init__(self, engine: LlamaEngine, request: GenerateRequest) -> None:
        items = list(engine.generate(request, lambda: False))
        tokens = [item for item in items if isinstance(item, Token)]
        (finish,) = [item for item in items if isinstance(item, Finish)]
        self.prompt = request.prompt_ids
        self.ids = tuple(token.id for token in tokens)
        self.logprobs = tuple(token.logprob for token in tokens)
        self.logits = engine._sequence.ending().copy()
        self.cached = finish.cached_tokens
        self.reason = finish.reason

    def equals(self, other: Run) -> bool:
        """Bit for bit."""
        same = (self.ids, self.logprobs) == (other.ids, other.logprobs)
        return same and np.array_equal(self.logits.view(np.uint32), other.logits.view(np.uint32))


class Replay:
    """One engine that keeps states, and another that forgets everything before each request.

    ``trace`` remembers for each state by which batch ends it came about. States only return to batch ends, so that of
    every prompt is known, whatever way led to it.
    """

    def __init__(self, engine: LlamaEngine, reference: LlamaEngine, trace: Trace | None = None) -> None:
        self.engine, self.reference = engine, reference
        self.trace: Trace = {(): ()} if trace is None else trace
        decode = engine._decode

        def traced(ids, *wanted):
            before = tuple(engine._sequence.ids)
            decode(ids, *wanted)
            self.trace[(*before, *ids)] = (*self.trace[before], len(before) + len(ids))

        engine._decode = traced  # type: ignore[method-assign]

    def ask(self, ids, max_tokens: int = 12, **settings) -> Run:
        request = {"max_tokens": max_tokens, "sampling": Sampling(temperature=0.0), **settings}
        return Run(self.engine, GenerateRequest(prompt_ids=tuple(ids), **request))

    def recompute(self, run: Run) -> Run:
        """The same prompt from nothing, in the steps in which the engine's state of it came about."""
        self.reference._sequence.forget()
        request = GenerateRequest(
            prompt_ids=run.prompt,
            max_tokens=max(1, len(run.ids)),
            sampling=Sampling(temperature=0.0),
            checkpoints=self.trace[run.prompt],
        )
        again = Run(self.reference, request)
        assert again.cached == 0
        return again
