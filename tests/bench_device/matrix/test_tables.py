"""Rows in llama-bench's shapes, and as measurements."""

from __future__ import annotations

import csv
import io
import json

import pytest
from bench_runs import MACHINE, reading, row

from sanderling.bench_device.matrix import tables
from sanderling.bench_device.matrix.calibrate import measurements
from sanderling.bench_device.matrix.shape import Shape, parse
from sanderling.bench_device.run.verdict import Finding, Verdict
from sanderling.errors import UsageError

TG = row((20.0, 21.0, 19.0, 20.0, 20.0), shape=Shape(n_gen=128), energy=())
# tools/llama-bench/README.md: the fields of its csv that we can fill, in its order.
LLAMA_BENCH = [
    "build_commit",
    "cpu_info",
    "gpu_info",
    "backends",
    "model_filename",
    "model_type",
    "model_size",
    "model_n_params",
    "n_batch",
    "n_threads",
    "n_gpu_layers",
    "n_prompt",
    "n_gen",
    "n_depth",
    "test_time",
    "avg_ns",
    "stddev_ns",
    "avg_ts",
    "stddev_ts",
]


def fault(name: str) -> Verdict:
    return Verdict(findings=(Finding(fault=name, evidence="as seen"),))


def test_tests_are_named_as_llama_bench_names_them() -> None:
    assert parse("pp512, tg128,pp512") == (Shape(n_prompt=512), Shape(n_gen=128))
    assert [shape.name for shape in parse("pp2048,tg16")] == ["pp2048", "tg16"]
    for wrong in ("pp", "512", "pp0", "tg-1", "", "pg512,128", "pp9999999"):
        with pytest.raises(UsageError, match="is no test"):
            parse(wrong)


def test_markdown_is_llama_benchs_table_with_ours_behind() -> None:
    head, rule, pp, tg = tables.to_markdown((row(), TG)).splitlines()
    assert head.startswith("| model | size | params | backend | threads | test | t/s | verdict | TTFT ms | peak RSS |")
    assert pp.startswith("| lfm2-350m Q4_0 | 208.85 MiB | 354.48 M | CPU | 2 | pp512 | 100.00 ± 1.58 | VALID | 5,120 |")
    assert tg.startswith("| lfm2-350m Q4_0 | 208.85 MiB | 354.48 M | CPU | 2 | tg128 | 20.00 ± 0.71 | VALID |  |")
    assert "0.02 ina3221 VDD_IN" in pp and "50 → 50" in pp  # 51.2 J over 5 * 512 tokens
    assert head.count("|") == rule.count("|") == pp.count("|") == tg.count("|")


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    blind = row(energy=(), readings=(reading(0.0, temperature_c=None, clock_mhz=None),) * 2, loading=None)
    head = tables.to_markdown((blind,)).splitlines()[0]
    assert (
        head == "| model | size | params | backend | threads | test | t/s | verdict | TTFT ms | peak RSS | predicted |"
    )


def test_synthetic_weights_are_named_in_every_shape() -> None:
    label = "lfm2-1.2b Q4_0 (synthetic weights)"
    rows = (row(label=label, synthetic=True),)
    for write in (tables.to_csv, tables.to_json, tables.to_jsonl):
        assert label in write(rows, MACHINE)
    assert label in tables.to_markdown(rows)


def test_csv_has_llama_benchs_names_and_quotes() -> None:
    text = tables.to_csv((row(), TG), MACHINE)
    pp, tg = csv.DictReader(io.StringIO(text))
    assert list(pp)[: len(LLAMA_BENCH)] == LLAMA_BENCH
    assert text.splitlines()[1].startswith('"abc","Test CPU","","CPU","LFM2-350M-Q4_0.gguf"')
    assert (pp["n_prompt"], pp["n_gen"], tg["n_prompt"], tg["n_gen"]) == ("512", "0", "0", "128")
    assert float(pp["avg_ts"]) == pytest.approx(100.0)
    assert tables.to_csv((), MACHINE) == ""


def test_json_and_jsonl_have_the_samples() -> None:
    rows = (row(), TG)
    found = json.loads(tables.to_json(rows, MACHINE))
    assert [list(each)[: len(LLAMA_BENCH)] for each in found] == [LLAMA_BENCH] * 2
    assert found[0]["samples_ts"] == [100.0, 102.0, 98.0, 101.0, 99.0]
    assert found[0]["samples_ns"][0] == 5_120_000_000
    assert found[0]["avg_ns"] == pytest.approx(sum(found[0]["samples_ns"]) / 5, abs=1)
    assert [json.loads(line) for line in tables.to_jsonl(rows, MACHINE).splitlines()] == found


def test_a_single_repetition_has_no_deviation() -> None:
    assert row((50.0,)).sd == 0.0
    assert tables.fields(row((50.0,)), MACHINE)["stddev_ns"] == 0


def test_rows_become_measurements() -> None:
    swept = {"load": {**TG.load, "n_threads": 1, "n_threads_prefill": 1}, "n_threads": 1}
    other = (row((60.0,), **swept), row((12.0,), shape=Shape(n_gen=128), verdict=fault("BUSY"), **swept))
    rows = (row(), row((80.0,), shape=Shape(n_prompt=2048)), TG, *other)
    first, second = measurements(rows, MACHINE)
    assert (first.model_id, first.quant, first.n_threads, first.n_ctx) == ("lfm2-350m", "Q4_0", 2, 4096)
    # Of two prompts the first one counts.
    assert (first.prefill_tokens_per_s, first.decode_tokens_per_s, first.prefill_tokens) == (100.0, 20.0, 512)
    assert (first.load_ms, first.load_cold_ms, first.verdict) == (300.0, 900.0, "VALID")
    assert (second.n_threads, second.decode_tokens_per_s, second.verdict) == (1, 12.0, "BUSY")


def test_rows_that_swapped_or_stand_alone_calibrate_nothing() -> None:
    assert measurements((row(), row((9.0,), shape=Shape(n_gen=128), verdict=fault("SWAPPED"))), MACHINE) == ()
    assert measurements((TG,), MACHINE) == ()
