"""``bench reuse`` with a scripted model: the verdict, what is stored of it, and what a question does by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sanderling.models import reuse_verdict

REUSE = ("bench", "reuse", "--model", "small")


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """A hundred passages, each with a question."""
    folder = tmp_path / "winters"
    folder.mkdir()
    numbers = range(100)
    files = {
        "corpus.jsonl": [{"_id": f"n{i}", "title": f"Winter {i}", "text": f"Winter {i} was long."} for i in numbers],
        "queries.jsonl": [{"_id": f"q{i}", "text": f"Was winter {i} long?", "answers": ["long"]} for i in numbers],
    }
    for name, lines in files.items():
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    qrels = "".join(f"q{i}\tn{i}\t1\n" for i in numbers)
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + qrels)
    return folder


def test_equal_answers_are_allowed_and_stored(call, scripted, beir: Path) -> None:
    scripted(say="long")
    report = call(*REUSE, "--data", beir, "--json").json
    assert report["stored"] is True
    assert report["differences"]["f1"]["low"] == 0.0
    (verdict,) = reuse_verdict.read()
    assert verdict.allowed
    assert (verdict.questions, verdict.engine, verdict.model_id) == (100, "scripted", "small")


def test_worse_answers_are_refused(call, scripted, beir: Path) -> None:
    """The script tells the prompts apart by the head of a block of its own."""
    scripted({"when": "Winter 7: ", "say": "no"}, say="long")
    shown = call(*REUSE, "--data", beir)
    assert shown.code == 0, shown
    assert "refused: the lower end of F1's interval is" in shown.out
    (verdict,) = reuse_verdict.read()
    assert not verdict.allowed
    assert verdict.f1_low < reuse_verdict.LEAST_DIFFERENCE


def test_few_questions_decide_nothing(call, scripted, beir: Path) -> None:
    scripted(say="long")
    assert "99 questions were compared, and 100 are needed" in call(*REUSE, "--data", beir, "--limit", 99).out
    (verdict,) = reuse_verdict.read()
    assert not verdict.allowed


def test_an_ended_run_goes_on_where_it_was(call, scripted, beir: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    scripted(say="long")
    call(*REUSE, "--data", beir, "--limit", 5, "--raw", raw)
    assert len(raw.read_bytes().splitlines()) == 1 + 10
    scripted(say="something else")
    report = call(*REUSE, "--data", beir, "--limit", 6, "--raw", raw, "--json").json
    assert report["scores"]["default"]["f1"]["mean"] == pytest.approx(5 / 6)


def test_a_question_uses_states_only_by_a_verdict(call, scripted: Callable[..., None], beir: Path, home: Path) -> None:
    scripted({"when": "Winter 7: ", "say": "from whole notes"}, say="long")
    memory = beir / "m.sanderling"
    assert call("ingest", beir / "corpus.jsonl", "-m", memory).code == 0
    (home / "config.toml").write_text("note_states_bytes = 1000000\n")
    ask = ("ask", "Was winter 7 long?", "-m", memory, "--model", "small", "--json")
    answer = call(*ask).json
    assert answer["text"] == "long"
    assert any("bench reuse --model small" in warning for warning in answer["warnings"])
    (verdict,) = [*_allowed(call, beir, scripted)]
    assert verdict.allowed
    scripted({"when": "Winter 7: ", "say": "from whole notes"}, say="long")


def _allowed(call, beir: Path, scripted) -> tuple[reuse_verdict.ReuseVerdict, ...]:
    scripted(say="long")
    assert call(*REUSE, "--data", beir).code == 0
    return reuse_verdict.read()


def test_speed_asks_nothing(call, refused, scripted, beir: Path) -> None:
    scripted(say="long")
    refused(call(*REUSE, "--speed", "--data", beir), 2, "--speed asks no questions")
