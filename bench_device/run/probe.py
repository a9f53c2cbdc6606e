"""Probe a device: measure a short prompt and a few tokens of one model, to plan a quick run."""

from __future__ import annotations

import time
from pathlib import Path

from ...device.profiles import Detected
from ...engines import EngineName, start
from ...models import fit
from ..matrix.matrix import Matrix, Point
from ..matrix.measure import Bench
from ..matrix.shape import Shape
from ..matrix.subjects import Subject
from .budget import ProbedSpeed

SHAPES = (Shape(n_prompt=64), Shape(n_gen=8))
"""Enough for a plan; takes some seconds on a Raspberry Pi 4 with the 350M model."""


def probe(subject: Subject, detected: Detected, engine: EngineName, n_threads: int | None) -> ProbedSpeed:
    """Measure how fast one model loads, prefills and decodes, with one repetition after a warm-up.

    Raises OutOfMemory and the errors of loading and generating.
    """
    spec, _ = next(Matrix(detected, engine).loads(subject, Point(n_threads=n_threads, shapes=SHAPES)))
    fit.require(Path(spec.path), spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    began = time.monotonic()
    with start(engine) as worker:
        bench = Bench(worker, worker.load(spec))
        load_s = time.monotonic() - began
        bench.once(SHAPES[0])
        pp, tg = (bench.once(shape).tokens_per_s for shape in SHAPES)
    return ProbedSpeed(
        prefill_tokens_per_s=pp,
        decode_tokens_per_s=tg,
        load_s=load_s,
        parameters=subject.parameters,
        model_bytes=subject.model.bytes,
    )
