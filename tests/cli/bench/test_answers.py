"""``bench answers`` with a scripted model: ways side by side, and a run that goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from sanderling.bench_device.answers.packing import BUDGETS
from sanderling.bench_device.workloads import document_id
from sanderling.engines.model_pool import ModelPool

ASK = ("bench", "answers", "--model", "small", "--context", "small")


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """The answer stands in a passage that shares no word with its question; a small context holds few passages."""
    folder = tmp_path / "winters"
    folder.mkdir()
    documents = [
        {"_id": "kettle", "title": "Blue Kettle", "text": "Mended by Ada Plum when the old winter was long."},
        {"_id": "plum", "title": "Ada Plum", "text": "Gannet Stacks is home."},
        *(
            {"_id": f"n{i}", "title": f"Winter {i}", "text": f"Who was born in winter {i}? It was long."}
            for i in range(12)
        ),
    ]
    queries = [
        {"_id": "q1", "text": "Where was the one born who mended the Blue Kettle?", "answers": ["Gannet Stacks"]},
        {"_id": "q2", "text": "Was winter 7 long?", "answers": ["long"]},
        {"_id": "q3", "text": "Was winter 8 long?", "answers": ["long"]},
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in documents))
    (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in queries))
    qrels = "q1\tkettle\t1\nq1\tplum\t1\nq2\tn7\t1\nq3\tn8\t1\n"
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + qrels)
    return folder


@pytest.fixture
def model(scripted: Callable[..., None]) -> None:
    """Asked who mended the kettle, it says what it was shown."""
    scripted({"when": "long?", "say": "long"}, {"when": "Gannet", "say": "Gannet Stacks"}, say="no")


def test_two_ways_over_the_same_questions(call, model, beir: Path) -> None:
    found = call(*ASK, "--data", beir, "--way", "dense", "--way", "memory", "--json")
    assert found.code == 0, found
    report = found.json
    assert [each["way"] for each in report["ways"]] == ["dense", "memory"]
    assert [list(each["contexts"].values()) for each in report["ways"]] == [[3], [3]]
    means = [each["report"]["groups"][0]["estimates"] for each in report["ways"]]
    assert [each["f1"]["mean"] for each in means] == [pytest.approx(2 / 3), 1.0]
    assert all(each["prompt_tokens"] > 0 for each in report["ways"])
    difference, one, several = report["differences"]
    assert [(each["notes"], each["n"]) for each in (difference, one, several)] == [("all", 3), ("1", 2), ("2+", 1)]
    assert (difference["way"], difference["over"], difference["n"]) == ("memory", "dense", 3)
    f1 = difference["estimates"]["f1"]
    assert f1["low"] <= f1["mean"] <= f1["high"]
    assert f1["mean"] == pytest.approx(1 / 3)
    shown = call(*ASK, "--data", beir, "--way", "dense", "--way", "memory").out
    assert "| small | memory - dense | all | 3 |" in shown
    assert "search: dense; contexts: small (" in shown


def test_two_contexts_over_the_questions_of_two_sets(call, model, beir: Path, tmp_path: Path) -> None:
    other = copytree(beir, tmp_path / "summers")
    ask = ("bench", "answers", "--model", "small", "--data", beir, "--data", other, "--json")
    raw = tmp_path / "rows.jsonl"
    report = call(*ask, "--context", "router", "--context", "large", "--raw", raw).json
    assert [each["way"] for each in report["ways"]] == ["memory, router", "memory, large"]
    assert [each["report"]["groups"][0]["n"] for each in report["ways"]] == [6, 6]
    assert {name.split()[0] for name in report["ways"][1]["contexts"]} == {"large"}
    assert report["workload"] == "winters + summers"
    assert [(each["notes"], each["n"]) for each in report["differences"]] == [("all", 6), ("1", 4), ("2+", 2)]
    again = call(*ask, "--context", "router", "--context", "large", "--raw", raw).json
    assert again["differences"] == report["differences"]
    assert len(raw.read_text().splitlines()) == 1 + 12


def test_the_shipped_way_is_the_memory_alone(call, model, beir: Path) -> None:
    report = call(*ASK, "--workload", beir, "--json").json
    assert [each["way"] for each in report["ways"]] == ["memory"]
    assert report["differences"] == []


def test_a_sample_is_drawn_by_its_seed(call, model, beir: Path, tmp_path: Path) -> None:
    def drawn(seed: int) -> list[str]:
        report = call(*ASK, "--data", beir, "--sample", 2, "--seed", seed, "--json").json
        return [row["question"]["id"] for row in report["ways"][0]["report"]["rows"]]

    by_seed = [drawn(seed) for seed in range(4)]
    assert by_seed[0] == drawn(0)
    assert all(len(set(each)) == 2 and each == sorted(each) for each in by_seed)
    assert len({tuple(each) for each in by_seed}) > 1


def test_an_ended_run_goes_on_where_it_was(call, model, scripted, beir: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    run = (*ASK, "--data", beir, "--way", "dense", "--way", "memory", "--raw", raw, "--json")
    whole = call(*run).json
    lines = raw.read_bytes().splitlines(keepends=True)
    assert len(lines) == 1 + 6
    raw.write_bytes(b"".join(lines[:4]) + lines[4][:40])  # killed while it wrote the fourth answer
    scripted(say="something else")
    again = call(*run).json
    said = [row["outcome"]["text"] for each in again["ways"] for row in each["report"]["rows"]]
    # Both ways answered q1 and dense q2; the rest was asked anew.
    before = [row["outcome"]["text"] for each in whole["ways"] for row in each["report"]["rows"]]
    assert said == [before[0], before[1], "something else", before[3], "something else", "something else"]
    assert len(raw.read_bytes().splitlines()) == 1 + 6
    scripted(say="a third thing")
    assert [each["report"] for each in call(*run).json["ways"]] == [each["report"] for each in again["ways"]]


def test_a_raw_file_of_another_run_is_refused(call, refused, model, beir: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    assert call(*ASK, "--data", beir, "--limit", 1, "--raw", raw).code == 0
    kept = raw.read_bytes()
    refused(call(*ASK, "--data", beir, "--seed", 9, "--raw", raw), 2, "another run")
    raw.write_text("no json\n")
    refused(call(*ASK, "--data", beir, "--raw", raw), 2, "no raw file")
    raw.write_text("my diary, without a last newline")
    refused(call(*ASK, "--data", beir, "--raw", raw), 2, "no raw file")
    assert raw.read_text() == "my diary, without a last newline"
    raw.write_bytes(kept.splitlines()[0][:40])  # killed while it wrote the settings
    assert call(*ASK, "--data", beir, "--limit", 1, "--raw", raw).code == 0
    assert raw.read_bytes().splitlines()[0] == kept.splitlines()[0]
    raw.write_bytes(kept)
    assert call(*ASK, "--data", beir, "--raw", raw).code == 0


def test_a_way_that_is_not_known_is_refused(call, refused, model, beir: Path) -> None:
    refused(call(*ASK, "--data", beir, "--way", "dens"), 2, "dense", "memory", "BM25")


def test_documents_of_one_file_are_named_wherever_it_lies(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.touch()
    assert document_id("/elsewhere/a#b/corpus.jsonl#12#3", corpus) == "corpus.jsonl#12#3"
    assert document_id(f"{tmp_path.resolve()}/sub/a.md", tmp_path) == "sub/a.md"


def test_dry_looks_for_the_answers_in_the_context_and_asks_nothing(call, scripted, beir: Path) -> None:
    scripted({"when": "Question:", "then": "crash"})
    found = call(
        "bench", "answers", "--model", "small", "--data", beir, "--way", "dense", "--way", "memory", "--dry", "--json"
    )
    assert found.code == 0, found
    held = {(each["way"], each["budget_tokens"]): each for each in found.json["held"]}
    assert set(held) == {(way, budget) for way in ("dense", "memory") for budget in BUDGETS}
    assert held["memory", 160]["packed"]["mean"] == 1.0
    assert held["dense", 160]["packed"]["mean"] == pytest.approx(2 / 3)
    each = held["dense", 256]
    assert each["difference"]["mean"] == pytest.approx(1 / 3)
    assert each["difference"]["mean"] == pytest.approx(each["packed"]["mean"] - each["whole"]["mean"])
    shown = call("bench", "answers", "--model", "small", "--data", beir, "--dry").out
    assert "| memory | 1,536 | 3 | 1.000 [1.000, 1.000] |" in shown


def test_dry_writes_no_raw_file(call, refused, model, beir: Path, tmp_path: Path) -> None:
    refused(call(*ASK, "--data", beir, "--dry", "--raw", tmp_path / "raw.jsonl"), 2, "--raw")


def test_no_answer_is_written_back_into_what_is_asked(call, model, beir: Path, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('write_back = "always"\n')
    report = call(*ASK, "--data", beir, "--way", "memory", "--way", "attention, trained", "--json").json
    first, second = (each["report"]["rows"] for each in report["ways"])
    assert [row["outcome"]["sources"] for row in first] == [row["outcome"]["sources"] for row in second]
    assert all(source.startswith("corpus.jsonl#") for row in second for source in row["outcome"]["sources"])


JUDGED = ({"when": "Right answers: long", "say": "5"}, {"when": "Right answers:", "say": "1"})


@pytest.fixture
def judge(scripted: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers as ``model`` without having been shown the kettle, and marks what it is asked to mark."""
    monkeypatch.setattr(
        "sanderling.bench_device.plain_model.ModelPool", lambda _engine, config: ModelPool("scripted", config)
    )
    scripted(*JUDGED, {"when": "long?", "say": "long"}, say="no")


def test_answers_are_marked_and_the_marks_compared(call, judge: None, beir: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    command = (*ASK, "--data", beir, "--judge", "local", "--judge-model", "small", "--raw", raw)
    found = call(*command, "--json")
    assert found.code == 0, found
    assert len(found.json["ways"]) == 1
    (marked,) = found.json["judge"]["marked"]
    assert found.json["judge"]["judge"] == "small none"
    assert {question: round(mark) for question, mark in marked["marks"].items()} == {"q1": 1, "q2": 5, "q3": 5}
    measures = {each["measure"]: each["auroc"]["mean"] for each in marked["agreement"]}
    assert measures == {"EM": 1.0, "F1": 1.0, "contains": 1.0}
    # The marks stand beside the answers, and nothing is asked twice.
    beside = tmp_path / "raw.jsonl.marks"
    assert len(beside.read_text().splitlines()) == 4
    beside.write_text(beside.read_text().replace('"score":5.0', '"score":3.0'))
    (again,) = call(*command, "--json").json["judge"]["marked"]
    assert len(beside.read_text().splitlines()) == 4
    assert "Spearman" in call(*command).out
    assert again["marks"].keys() == marked["marks"].keys()


def test_a_judge_that_may_not_be_asked_is_refused_before_anything_is(call, refused, model, beir: Path) -> None:
    command = (*ASK, "--data", beir, "--judge")
    refused(call(*command, "https://judge.invalid/v1"), 2, "--privacy any")
    refused(call(*command, "somebody"), 2, "local")
    refused(call(*command, "local", "--dry"), 2, "--judge")
    refused(call(*command, "local", "--systems", "all"), 2, "--judge")


@pytest.mark.parametrize(
    ("option", "value", "needs"),
    [
        ("--ladder", "lfm2", "--systems"),
        ("--every", "big=2", "--systems"),
        ("--questions", "ids.txt", "--systems"),
        ("--router", "rule", "--systems"),
        ("--judge-model", "small", "--judge"),
        ("--privacy", "any", "--judge"),
    ],
)
def test_an_option_that_would_not_be_read_is_refused(
    call, refused, model, beir: Path, option: str, value: str, needs: str
) -> None:
    refused(call(*ASK, "--data", beir, option, value), 2, option, needs)
