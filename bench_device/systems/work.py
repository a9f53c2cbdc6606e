"""Counts the tokens and the CPU time that a system's models spend on a question, and keeps the first draft.

Discarded drafts are included.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from typing import cast

from ...engines.model_pool import ModelPool
from ...engines.protocol import Finish, GenerateRequest, LoadSpec, ModelInfo
from ...engines.unthought import without_thoughts
from ...engines.worker import Worker
from ...records import Token
from ...request.handle import Handle


class Work:
    """A counter of generations, tokens, work and CPU time since the last :meth:`begin`."""

    def __init__(self, parameters: Mapping[str, int]) -> None:
        """``parameters``: their number by model id."""
        self._parameters = parameters
        self.begin()

    def begin(self) -> None:
        """Set all counts to zero."""
        self._began = time.perf_counter()
        self.drafts = 0
        """Generations, the shown one among them."""
        self.first_text: str | None = None
        """The first draft, if another was begun after it."""
        self.first_ms = 0.0
        """Time from :meth:`begin` until another was begun."""
        self._text = ""
        self._begun = False
        self.tokens = 0
        """Tokens computed, of prompts and of answers; not those whose state was kept."""
        self.tflop = 0.0
        """Work in 10^12 operations: two per parameter and token (Kaplan et al. 2020, table 1)."""
        self.cpu_ms = 0.0
        """Processor time of the models, all threads together; 0 from an engine that does not report it."""

    def draft(self) -> None:
        """Note that a model is taken for a draft. It may generate twice for one, a thought and the answer."""
        if self._begun and self.first_text is None:
            self.first_text, self.first_ms = self._text, 1e3 * (time.perf_counter() - self._began)
        self._begun = True

    def add(self, model_id: str, tokens: int, cpu_ms: float, text: str) -> None:
        """Count one generation of ``tokens`` computed tokens, which wrote ``text``."""
        self._text = text
        self.drafts += 1
        self.cpu_ms += cpu_ms
        self.tokens += tokens
        self.tflop += 2e-12 * self._parameters.get(model_id, 0) * tokens

    def counted(self, pool: ModelPool) -> ModelPool:
        """Return ``pool``, wrapped to count every generation by its workers."""
        return cast(ModelPool, _CountedPool(pool, self))


class _CountedPool:
    def __init__(self, pool: ModelPool, work: Work) -> None:
        self._pool, self._work = pool, work

    def __getattr__(self, name: str) -> object:
        return getattr(self._pool, name)

    def worker(self, spec: LoadSpec, needed_bytes: int = 0, handle: Handle | None = None) -> tuple[Worker, ModelInfo]:
        self._work.draft()
        worker, info = self._pool.worker(spec, needed_bytes, handle)
        return cast(Worker, _CountedWorker(worker, spec.model_id, self._work)), info


class _CountedWorker:
    def __init__(self, worker: Worker, model_id: str, work: Work) -> None:
        self._worker, self._model_id, self._work = worker, model_id, work

    def __getattr__(self, name: str) -> object:
        return getattr(self._worker, name)

    def generate(self, request: GenerateRequest, handle: Handle | None = None) -> Generator[Token | Finish, None, None]:
        written: list[Token | Finish] = []
        for item in self._worker.generate(request, handle):
            written.append(item)
            if isinstance(item, Finish):
                cpu_ms = item.prefill_cpu_ms + item.decode_cpu_ms
                computed = item.prompt_tokens - item.cached_tokens + len(written) - 1
                shown = (each.text for each in without_thoughts(written) if isinstance(each, Token))
                self._work.add(self._model_id, computed, cpu_ms, "".join(shown).strip())
            yield item
