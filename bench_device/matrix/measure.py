"""Run the repetitions of one row.

As in llama-bench, a pp test computes a prompt from an empty context, and a tg test generates from a single token; the
first repetition is a warm-up. Every prompt of a worker begins with a different token, so no cache can reuse an earlier
state.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

from ...engines import Worker
from ...engines.protocol import Finish, GenerateRequest, ModelInfo
from ...errors import EngineError
from ...records import Sampling
from ..sensors import Watch
from ..sensors.reading import Reading
from .prompt import random_prompt
from .row import Sample
from .shape import Shape


class Bench:
    """Runs tests on a loaded worker, with a new prompt for each repetition."""

    def __init__(self, worker: Worker, info: ModelInfo) -> None:
        """Use ``worker``, which has loaded the model that ``info`` describes."""
        self._worker, self._info = worker, info
        self._fresh: Iterator[int] = itertools.count(1)

    def measure(
        self, shape: Shape, repetitions: int, warm_up: int, on_repetition: Callable[[], None] = lambda: None
    ) -> tuple[tuple[Sample, ...], tuple[Reading, ...]]:
        """Run a test; return the samples of all repetitions after the warm-up, and the sensor readings.

        The readings are from before, during and after these repetitions. Raises the errors of generating, and
        EngineError if the engine did not compute the requested tokens.
        """
        for _ in range(warm_up):
            self.once(shape)
            on_repetition()
        samples = []
        with Watch(self._worker.pid) as watch:
            for _ in range(repetitions):
                samples.append(self.once(shape))
                on_repetition()
        return tuple(samples), tuple(watch.readings)

    def once(self, shape: Shape) -> Sample:
        """Run one repetition of a test; return its times."""
        request = GenerateRequest(
            prompt_ids=random_prompt(self._info.n_vocab, shape.n_prompt or 1, next(self._fresh)),
            # The first token is drawn from the prompt's own result: n_gen computed ones need one more.
            max_tokens=shape.n_gen + 1,
            sampling=Sampling(temperature=0),
            ignore_end=True,
        )
        began_s = time.time()
        finish = next(item for item in self._worker.generate(request) if isinstance(item, Finish))
        if finish.reason != "length" or finish.cached_tokens:
            raise EngineError(
                f"{self._info.engine} ended {shape.name} by {finish.reason} with {finish.cached_tokens} reused tokens: "
                "such a row would be wrong, please report it"
            )
        spent_ms = finish.prefill_ms if shape.n_prompt else finish.decode_ms
        return Sample(
            began_s=began_s,
            ns=round(1e6 * spent_ms),
            tokens_per_s=1e3 * shape.tokens / spent_ms,
            ttft_ms=finish.ttft_ms,
        )
