"""Convert rows to measurements, from which :mod:`sanderling.device.calibration` predicts speeds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from ...device.calibration import Measurement
from .row import Row


def measurements(rows: Sequence[Row], machine: Mapping[str, object]) -> tuple[Measurement, ...]:
    """Return one measurement for each combination of file, engine and load settings.

    It is made from the first pp row and the first tg row of the combination. A combination that lacks either row has
    none. Rows that swapped are left out, because they measure the disk.
    """
    found: dict[tuple[object, ...], dict[str, Row]] = {}
    for row in rows:
        if "SWAPPED" not in row.verdict.name:
            load = [row.load.get(name) for name in ("n_threads", "n_threads_prefill", "n_ctx")]
            kind = "pp" if row.shape.n_prompt else "tg"
            found.setdefault((row.model_id, row.quant, row.engine, *load), {}).setdefault(kind, row)
    return tuple(_measurement(pair["pp"], pair["tg"], machine) for pair in found.values() if len(pair) == 2)


def _measurement(pp: Row, tg: Row, machine: Mapping[str, object]) -> Measurement:
    verdicts = dict.fromkeys(finding.fault for row in (pp, tg) for finding in row.verdict.findings)
    warm = pp.loading.warm if pp.loading else None
    cold = pp.loading.cold if pp.loading else None
    return Measurement(
        model_id=pp.model_id,
        quant=pp.quant,
        engine=pp.engine,
        n_threads=tg.n_threads,
        prefill_tokens_per_s=statistics.median(pp.speeds),
        decode_tokens_per_s=statistics.median(tg.speeds),
        rss_bytes=max(pp.peak_rss_bytes, tg.peak_rss_bytes),
        machine=dict(machine),
        timestamp=tg.test_time,
        synthetic=tg.synthetic,
        n_threads_prefill=pp.n_threads,
        n_ctx=int(str(pp.load["n_ctx"])),
        prefill_tokens=pp.shape.n_prompt,
        load_ms=warm.load_ms if warm else None,
        load_cold_ms=cold.load_ms if cold else None,
        verdict=", ".join(verdicts) or "VALID",
    )
