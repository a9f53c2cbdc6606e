"""Two answers at once are a gain only where they are quicker by a third and say the same."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sanderling.bench_device.engine import concurrency
from sanderling.bench_device.engine.concurrency import ConcurrencyReport, Way
from sanderling.engines import Worker
from sanderling.engines.protocol import LoadSpec
from sanderling.engines.scripted import Rule, Script

SINGLE = [(((1, 2), (3, 4)), 2.0), (((5, 6), (7, 8)), 4.0)]


def report(*ways: Way, recurrent: bool = False) -> ConcurrencyReport:
    return ConcurrencyReport(
        **dict.fromkeys(("model_id", "quant", "engine"), "x"),
        **dict.fromkeys(("n_threads", "n_threads_prefill", "n_batch", "n_ctx"), 1),
        machine={},
        synthetic=False,
        prompts=4,
        prompt_tokens=1,
        decode_tokens=2,
        ways=ways,
        recurrent=recurrent,
    )


def way(name: str, ratio: float, equal: int) -> Way:
    return Way(name=name, tokens_per_s=(1.0,), ratio=ratio, equal_texts=equal)


def test_a_way_is_compared_round_by_round() -> None:
    found = concurrency._way("two", [(((1, 2), (3, 9)), 1.0), (((5, 6), (7, 8)), 4.0)], SINGLE, 4)
    assert found == Way(name="two", tokens_per_s=(4.0, 1.0), ratio=1.5, equal_texts=3)


@pytest.mark.parametrize(
    ("ratio", "equal", "recurrent", "gains"),
    [(1.3, 4, False, ("batched",)), (1.29, 4, False, ()), (2.0, 3, False, ()), (2.0, 4, True, ())],
)
def test_what_is_a_gain(ratio: float, equal: int, recurrent: bool, gains: tuple[str, ...]) -> None:
    assert report(way("one at a time", 1.0, 4), way("batched", ratio, equal), recurrent=recurrent).gains == gains


def test_a_recurrent_model_may_have_two_workers() -> None:
    assert report(way("one at a time", 1.0, 4), way("two workers", 1.4, 4), recurrent=True).gains == ("two workers",)


@pytest.mark.parametrize("number", [1, 2])
def test_workers_share_the_prompts(tmp_path: Path, number: int) -> None:
    path = tmp_path / "script.json"
    path.write_bytes(msgspec.json.encode(Script(rules=(Rule(when="B", say="two"), Rule(say="one")))))
    workers = [Worker("scripted") for _ in range(number)]
    try:
        for worker in workers:
            worker.load(LoadSpec(model_id="m", path=str(path), n_ctx=99, n_threads=1, n_threads_prefill=1))
        texts, seconds = concurrency._beside(workers, [(65,), (66,), (65,)], 9)
    finally:
        for worker in workers:
            worker.close()
    assert [bytes(ids) for ids in texts] == [b"one", b"two", b"one"]
    assert seconds > 0
