"""Sends several questions at once to a tier, and to the queue of this device.

The queue answers one at a time. A server such as vLLM computes the answers of several requests in one batch; a model
here answers in turn (``docs/service.md``). All questions are different, so that neither side can share work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from ...errors import SanderlingError, UsageError
from ...records import Message, Record, Sampling
from ...runtime import Runtime

MAX_TOKENS = 48
AT_ONCE = (1, 2, 4, 8)


class Load(Record):
    """Results of a number of questions asked at once."""

    where: str
    """A model's id, of a tier or of this device."""
    at_once: int
    answers: int
    tokens: int
    wall_s: float
    failed: int

    @property
    def tokens_per_s(self) -> float:
        """Generated tokens per second, over all answers."""
        return self.tokens / self.wall_s


def throughput(
    runtime: Runtime,
    questions: Sequence[str],
    *,
    at_once: Sequence[int] = AT_ONCE,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> tuple[Load, ...]:
    """Measure each tier's first model and the smallest local one under several loads.

    A load is a number of questions asked at once. Nothing but ``questions`` is sent, and no notes. Raises
    UsageError without tiers.
    """
    tiers = runtime._tiers
    if not tiers.models:
        raise UsageError("config.toml names no other machine: add a [[tier]], see docs/tiers.md")
    firsts = {model.tier.name: model for model in reversed(tiers.models)}
    asks: dict[str, Callable[[str], int]] = {
        **{model.id: _remote(runtime, model.id) for model in firsts.values()},
        runtime.models[0]: _local(runtime),
    }
    found: list[Load] = []
    for number, (where, ask) in enumerate(asks.items()):
        _at_once(where, ask, questions[:1], 1)  # loads the model, and makes the server ready
        for count in at_once:
            on_progress(number * len(at_once) + at_once.index(count), len(asks) * len(at_once), where)
            found.append(_at_once(where, ask, questions, count))
    return tuple(found)


def _local(runtime: Runtime) -> Callable[[str], int]:
    model = runtime.model(runtime.models[0])

    def ask(question: str) -> int:
        return len(model.chat([Message(role="user", content=question)], max_tokens=MAX_TOKENS).tokens)

    return ask


def _remote(runtime: Runtime, model_id: str) -> Callable[[str], int]:
    from contextlib import closing

    from ...egress import Permit
    from ...engines.openai import ChatRequest, OpenAIEngine
    from ...records import Token

    model = runtime._tiers[model_id]
    permit = Permit.of_url(model.tier.settings.base_url, "bench tiers, which was asked for")
    engine = OpenAIEngine(model.tier.server)

    def ask(question: str) -> int:
        request = ChatRequest(
            model=model.model.id,
            messages=(Message(role="user", content=question),),
            max_tokens=MAX_TOKENS,
            sampling=Sampling(temperature=0.0),
            logprobs=False,
        )
        with closing(engine.generate(request, permit)) as stream:
            return sum(isinstance(item, Token) for item in stream)

    return ask


def _at_once(where: str, ask: Callable[[str], int], questions: Sequence[str], count: int) -> Load:
    left, tokens, failed = list(questions), [0], [0]
    guard = threading.Lock()

    def work() -> None:
        while True:
            with guard:
                if not left:
                    return
                question = left.pop()
            try:
                said = ask(question)
            except SanderlingError:
                with guard:
                    failed[0] += 1
            else:
                with guard:
                    tokens[0] += said

    threads = [threading.Thread(target=work) for _ in range(count)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(
        where=where,
        at_once=count,
        answers=len(questions) - failed[0],
        tokens=tokens[0],
        wall_s=time.perf_counter() - began,
        failed=failed[0],
    )
