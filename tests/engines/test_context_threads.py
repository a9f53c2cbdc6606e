from __future__ import annotations

from pathlib import Path

import pytest
from hand_set_clock import HandSetClock

from sanderling.device.load import Load
from sanderling.engines import xllamacpp
from sanderling.engines.context_threads import CHECK_EVERY_S, ContextThreads
from sanderling.engines.protocol import Finish, GenerateRequest, LoadSpec
from sanderling.records import Sampling, Token

SPEC = LoadSpec(model_id="m", path="", n_ctx=512, n_threads=2, n_threads_prefill=2)
IDLE, BUSY = Load(cpus=2, used=0.0), Load(cpus=2, used=1.0)


class Meter:
    """Says what a test tells it to."""

    def __init__(self, *loads: Load) -> None:
        self.loads, self.asked = list(loads), []

    def read(self, *, instant: bool = False) -> Load:
        self.asked.append(instant)
        return self.loads.pop(0) if len(self.loads) > 1 else self.loads[0]


class Api:
    waiting = "sleeping"

    def __init__(self) -> None:
        self.set: list[tuple[int, int]] = []

    def llama_set_n_threads(self, _context: int, decode: int, prefill: int) -> None:
        self.set.append((decode, prefill))


def threads(*loads: Load) -> tuple[ContextThreads, Api, Meter, HandSetClock]:
    api, meter, clock = Api(), Meter(*loads), HandSetClock(0.0)
    return ContextThreads(api, 1, SPEC, meter=meter, clock=clock), api, meter, clock  # type: ignore[arg-type]


def test_a_request_that_does_not_yield_measures_nothing() -> None:
    chosen, api, meter, clock = threads(BUSY)
    chosen.begin(False)
    clock.now += 10
    chosen.check()
    chosen.begin_decoding()
    assert (api.set, meter.asked, chosen.now.decode) == ([], [], 2)


def test_the_numbers_are_set_only_when_they_change() -> None:
    chosen, api, _, clock = threads(BUSY, BUSY, BUSY, IDLE, BUSY)
    chosen.begin(True)
    for _ in range(3):
        clock.now += CHECK_EVERY_S
        chosen.check()
    chosen.begin(True)
    assert api.set == [(1, 2), (2, 2), (1, 2)]
    chosen.begin(False)  # a measurement gets what was loaded
    assert api.set[-1] == (2, 2)


def test_the_load_is_read_again_after_a_while_only() -> None:
    chosen, _, meter, clock = threads(IDLE)
    chosen.begin(True)
    for _ in range(100):
        clock.now += CHECK_EVERY_S / 10
        chosen.check()
    assert 9 <= len(meter.asked) - 1 <= 10
    assert meter.asked[0] is True
    assert not any(meter.asked[1:])


def test_who_could_run_once_only_is_no_rival() -> None:
    once, twice = (Load(cpus=2, runnable=1), Load(cpus=2, runnable=0)), (Load(cpus=2, runnable=2),) * 2
    for loads, decode in ((once, 2), (twice, 1)):
        chosen, *_ = threads(*loads)
        chosen.begin(True)
        assert chosen.now.decode == 1
        chosen.begin_decoding()
        assert chosen.now.decode == decode


def test_an_average_taken_meanwhile_counts_more() -> None:
    chosen, _, meter, clock = threads(Load(cpus=2, runnable=2), IDLE, BUSY)
    chosen.begin(True)
    clock.now += CHECK_EVERY_S
    chosen.begin_decoding()
    assert (chosen.now.decode, meter.asked) == (2, [True, False])


@pytest.mark.model
def test_a_real_context_computes_with_them(smollm2_path: Path) -> None:
    if not xllamacpp.available():
        pytest.skip("xllamacpp is not installed")
    spec = LoadSpec(model_id="m", path=str(smollm2_path), n_ctx=512, n_threads=2, n_threads_prefill=2)
    engine = xllamacpp.load(spec)
    ids = tuple(engine.tokenize("The capital of France is the city of"))
    found = {}
    for name, load in (("idle", IDLE), ("busy", BUSY)):
        engine._threads._meter = Meter(load)  # type: ignore[assignment]
        engine._sequence.forget()
        request = GenerateRequest(prompt_ids=ids, max_tokens=4, sampling=Sampling(temperature=0.0), yielding=True)
        *tokens, finish = engine.generate(request, lambda: False)
        assert isinstance(finish, Finish)
        counts = engine._api.llama_n_threads(engine._context), engine._api.llama_n_threads_batch(engine._context)
        assert (finish.n_threads, finish.n_threads_prefill) == counts
        assert finish.prefill_cpu_ms > 0 < finish.decode_cpu_ms
        found[name] = counts, [token.id for token in tokens if isinstance(token, Token)]
    engine.close()
    assert (found["idle"][0], found["busy"][0]) == ((2, 2), (1, 2))
    assert found["idle"][1] == found["busy"][1]
