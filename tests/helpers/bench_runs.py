"""Rows, requests and runs of a benchmark as they could have been measured."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from sanderling.bench_device.matrix.loading import Load, Loading
from sanderling.bench_device.matrix.row import Row, Sample
from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.report import Run, Settings
from sanderling.bench_device.scenarios.latency import simple_target, summarise
from sanderling.bench_device.scenarios.scenarios import ScenarioRequest
from sanderling.bench_device.sensors.energy import Energy
from sanderling.bench_device.sensors.reading import Reading
from sanderling.bench_device.sensors.verdict import Verdict
from sanderling.records import Timings

MACHINE = {"cpu": "Test CPU", "arch": "aarch64", "logical_cores": 4, "commit": "abc", "sanderling": "0.1.0"}


def reading(at_s: float, **values: Any) -> Reading:
    """A quiet moment of a device of four CPUs, all of whose work is ours: two threads."""
    quiet = Reading(
        at_s=at_s,
        temperature_c=50.0,
        clock_mhz=2400.0,
        throttle_events=0,
        on_battery=False,
        cpus=4,
        busy_s=1000 + 2 * at_s,
        own_s=2 * at_s,
        major_faults=7,
        swapped_in_pages=11,
        worker_swap_bytes=0,
        peak_rss_bytes=300 << 20,
    )
    return replace(quiet, **values)


def row(speeds: tuple[float, ...] = (100.0, 102.0, 98.0, 101.0, 99.0), began_s: float = 0.0, **values: Any) -> Row:
    shape = values.get("shape", Shape(n_prompt=512))
    plain = Row(
        model_id="lfm2-350m",
        quant="Q4_0",
        label="lfm2-350m Q4_0",
        synthetic=False,
        model_filename="LFM2-350M-Q4_0.gguf",
        model_size=219_000_000,
        model_n_params=354_483_968,
        backend="CPU",
        engine="llama_cpp 0.3.36",
        n_threads=2,
        shape=shape,
        load={"n_ctx": 4096, "n_batch": 512, "n_threads": 2, "n_threads_prefill": 2, "n_gpu_layers": 0},
        warm_up=1,
        samples=tuple(
            Sample(
                began_s=began_s + 10 * i,
                ns=round(1e9 * shape.tokens / speed),
                tokens_per_s=speed,
                ttft_ms=1e3 * shape.tokens / speed,
            )
            for i, speed in enumerate(speeds)
        ),
        peak_rss_bytes=300 << 20,
        predicted_peak_rss_bytes=300 << 20,
        loading=Loading(
            cold=Load(load_ms=900.0, first_token_ms=950.0), not_cold="", warm=Load(load_ms=300.0, first_token_ms=330.0)
        ),
        verdict=Verdict(),
        energy=(Energy(sensor="ina3221 VDD_IN", joules=51.2, watts=5.0),),
        readings=(reading(0.0), reading(10.0)),
        test_time="2026-11-23T12:00:00+00:00",
    )
    return replace(plain, **values)


def request(total: float = 400.0, number: int = 0, scenario: str = "simple", **values: Any) -> ScenarioRequest:
    plain = ScenarioRequest(
        label="lfm2-350m Q4_0",
        scenario=scenario,
        question_id=f"q{number}",
        round=0,
        began_s=float(number),
        timings_ms=Timings(
            total=total,
            embed=0.02 * total,
            retrieval=0.03 * total,
            router=0.01 * total,
            llm=0.9 * total,
            ttft=0.6 * total,
        ),
        text="Ada",
        found=True,
        contains=True,
    )
    return replace(plain, **values)


def run(rows: tuple[Row, ...] | None = None, requests: tuple[ScenarioRequest, ...] | None = None, **values: Any) -> Run:
    if rows is None:
        rows = (row(), row((20.0, 21.0, 19.0, 20.0, 20.0), shape=Shape(n_gen=128)))
    if requests is None:
        requests = tuple(request(400.0 + i, i) for i in range(6))
    members = {name: [each for each in requests if each.scenario == name] for name in ("simple", "moderate", "heavy")}
    scenarios = tuple(summarise(each, synthetic=False, verdict=Verdict()) for each in members.values() if each)
    targets = tuple(found for each in scenarios if (found := simple_target(each, "board")) is not None)
    plain = Run(
        format=1,
        machine=dict(MACHINE),
        started="2026-11-23T12:00:00+00:00",
        seconds=12.0,
        settings=Settings(
            models=("lfm2-350m Q4_0",),
            engine="auto",
            profile="raspberry_pi_5",
            device_class="board",
            threads=(),
            tests=("pp512", "tg128"),
            repetitions=5,
            warm_up=1,
            quick=False,
            workload="station",
            requests=None,
            max_tokens=64,
            temperature=0.0,
            router="rule",
        ),
        rows=rows,
        scenarios=scenarios,
        targets=targets,
        requests=requests,
        shortened=(),
        left_out=(),
        calibrated=1,
    )
    return replace(plain, **values)
