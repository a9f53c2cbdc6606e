"""``sanderling bench`` and its parts, as they are called."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench_runs import row, run

from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.run import benchmark_run
from sanderling.bench_device.run.options import RunOptions


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RunOptions]:
    """What the commands ask for; a run is there at once."""
    seen: list[RunOptions] = []

    def benchmark(wanted: RunOptions, _progress: object) -> object:
        seen.append(wanted)
        return run()

    monkeypatch.setattr(benchmark_run, "benchmark", benchmark)
    return seen


def test_everything(call, asked, tmp_path: Path) -> None:
    page, raw = tmp_path / "r.html", tmp_path / "r.jsonl"
    shown = call("bench", "--quick", "--html", page, "--raw", raw)
    assert shown.code == 0, shown
    assert "| lfm2-350m Q4_0 | 208.85 MiB |" in shown.out and "Target met" in shown.out and "Test CPU" in shown.out
    assert asked == [RunOptions(quick=True)]
    assert ElementTree.fromstring(page.read_text()).tag == "html"
    assert len(raw.read_text().splitlines()) == 1 + 2 + 1 + 6


def test_json_is_one_object_on_the_last_line(call, asked) -> None:
    found = call("bench", "--quick", "--json")
    value = json.loads(found.out.splitlines()[-1])
    assert (found.code, value["settings"]["profile"], len(value["rows"])) == (0, "raspberry_pi_5", 2)


def test_options_arrive(call, asked) -> None:
    settings = ("--threads", "1,2", "--threads", 4, "--tests", "pp64,tg8", "--repetitions", 7, "--quant", "Q4_0")
    call("bench", "model", "--model", "a", "--model", "b", *settings)
    call("bench", "scenarios", "--requests", 100, "--threads", 2)
    model, scenarios = asked
    assert (model.models, model.quants, model.threads, model.repetitions) == (("a", "b"), ("Q4_0",), (1, 2, 4), 7)
    assert model.shapes == (Shape(n_prompt=64), Shape(n_gen=8))
    assert (model.matrix, model.scenarios) == (True, False)
    assert (scenarios.matrix, scenarios.scenarios, scenarios.requests, scenarios.threads) == (False, True, 100, (2,))


@pytest.mark.parametrize(("form", "first"), [("csv", '"build_commit"'), ("json", "["), ("jsonl", '{"build_commit"')])
def test_rows_as_llama_bench_writes_them(call, asked, form: str, first: str) -> None:
    found = call("bench", "model", "-o", form)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(first)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--threads", "two"), ("counts between commas",)),
        (("--threads", "0"), ("counts between commas",)),
        (("--tests", "pp"), ("is no test", "ppN")),
        (("--html", "absent/x.html"), ("folder that exists",)),
        (("--quick", "model"), ("--quick stands before model",)),
    ],
)
def test_bad_options_are_refused(call, asked, refused, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    refused(call("bench", *arguments), 2, *words)
    assert asked == []


def test_no_model_is_here(call, refused) -> None:
    refused(call("bench", "--quick"), 5, "sanderling models pull")


def test_compare(call, refused, tmp_path: Path) -> None:
    a, b, c = (tmp_path / f"{name}.jsonl" for name in "abc")
    a.write_text(run().jsonl())
    b.write_text(run(rows=(row((200.0, 202.0, 198.0, 201.0, 199.0)),)).jsonl())
    c.write_text(run(rows=(row(backend="Metal"),)).jsonl())
    shown = call("bench", "compare", a, b)
    assert shown.code == 0 and "| 2.000 * |" in shown.out
    assert call("bench", "compare", a, b, "--json").json["lines"][0]["b_over_a"]["ratio"] == pytest.approx(2.0)
    refused(call("bench", "compare", a, c), 2, "backend CPU / Metal", "--anyway")
    assert "Differs: lfm2-350m Q4_0: backend CPU / Metal" in call("bench", "compare", a, c, "--anyway").out
    refused(call("bench", "compare", a, tmp_path / "absent"), 2, "cannot be read")


@pytest.fixture
def workload(tmp_path: Path, notes: Path) -> Path:
    """A few notes and a question of each kind."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "notes").symlink_to(notes)
    questions = [
        {"id": "1", "text": "Who repairs the feed pump?", "answers": ["Ada Lind"], "gold": ["pump.md"], "hops": 1},
        {
            "id": "2",
            "text": "Where is its repairer from?",
            "answers": ["Narvik"],
            "gold": ["pump.md", "ada.md"],
            "hops": 2,
        },
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(each) + "\n" for each in questions))
    return folder


@pytest.mark.model
def test_a_quick_run_of_a_real_model(process, home: Path, smollm2_path: Path, workload: Path, tmp_path: Path) -> None:
    home.mkdir()
    (home / "models").symlink_to(smollm2_path.parents[1])
    raw, page = tmp_path / "run.jsonl", tmp_path / "run.html"
    settings = ("--model", "smollm2-135m", "--quant", "Q4_1", "--threads", 1, "--tests", "pp16,tg4", "--repetitions", 3)
    found = process("bench", "--quick", *settings, "--workload", workload, "--raw", raw, "--html", page, "--json")
    assert (found.code, found.err) == (0, ""), found
    value = json.loads(found.out.splitlines()[-1])
    assert [row["shape"] for row in value["rows"]] == [{"n_prompt": 16, "n_gen": 0}, {"n_prompt": 0, "n_gen": 4}]
    for each in value["rows"]:
        assert len(each["samples"]) == 3 and min(sample["tokens_per_s"] for sample in each["samples"]) > 0
        assert each["peak_rss_bytes"] > each["model_size"] / 2
        assert each["loading"]["warm"]["load_ms"] > 0
    assert [each["scenario"] for each in value["scenarios"]] == ["simple", "moderate"]
    assert value["scenarios"][0]["found"] == 1.0
    assert all(sum(each["shares"].values()) == pytest.approx(1.0) for each in value["scenarios"])
    assert [target["tier"] in {"A", "B"} for target in value["targets"]] == [True]
    assert ElementTree.fromstring(page.read_text()).tag == "html"
    (measured,) = json.loads((home / "calibration.json").read_text())
    assert (measured["model_id"], measured["n_threads"], measured["prefill_tokens"]) == ("smollm2-135m", 1, 16)
    same = process("bench", "compare", raw, raw, "--json").json
    assert [line["b_over_a"]["ratio"] for line in same["lines"]] == [1.0] * 4
