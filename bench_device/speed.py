"""Prefill and decode speed of one model on this device, and what it keeps resident.

``pp``: a prompt of ``prompt_tokens`` distinct-enough tokens, none of it cached. ``tg``: ``decode_tokens`` greedy tokens
after it. Each repetition begins with another first token, so that no prefix state can be reused. The first repetition
warms up and is not counted; the raw samples of the others are kept. The median is written to the calibration file, from
which profiles and the router predict.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime

from sanderling import calibration, profiles
from sanderling.device.machine import machine_block
from sanderling.engines import EngineName
from sanderling.engines.protocol import Finish, GenerateRequest
from sanderling.engines.resident import Resident
from sanderling.models import fit, pick_quant
from sanderling.models.shelf import Shelf
from sanderling.records import Record, Sampling


class Sample(Record):
    """One repetition."""

    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    ttft_ms: float
    rss_bytes: int
    peak_rss_bytes: int


class SpeedReport(Record):
    """All settings, all samples and their medians."""

    machine: dict[str, object]
    model_id: str
    quant: str
    synthetic: bool
    """Whether the weights were random ones in the shapes of the model."""
    model_bytes: int
    engine: str
    n_threads: int
    n_threads_prefill: int
    n_ctx: int
    prompt_tokens: int
    decode_tokens: int
    load_ms: float
    samples: tuple[Sample, ...]
    prefill_tokens_per_s: float
    """Median."""
    decode_tokens_per_s: float
    """Median."""
    ttft_ms: float
    """Median, of a prompt of ``prompt_tokens``."""
    peak_rss_bytes: int
    """Most memory the worker had resident at any time, mapped model file included."""
    predicted_peak_rss_bytes: int
    """What the model's header made expect."""


def _prompt(vocabulary: int, length: int, repetition: int) -> tuple[int, ...]:
    # Multiplying by a large odd number walks the ordinary part of the vocabulary without repeating soon; the first
    # 512 ids are left out because control tokens live there, the last tenth because added ones do.
    span = vocabulary * 9 // 10 - 512
    return tuple(512 + ((repetition + 1) * 7919 + i * 104_729) % span for i in range(length))


def measure(
    model: str,
    *,
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    prompt_tokens: int = 512,
    decode_tokens: int = 128,
    repetitions: int = 5,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> SpeedReport:
    """Measure ``model``, an id or a ``.gguf`` file. Raises OutOfMemory, and what loading and generating raise."""
    detected = profiles.choose(profile)
    machine = machine_block(detected.device)  # before the work: it names the commit that is measured
    chosen = pick_quant.resolve(model, detected)
    model_id = chosen.entry.id
    spec = Shelf((chosen,), detected, n_threads).load_spec(model_id)
    # Measured while it swaps, a model would calibrate this device wrongly, if the system let it live at all.
    predicted = fit.require(chosen.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    resident = Resident(engine)
    samples: list[Sample] = []
    try:
        worker, info = resident.worker(spec)
        for repetition in range(repetitions + 1):
            on_progress(repetition, repetitions + 1, f"{model_id} pp{prompt_tokens} tg{decode_tokens}")
            request = GenerateRequest(
                prompt_ids=_prompt(info.n_vocab, prompt_tokens, repetition),
                max_tokens=decode_tokens,
                sampling=Sampling(temperature=0),
                ignore_end=True,
            )
            finish = next(item for item in worker.generate(request) if isinstance(item, Finish))
            if repetition > 0:
                samples.append(
                    Sample(
                        prefill_tokens_per_s=1000 * (finish.prompt_tokens - finish.cached_tokens) / finish.prefill_ms,
                        decode_tokens_per_s=1000 * (decode_tokens - 1) / finish.decode_ms,
                        ttft_ms=finish.ttft_ms,
                        rss_bytes=finish.rss_bytes,
                        peak_rss_bytes=finish.peak_rss_bytes,
                    )
                )
        report = SpeedReport(
            machine=machine,
            model_id=model_id,
            quant=chosen.quant,
            synthetic=chosen.synthetic,
            model_bytes=chosen.bytes,
            engine=info.engine,
            n_threads=spec.n_threads,
            n_threads_prefill=spec.n_threads_prefill,
            n_ctx=info.n_ctx,
            prompt_tokens=prompt_tokens,
            decode_tokens=decode_tokens,
            load_ms=resident.load_ms[model_id],
            samples=tuple(samples),
            prefill_tokens_per_s=statistics.median(sample.prefill_tokens_per_s for sample in samples),
            decode_tokens_per_s=statistics.median(sample.decode_tokens_per_s for sample in samples),
            ttft_ms=statistics.median(sample.ttft_ms for sample in samples),
            peak_rss_bytes=max(max(sample.rss_bytes, sample.peak_rss_bytes) for sample in samples),
            predicted_peak_rss_bytes=predicted.need.peak_rss_bytes,
        )
    finally:
        resident.close()
    calibration.record(
        calibration.Measurement(
            model_id=model_id,
            quant=report.quant,
            engine=report.engine,
            n_threads=report.n_threads,
            prefill_tokens_per_s=report.prefill_tokens_per_s,
            decode_tokens_per_s=report.decode_tokens_per_s,
            rss_bytes=report.peak_rss_bytes,
            n_ctx=spec.n_ctx,
            machine=report.machine,
            synthetic=report.synthetic,
            timestamp=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    )
    return report
