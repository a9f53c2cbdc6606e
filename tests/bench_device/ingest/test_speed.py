from __future__ import annotations

import json

import numpy as np
import pytest
from hash_embedder import HashEmbedder
from typer.testing import CliRunner

from sanderling.bench_device.ingest.generated import Generated
from sanderling.bench_device.ingest.growth import STEPS, grow
from sanderling.bench_device.ingest.speed import SLICE, measure
from sanderling.cli.bench import app
from sanderling.errors import UsageError


def quiet(done, total, what):
    assert 0 <= done <= total


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.jsonl"
    lines = [
        {"_id": i, "title": f"Note {i}", "text": f"See Note {i - 1} " + "word " * (300 * (i == 3))}
        for i in range(SLICE + 5)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_every_piece_is_counted_and_only_one_memory_is_linked(corpus):
    report = measure(corpus, HashEmbedder(), on_progress=quiet)
    assert report.pieces == report.nodes == SLICE + 6
    assert [each.pieces for each in report.slices] == [SLICE + 1, 5]
    assert report.edges["follows"] == 1
    assert report.edges["cites"] == SLICE + 5
    assert report.share > 0
    assert report.ingest_per_s > 0
    assert measure(corpus, HashEmbedder(), limit=7, on_progress=quiet).pieces == 8


def test_no_corpus_is_said(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        measure(tmp_path / "corpus.jsonl", HashEmbedder(), on_progress=quiet)


def test_a_generated_memory_grows_in_steps_and_is_searched():
    report = grow(120, 7, seed=3, on_progress=quiet)
    assert [step.documents for step in report.steps] == [120 * i // STEPS for i in range(1, STEPS + 1)]
    assert all(step.linking_ms > 0 and step.rest_ms > 0 for step in report.steps)
    assert (report.documents, report.questions) == (120, 7)
    assert report.edges["cites"] > 60
    assert report.find_ms.p50 > 0
    assert list(report.cpu_ms) == ["search, first time asked", "vector", "candidates", "search"]
    assert all(0 < cpu.p50 <= cpu.p95 for cpu in report.cpu_ms.values())
    assert report.opening.words_bytes > 0


def test_what_is_generated_depends_on_the_seed_alone():
    one, two, other = Generated(50, 4, 1), Generated(50, 4, 1), Generated(50, 4, 2)
    assert list(one.lines()) == list(two.lines()) != list(other.lines())
    assert [text for text, _ in one.questions()] == [text for text, _ in two.questions()]
    assert len(set(one.titles)) == 50
    texts = [json.loads(line)["text"] for line in one.lines()]
    vectors = one.embed(texts)
    assert vectors.shape == (50, one.dim)
    assert np.array_equal(vectors[::-1], one.embed(texts[::-1]))


def test_the_command_wants_something_to_take_in():
    result = CliRunner().invoke(app, ["ingest"])
    assert isinstance(result.exception, UsageError)
    shown = CliRunner().invoke(app, ["ingest", "--generate", "100", "--questions", "2"])
    assert shown.exit_code == 0
    assert "LINKING ms" in shown.output
    assert json.loads(CliRunner().invoke(app, ["ingest", "--generate", "100", "--json"]).output)["questions"] == 300
