"""Tries a model in a child process.

A build that does not suit the CPU crashes its process.
"""

from __future__ import annotations

from ..errors import SanderlingError, WorkerDied
from ..records import Record, Sampling
from .choose import EngineName, resolve
from .protocol import Finish, GenerateRequest, LoadSpec
from .worker import Worker

PROBE_TOKENS = 32
"""Length of the trial prompt in tokens.

More than one, because the AMX kernels crash only when they multiply matrices.
"""


class Probe(Record):
    """Result of a trial run."""

    ok: bool
    message: str
    """One line for the user: the measurement or the error."""
    load_ms: float = 0.0
    prefill_ms: float = 0.0
    """Time to compute the whole prompt, in milliseconds."""
    rss_bytes: int = 0
    peak_rss_bytes: int = 0
    """Peak resident memory of the worker; 0: unknown."""
    system_info: str = ""
    """CPU features that the engine's kernels use, in llama.cpp's words."""
    died: bool = False
    """Whether the worker's process died. It does so on an instruction that the CPU does not have."""


def probe(
    spec: LoadSpec,
    engine: EngineName = "auto",
    *,
    prompt_tokens: int = PROBE_TOKENS,
    max_tokens: int = 1,
    timeout_s: float = 120.0,
) -> Probe:
    """Load a model in a worker, and generate from a prompt.

    An error of the engine or worker is reported in the result. ``prompt_tokens``: more than a batch show the memory
    that longer prompts take. ``timeout_s``: limit of loading, and of each silence of the worker. Raises ValueError for
    an unknown ``engine``.
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
        return Probe(ok=False, message=str(error), died=isinstance(error, WorkerDied))
    return Probe(
        ok=True,
        message=f"{spec.model_id} runs on {info.engine}: {len(ids)} tokens in {finish.prefill_ms:.0f} ms",
        load_ms=info.load_ms,
        prefill_ms=finish.prefill_ms,
        rss_bytes=finish.rss_bytes,
        peak_rss_bytes=finish.peak_rss_bytes,
        system_info=info.system_info,
    )
