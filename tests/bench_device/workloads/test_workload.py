from __future__ import annotations

import json
from pathlib import Path

import pytest

from sanderling.bench_device.workloads import load
from sanderling.errors import UsageError

QUERIES = [
    {"_id": "q1", "text": "Who mends the kettle?", "answers": ["Ada", "Ada Plum"], "kind": "bridge"},
    {"_id": "q2", "text": "In another split?", "answers": ["no"], "kind": "bridge"},
    {"_id": "q3", "text": "Judged irrelevant only?", "answers": []},
]


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "kettles"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "Kettle", "text": "Mended by Ada Plum."}\n')
    (folder / "queries.jsonl").write_text("".join(json.dumps(query) + "\n" for query in QUERIES))
    (folder / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td2\t1\nq1\td1\t1\nq1\td2\t1\nq1\td9\t0\nq3\td1\t0\n"
    )
    return folder


def test_beir_layout(beir: Path) -> None:
    workload = load(beir)
    assert workload.name == "kettles"
    assert workload.notes == beir / "corpus.jsonl"
    (question,) = workload.questions
    assert question.id == "q1"
    assert question.answers == ("Ada", "Ada Plum")
    assert question.gold == ("corpus.jsonl#d2", "corpus.jsonl#d1")
    assert question.hops == 2
    assert question.kind == "bridge"
    assert not question.demo


def test_a_broken_line_is_named(beir: Path) -> None:
    with (beir / "queries.jsonl").open("a") as file:
        file.write("{not json}\n")
    with pytest.raises(UsageError, match=r"queries\.jsonl, line 4"):
        load(beir)


@pytest.mark.parametrize("line", ["q1 d1 1", "q1\td1", "q1\td1\tyes"])
def test_a_broken_judgement_is_named(beir: Path, line: str) -> None:
    (beir / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{line}\n")
    with pytest.raises(UsageError, match=r"qrels\.tsv, line 2"):
        load(beir)


def test_own_layout_by_path(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "questions.jsonl").write_text('{"id": "a", "text": "?", "answers": [], "gold": [], "hops": 1}\n\n')
    workload = load(str(tmp_path))
    assert workload.notes == tmp_path / "notes"
    assert [question.id for question in workload.questions] == ["a"]


@pytest.mark.parametrize("name", ["no-such-workload", "..", ""])
def test_what_is_no_workload_is_refused_with_the_choices(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="station"):
        load(tmp_path / name)


def test_the_station_is_found_by_name() -> None:
    workload = load("station")
    assert workload.name == "station"
    assert workload.notes.is_dir()
    assert len(workload.questions) == 100
