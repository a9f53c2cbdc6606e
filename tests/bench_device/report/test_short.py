from __future__ import annotations

from bench_runs import request, row, run

from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.report.short import short


def test_speeds_and_answers_of_each_model() -> None:
    writing = Shape(n_gen=128)
    found = short(
        run(
            (
                row((90.0, 110.0)),
                row((200.0, 220.0), n_threads=4),
                row((20.0, 22.0), shape=writing),
                row((5.0, 7.0), shape=writing, label="other"),
            ),
            requests=(
                *(request(900.0, i) for i in range(3)),
                *(request(1900.0, i, scenario="heavy") for i in range(3)),
            ),
        )
    )
    first, other = found.models
    assert found.cpu == "Test CPU"
    assert (first.prompt_per_s, first.decode_per_s, first.answer_ms) == (210.0, 21.0, 1900.0)
    assert (other.label, other.prompt_per_s, other.decode_per_s, other.answer_ms) == ("other", None, 6.0, None)
