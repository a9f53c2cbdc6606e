"""Writes rows in the output formats of llama-bench, with our own columns last.

Markdown has its ``model | size | params | backend | threads | test | t/s``. CSV, JSON and JSON lines have its field
names (tools/llama-bench/README.md, "Output formats"). Fields without a value here are omitted. ``build_commit`` is
Sanderling's.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Callable, Mapping, Sequence

from ..sensors.verdict import other_load
from .row import Row

THEIRS = ("model", "size", "params", "backend", "threads", "test", "t/s")

Machine = Mapping[str, object]
"""The result of :func:`sanderling.device.machine.machine_block`."""


def fields(row: Row, machine: Machine) -> dict[str, object]:
    """Return one row as a flat dictionary, without samples."""
    first, last = row.readings[0], row.readings[-1]
    ns = [sample.ns for sample in row.samples]
    cold = row.loading.cold if row.loading else None
    return {
        "build_commit": machine.get("commit") or machine.get("sanderling"),
        "cpu_info": machine.get("cpu"),
        "gpu_info": "",
        "backends": row.backend,
        "model_filename": row.model_filename,
        "model_type": row.label,
        "model_size": row.model_size,
        "model_n_params": row.model_n_params,
        "n_batch": row.load.get("n_batch"),
        "n_threads": row.n_threads,
        "n_gpu_layers": row.load.get("n_gpu_layers"),
        "n_prompt": row.shape.n_prompt,
        "n_gen": row.shape.n_gen,
        "n_depth": 0,
        "test_time": row.test_time,
        "avg_ns": round(statistics.fmean(ns)),
        "stddev_ns": round(statistics.stdev(ns)) if len(ns) > 1 else 0,
        "avg_ts": row.mean,
        "stddev_ts": row.sd,
        "engine": row.engine,
        "synthetic": row.synthetic,
        "n_ctx": row.load.get("n_ctx"),
        "verdict": row.verdict.name,
        "evidence": row.verdict.evidence,
        "unseen": ", ".join(row.verdict.unseen),
        "ttft_ms": row.ttft_ms if row.shape.n_prompt else None,
        "peak_rss_bytes": row.peak_rss_bytes,
        "predicted_peak_rss_bytes": row.predicted_peak_rss_bytes,
        "load_cold_ms": cold.load_ms if cold else None,
        "load_warm_ms": row.loading.warm.load_ms if row.loading else None,
        "first_token_cold_ms": cold.first_token_ms if cold else None,
        "first_token_warm_ms": row.loading.warm.first_token_ms if row.loading else None,
        "not_cold": row.loading.not_cold if row.loading else "",
        "joules_per_token": json.dumps(row.joules_per_token) if row.energy else "",
        "temperature_start_c": first.temperature_c,
        "temperature_end_c": last.temperature_c,
        "clock_start_mhz": first.clock_mhz,
        "clock_end_mhz": last.clock_mhz,
        "other_load_cpus": other_load(row.readings),
    }


def to_csv(rows: Sequence[Row], machine: Machine) -> str:
    """Return the rows as CSV, with a header and all values quoted, as in llama-bench."""
    out = io.StringIO()
    flat = [fields(row, machine) for row in rows]
    if flat:
        writer = csv.DictWriter(out, list(flat[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(flat)
    return out.getvalue()


def _with_samples(row: Row, machine: Machine) -> dict[str, object]:
    samples = {"samples_ns": [sample.ns for sample in row.samples], "samples_ts": row.speeds}
    return {**fields(row, machine), **samples}


def to_json(rows: Sequence[Row], machine: Machine) -> str:
    """Return the rows, with their samples, as a JSON array."""
    return json.dumps([_with_samples(row, machine) for row in rows], indent=2, ensure_ascii=False) + "\n"


def to_jsonl(rows: Sequence[Row], machine: Machine) -> str:
    """Return one JSON line per row, with its samples."""
    return "".join(json.dumps(_with_samples(row, machine), ensure_ascii=False) + "\n" for row in rows)


def columns(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return the head and the lines of a table: llama-bench's columns, then ours.

    Columns that are empty in every row are omitted.
    """
    lines = [
        [
            row.label,
            size(row.model_size),
            f"{row.model_n_params / 1e6:.2f} M" if row.model_n_params < 1e9 else f"{row.model_n_params / 1e9:.2f} B",
            row.backend,
            str(row.n_threads),
            row.shape.name,
            f"{row.mean:.2f} ± {row.sd:.2f}",
            *(show(row) for show in OURS.values()),
        ]
        for row in rows
    ]
    head = [*THEIRS, *OURS]
    kept = [i for i in range(len(head)) if i < len(THEIRS) or any(line[i] for line in lines)]
    return [head[i] for i in kept], [[line[i] for i in kept] for line in lines]


def to_markdown(rows: Sequence[Row]) -> str:
    """Return the table of :func:`columns` as Markdown, aligned as in llama-bench."""
    head, lines = columns(rows)
    rule = ["---" if name in {"model", "backend", "verdict"} else "---:" for name in head]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *lines))


def size(count: float) -> str:
    """Format a number of bytes for people."""
    return f"{count / 2**20:.2f} MiB" if count < 2**30 else f"{count / 2**30:.2f} GiB"


def _pair(first: float | None, last: float | None, form: str) -> str:
    return "" if first is None or last is None else f"{first:{form}} → {last:{form}}"


OURS: dict[str, Callable[[Row], str]] = {
    "verdict": lambda row: row.verdict.name,
    "TTFT ms": lambda row: f"{row.ttft_ms:,.0f}" if row.shape.n_prompt else "",
    "peak RSS": lambda row: size(row.peak_rss_bytes),
    "predicted": lambda row: size(row.predicted_peak_rss_bytes),
    "load cold ms": lambda row: f"{row.loading.cold.load_ms:,.0f}" if row.loading and row.loading.cold else "",
    "load warm ms": lambda row: f"{row.loading.warm.load_ms:,.0f}" if row.loading else "",
    "J/token": lambda row: ", ".join(f"{value:.3g} {name}" for name, value in row.joules_per_token.items()),
    "°C": lambda row: _pair(row.readings[0].temperature_c, row.readings[-1].temperature_c, ".0f"),
    "MHz": lambda row: _pair(row.readings[0].clock_mhz, row.readings[-1].clock_mhz, ".0f"),
}
"""Our own columns by name, each with a function from row to text."""
