"""Whether a model really runs here, tried in a child process: a build that does not suit the CPU kills its process."""

from __future__ import annotations

from ..errors import SanderlingError
from ..records import Record, Sampling
from .choose import EngineName, resolve
from .collect import generate_all
from .protocol import GenerateRequest, LoadSpec
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
    """For ``PROBE_TOKENS`` tokens."""
    rss_bytes: int = 0


def probe(spec: LoadSpec, engine: EngineName = "auto", *, timeout_s: float = 120.0) -> Probe:
    """Load the model and compute a short prompt. What the engine or the worker raises is in ``message`` instead."""
    try:
        with Worker(resolve(engine), stall_timeout_s=timeout_s, load_timeout_s=timeout_s) as worker:
            info = worker.load(spec)
            ids = worker.tokenize("The quick brown fox jumps over the lazy dog. " * PROBE_TOKENS)[:PROBE_TOKENS]
            request = GenerateRequest(prompt_ids=tuple(ids), max_tokens=1, sampling=Sampling(temperature=0.0))
            result = generate_all(worker, request)
    except SanderlingError as error:
        return Probe(ok=False, message=str(error))
    return Probe(
        ok=True,
        message=f"{spec.model_id} runs on {info.engine}: {len(ids)} tokens in {result.prefill_ms:.0f} ms",
        load_ms=info.load_ms,
        prefill_ms=result.prefill_ms,
        rss_bytes=result.rss_bytes,
    )
