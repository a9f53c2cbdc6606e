"""Whether a model really runs here, tried in a child process: a build that does not suit the CPU kills its process."""

from __future__ import annotations

from ..errors import SanderlingError
from ..records import Record, Sampling
from .choose import EngineName, resolve
from .protocol import Finish, GenerateRequest, LoadSpec
from .worker import Worker

PROBE_TOKENS = 32
"""More than one: the known crash (AMX kernels) needs a prompt that is computed as a matrix."""


class Probe(Record):
    """What happened."""

    ok: bool
    message: str
    """One line for a person."""
    load_ms: float = 0.0
    prefill_ms: float = 0.0
    """For the whole prompt."""
    rss_bytes: int = 0
    peak_rss_bytes: int = 0
    """The most the worker had resident; 0: the engine does not say."""


def probe(
    spec: LoadSpec,
    engine: EngineName = "auto",
    *,
    prompt_tokens: int = PROBE_TOKENS,
    max_tokens: int = 1,
    timeout_s: float = 120.0,
) -> Probe:
    """Load the model and compute a prompt. What the engine or the worker raises is in ``message`` instead.

    More tokens than a batch has show the memory that longer prompts take.
    """
    try:
        with Worker(resolve(engine), stall_timeout_s=timeout_s, load_timeout_s=timeout_s) as worker:
            info = worker.load(spec)
            ids = worker.tokenize("The quick brown fox jumps over the lazy dog. " * prompt_tokens)[:prompt_tokens]
            request = GenerateRequest(
                prompt_ids=tuple(ids), max_tokens=max_tokens, sampling=Sampling(temperature=0.0), ignore_end=True
            )
            finish = next(item for item in worker.generate(request) if isinstance(item, Finish))
    except SanderlingError as error:
        return Probe(ok=False, message=str(error))
    return Probe(
        ok=True,
        message=f"{spec.model_id} runs on {info.engine}: {len(ids)} tokens in {finish.prefill_ms:.0f} ms",
        load_ms=info.load_ms,
        prefill_ms=finish.prefill_ms,
        rss_bytes=finish.rss_bytes,
        peak_rss_bytes=finish.peak_rss_bytes,
    )
