"""``bench sanity`` with scripted models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scripted_model

from sanderling.engines.model_pool import ModelPool
from sanderling.models import registry

SETS = {
    "gsm8k-dev": [
        {"_id": "g1", "text": "Ann has 2 hens and buys 3. How many?", "answers": ["5"]},
        {"_id": "g2", "text": "Bea has 9 eggs and drops 3. How many?", "answers": ["6"]},
    ],
    "mmlu-dev": [
        {"_id": "m1", "text": "Which is even?", "choices": ["one", "two"], "answers": ["B"], "kind": "sums"},
        {"_id": "m2", "text": "Which is odd?", "choices": ["one", "two"], "answers": ["A"], "kind": "sums"},
    ],
    "boolq-dev": [{"_id": "b1", "text": "Is ice cold?", "answers": ["yes"]}],
    "ifeval-dev": [
        {"_id": "i1", "text": "Write.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
        {"_id": "i2", "text": "Write.", "instruction_id_list": ["made:up"], "kwargs": [{}]},
    ],
}
ALL = ("--suite", "gsm8k", "--suite", "mmlu", "--suite", "boolq", "--suite", "ifeval")


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    for name, queries in SETS.items():
        (tmp_path / "sets" / name).mkdir(parents=True)
        lines = "".join(json.dumps(each) + "\n" for each in queries)
        (tmp_path / "sets" / name / "queries.jsonl").write_text(lines)
    return tmp_path / "sets"


@pytest.fixture
def two(scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``good`` is right everywhere, ``poor`` in the second sum and the second choice only."""
    models = {
        "good": scripted_model.model(
            tmp_path,
            "good",
            1,
            {"when": "hens", "say": "2 + 3 makes\nAnswer: 5"},
            {"when": "eggs", "say": "Answer: 6"},
            {"when": "even", "say": "B"},
            {"when": "odd", "say": "A"},
            {"when": "ice", "say": "Yes"},
            say="No mark of that kind.",
        ),
        "poor": scripted_model.model(
            tmp_path, "poor", 2, {"when": "Which", "say": "A"}, {"when": "ice", "say": "No"}, say="Well, 6"
        ),
    }
    resolve = registry.resolve
    monkeypatch.setattr(registry, "resolve", lambda name, quant=None: models.get(name) or resolve(name, quant))
    monkeypatch.setattr(
        "sanderling.bench_device.plain_model.ModelPool", lambda _engine, config: ModelPool("scripted", config)
    )


def test_two_models_are_compared_on_four_suites(call, two: None, sets: Path) -> None:
    found = call("bench", "sanity", *ALL, "--data", sets, "--model", "good", "--model", "poor", "--json")
    assert found.code == 0, found
    report = found.json
    means = {(each["suite"], each["model"]): each["accuracy"]["mean"] for each in report["results"]}
    assert {suite: means[suite, "good none"] for suite in ("gsm8k", "mmlu", "boolq", "ifeval")} == {
        "gsm8k": 1.0,
        "mmlu": 1.0,
        "boolq": 1.0,
        "ifeval": 1.0,
    }
    assert {suite: means[suite, "poor none"] for suite in ("gsm8k", "mmlu", "boolq", "ifeval")} == {
        "gsm8k": 0.5,
        "mmlu": 0.5,
        "boolq": 0.0,
        "ifeval": 0.0,
    }
    assert [(each["suite"], each["model"], each["over"]) for each in report["pairs"]] == [
        (suite, "poor none", "good none") for suite in ("gsm8k", "mmlu", "boolq", "ifeval")
    ]
    assert report["left_out"] == [{"rule": "made:up (unknown here)", "questions": 1}]
    assert {each["how"] for each in report["rows"] if each["suite"] in ("mmlu", "boolq")} == {"likelihood"}
    assert report["machine"]["arch"]
    text = call("bench", "sanity", *ALL, "--data", sets, "--model", "good", "--model", "poor").out
    assert "poor none - good none" in text
    assert "made:up" in text


def test_a_run_goes_on_from_its_file(call, two: None, sets: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    command = ("bench", "sanity", "--suite", "gsm8k", "--data", sets, "--raw", raw, "--json")
    call(*command, "--model", "good", "--limit", 1)
    lines = raw.read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    # A mark of its own in the row shows that it was not asked again; the last line was cut by a crash.
    changed = lines[1].replace(b"Answer: 5", b"Answer: 5 ")
    raw.write_bytes(lines[0] + changed + b'{"suite": "gsm8k"')
    rows = call(*command, "--model", "good", "--model", "poor").json["rows"]
    assert [(row["model"], row["question"]) for row in rows] == [
        (model, question) for model in ("good none", "poor none") for question in ("g1", "g2")
    ]
    assert rows[0]["said"].endswith("5 ")
    assert len(raw.read_bytes().splitlines()) == 5


def test_texts_are_bounded(call, two: None, sets: Path) -> None:
    command = ("bench", "sanity", "--suite", "gsm8k", "--data", sets, "--model", "good", "--max-tokens", 4, "--json")
    (result,) = call(*command).json["results"]
    assert (result["cut"], result["mean_tokens"]) == (2, 4.0)


def test_what_cannot_be_asked_is_refused(call, refused, two: None, sets: Path, tmp_path: Path) -> None:
    sanity = ("bench", "sanity", "--data", sets)
    refused(call(*sanity, "--suite", "arc", "--model", "good"), 2, "gsm8k, mmlu")
    refused(call(*sanity, "--suite", "gsm8k", "--model", "good", "--model", "good"), 2, "same")
    refused(call("bench", "sanity", "--data", tmp_path, "--suite", "mmlu", "--model", "good"), 2, "no folder mmlu")


def test_a_suite_of_which_nothing_is_left_is_refused(call, refused, two: None, sets: Path) -> None:
    path = sets / "ifeval-dev" / "queries.jsonl"
    ids = [f"made:up{i}" for i in range(7)]
    lines = [{"_id": id, "text": "Write.", "instruction_id_list": [id], "kwargs": [{}]} for id in ids]
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    sanity = ("bench", "sanity", "--data", sets, "--model", "good", "--suite", "ifeval")
    refused(call(*sanity), 2, "1 for made:up0 (unknown here)", "2 rules more", "--data")
    path.write_text(json.dumps(lines[0]) + "\n")
    assert call(*sanity, "--suite", "boolq", "--json").json["left_out"] == [
        {"rule": "made:up0 (unknown here)", "questions": 1}
    ]
