from __future__ import annotations

import msgspec
import pytest

from sanderling.bench_device.answers.evaluate import EvaluationReport, Outcome, evaluate
from sanderling.bench_device.workloads import Question
from sanderling.errors import WorkerDied
from sanderling.records import Timings

QUESTIONS = (
    Question(id="1", text="exact", answers=("Ada Plum",), gold=("a.md",), hops=1),
    Question(id="2", text="wordy", answers=("Ada Plum",), gold=("a.md", "b.md"), hops=2),
    Question(id="3", text="nothing", answers=(), gold=(), hops=1, kind="unanswerable"),
)
OUTCOMES = {
    "exact": Outcome(text="Ada Plum.", sources=("a.md", "z.md"), timings_ms=Timings(total=10.0, llm=8.0)),
    "wordy": Outcome(text="It was Ada Plum", sources=("z.md", "a.md"), timings_ms=Timings(total=20.0, llm=18.0)),
    "nothing": Outcome(text="I do not know.", sources=("z.md",), timings_ms=Timings(total=30.0, llm=28.0)),
}


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    return evaluate(QUESTIONS, OUTCOMES.__getitem__, seed=5)


def means(report: EvaluationReport, name: str) -> dict[str, float]:
    (group,) = [group for group in report.groups if group.name == name]
    return {field: estimate.mean for field, estimate in group.estimates.items()}


def test_groups_by_hops(report: EvaluationReport) -> None:
    assert [(group.name, group.n) for group in report.groups] == [
        ("all", 2),
        ("1 hop", 1),
        ("2 hops", 1),
        ("unanswerable", 1),
    ]
    ones = {"recall": 1.0, "all_gold": 1.0, "em": 1.0, "f1": 1.0, "contains": 1.0, "declined": 0.0}
    assert means(report, "1 hop") == ones
    # "it was ada plum" against "ada plum": P = 2/4, R = 1, F1 = 2/3.
    two = {"recall": 0.5, "all_gold": 0.0, "em": 0.0, "f1": 2 / 3, "contains": 1.0, "declined": 0.0}
    assert means(report, "2 hops") == pytest.approx(two)
    assert means(report, "all") == pytest.approx({field: (ones[field] + two[field]) / 2 for field in ones})
    assert means(report, "unanswerable") == {"declined": 1.0}


def test_intervals_hold_the_mean(report: EvaluationReport) -> None:
    for group in report.groups:
        for estimate in group.estimates.values():
            assert estimate.low <= estimate.mean <= estimate.high


def test_latency(report: EvaluationReport) -> None:
    assert set(report.latency_ms) == {"total", "llm"}
    total = report.latency_ms["total"]
    assert (total.p50, total.p90, total.p99) == (pytest.approx(20.0), pytest.approx(28.0), None)


def test_p99_from_a_hundred_requests_on() -> None:
    for n, known in ((99, False), (100, True)):
        report = evaluate(QUESTIONS[:1] * n, OUTCOMES.__getitem__, seed=0)
        assert (report.latency_ms["total"].p99 is not None) == known


def test_k_cuts_the_ranking() -> None:
    report = evaluate(QUESTIONS[1:2], OUTCOMES.__getitem__, seed=0, k=1)
    assert means(report, "all")["recall"] == 0.0
    assert "R@1" in report.to_markdown()


def test_a_failed_request_scores_zero_and_is_told() -> None:
    def ask(text: str) -> Outcome:
        if text == "wordy":
            raise WorkerDied("the worker ended")
        return OUTCOMES[text]

    report = evaluate(QUESTIONS, ask, seed=0)
    assert report.errors == 1
    assert means(report, "2 hops") == dict.fromkeys(means(report, "2 hops"), 0.0)
    assert report.latency_ms["total"].p50 == pytest.approx(20.0)  # of 10 and 30: the failed one has no time
    assert "1 of 3 requests failed" in report.to_markdown()
    assert "WorkerDied: the worker ended" in report.to_markdown()


def test_an_error_of_ours_is_not_swallowed() -> None:
    def ask(text: str) -> Outcome:
        raise KeyError(text)

    with pytest.raises(KeyError):
        evaluate(QUESTIONS, ask, seed=0)


def test_rows_arrive_one_by_one() -> None:
    seen: list[str] = []
    evaluate(QUESTIONS, OUTCOMES.__getitem__, seed=0, on_row=lambda row: seen.append(row.question.id))
    assert seen == ["1", "2", "3"]


def test_nothing_to_ask_is_refused() -> None:
    with pytest.raises(ValueError, match="no questions"):
        evaluate([], OUTCOMES.__getitem__, seed=0)


def test_markdown(report: EvaluationReport) -> None:
    lines = report.to_markdown().splitlines()
    assert lines[0] == "| questions | n | R@5 | all@5 | EM | F1 | contains | declined |"
    assert lines[3].startswith("| 1 hop | 1 | 1.00 [1.00, 1.00] |")
    assert lines[5] == "| unanswerable | 1 |  |  |  |  |  | 1.00 [1.00, 1.00] |"
    assert "| total | 20.0 | 28.0 |  |" in lines


def test_the_report_survives_json(report: EvaluationReport) -> None:
    assert msgspec.json.decode(msgspec.json.encode(report), type=EvaluationReport) == report
