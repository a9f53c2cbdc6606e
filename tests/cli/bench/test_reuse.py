"""``bench reuse`` with a scripted model: the verdict, what is stored of it, and what a question does by it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from sanderling.models import reuse_verdict
from sanderling.models.reuse_verdict import ReuseVerdict

REUSE = ("bench", "reuse", "--model", "small")


@pytest.fixture
def beir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Passages with a question each, as many as a verdict is made to need: a hundred would take a minute."""
    monkeypatch.setattr(reuse_verdict, "LEAST_QUESTIONS", 8)
    folder = tmp_path / "winters"
    folder.mkdir()
    numbers = range(8)
    files = {
        "corpus.jsonl": [
            {"_id": f"n{i}", "title": f"Winter {i}", "text": f"Winter {i} was long.", "date": f"199{i}-12-21"}
            for i in numbers
        ],
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
    assert (verdict.questions, verdict.engine, verdict.model_id) == (8, "scripted", "small")


def test_worse_answers_are_refused(call, scripted, beir: Path) -> None:
    """The script tells the prompts apart by the head of a block of its own."""
    scripted({"when": "Winter 7 (", "say": "no"}, say="long")
    shown = call(*REUSE, "--data", beir)
    assert shown.code == 0, shown
    assert "refused: the lower end of F1's interval is" in shown.out
    (verdict,) = reuse_verdict.read()
    assert not verdict.allowed
    assert verdict.f1_low < reuse_verdict.LEAST_DIFFERENCE


def test_few_questions_decide_nothing(call, scripted, beir: Path) -> None:
    scripted(say="long")
    assert "7 questions were compared, and 8 are needed" in call(*REUSE, "--data", beir, "--limit", 7).out
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


def test_a_question_uses_states_only_by_a_verdict(call, scripted, memory: Path, home: Path, tmp_path: Path) -> None:
    """The script knows whole notes by the head that only they have."""
    scripted({"when": "\nAda Lind: ", "say": "from whole notes"}, say="as ever")
    home.mkdir()
    (home / "config.toml").write_text("note_states_bytes = 1000000\n")
    ask = ("ask", "Who repairs the feed pump?", "-m", memory, "--model", "small", "--json")
    answer = call(*ask).json
    assert answer["text"] == "as ever"
    assert [warning for warning in answer["warnings"] if "note_states_bytes" in warning] == [
        "note_states_bytes has no effect with small: its answers were not compared:"
        " run  sanderling bench reuse --model small"
    ]
    verdict = ReuseVerdict(
        file=reuse_verdict.file_digest(tmp_path / "small.json"),
        model_id="small",
        quant="none",
        engine="scripted",
        kv_type="f16",
        workloads=("station",),
        questions=500,
        f1=0.0,
        f1_low=-0.01,
        f1_high=0.01,
        timestamp="2026-11-29T10:00:00+00:00",
    )
    reuse_verdict.record(verdict)
    answer = call(*ask).json
    assert answer["text"] == "from whole notes"
    assert answer["warnings"] == []
    assert {"Ada Lind", "Pump"} <= {source["title"] for source in answer["sources"]}
    reuse_verdict.record(msgspec.structs.replace(verdict, f1_low=-0.1))
    assert call(*ask).json["text"] == "as ever"
    (home / "config.toml").write_text("")
    assert not any("note_states_bytes" in warning for warning in call(*ask).json["warnings"])


def test_speed_asks_nothing(call, refused, scripted, beir: Path) -> None:
    scripted(say="long")
    refused(call(*REUSE, "--speed", "--data", beir), 2, "--speed asks no questions")
