from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling import config
from sanderling.bench_device.retrieval.pagerank import DAMPING, PageRank
from sanderling.bench_device.retrieval.plot import svg
from sanderling.bench_device.retrieval.run import HELD_OUT, LEFT_OUT, MEASURES, compare, measures
from sanderling.bench_device.retrieval.tables import markdown
from sanderling.bench_device.retrieval.training import Ranked, read
from sanderling.errors import UsageError
from sanderling.memory import Memory

DOCUMENTS = [
    {"_id": "kettle", "title": "Blue Kettle", "text": "A kettle that Ada Plum mended in the long winter."},
    {"_id": "plum", "title": "Ada Plum", "text": "Gannet Stacks is home."},
    *({"_id": f"n{i}", "title": f"Winter {i}", "text": f"The winter of year {i} was long."} for i in range(12)),
]


class Counting(HashEmbedder):
    embedded = 0

    def embed(self, texts, on_truncated=None):
        self.embedded += len(texts)
        return super().embed(texts, on_truncated)


@pytest.fixture
def beir(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "home", lambda: tmp_path / "home")
    folder = tmp_path / "tiny"
    folder.mkdir()
    queries = [
        {"_id": "q1", "text": "Where was the one born who mended the Blue Kettle?"},
        {"_id": "q2", "text": "How was the winter of year 7?"},
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in DOCUMENTS))
    (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in queries))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tkettle\t1\nq1\tplum\t1\nq2\tn7\t1\n")
    return folder


def test_measures_by_hand():
    found = measures(["x", "a", "y", "z", "b"], ["a", "b"])
    assert tuple(found) == MEASURES
    assert [found[f"R@{k}"] for k in (2, 5, 10)] == [0.5, 1.0, 1.0]
    assert [found[f"all@{k}"] for k in (2, 5, 10)] == [0.0, 1.0, 1.0]
    assert found["MRR"] == 0.5
    # (1/log2(3) + 1/log2(6)) / (1 + 1/log2(3))
    assert found["nDCG@10"] == pytest.approx((0.6309297535714575 + 0.38685280723454163) / 1.6309297535714575)


def test_every_way_is_measured_over_every_question(beir):
    embedder = Counting()
    report = compare([beir], embedder)
    (tiny,) = report.sets
    assert (tiny.questions, tiny.nodes) == (2, 14)
    assert tiny.edges["cites"] == 1
    by_way = {scored.way: scored for scored in tiny.scored}
    assert len(tiny.samples) == 2 * len(by_way)
    assert by_way["hybrid"].estimates["all@2"].mean == 1.0
    assert by_way["hybrid without cites edges"].estimates["all@2"].mean == 0.5
    assert by_way["dense"].over["dense"]["R@5"].mean == 0.0
    ranked = {(sample.way, sample.question): sample.ranked for sample in tiny.samples}
    assert set(ranked["hybrid", "q1"][:2]) == {"corpus.jsonl#kettle", "corpus.jsonl#plum"}
    # The edges were taken from a copy: the kept memory still has them, and is not made again.
    embedded = embedder.embedded
    again = compare([beir], embedder, limit=1)
    assert embedder.embedded == embedded + 1
    assert again.sets[0].edges == tiny.edges
    assert len(report.raw_jsonl().splitlines()) == len(tiny.samples)
    table = markdown(report)
    # The second note shares no word with the question: its title is in the text of the first.
    second = next(lost for lost in tiny.lost if (lost.hops, lost.place) == (2, 2))
    assert (second.notes, second.fates["in the first 5"]) == (1, 1) and second.channels["cited"] == 1
    assert "| 2 of 2 | 1 | 1.00 |" in table and f"ranked by {tiny.lost_by}" in table
    assert "### tiny" in table and "| hybrid without any edge |" in table and "R@5 of dense" in table


def test_orders_held_out_have_rows_of_their_own(beir, tmp_path):
    orders = [
        Ranked("tiny", "q1", ("corpus.jsonl#kettle", "corpus.jsonl#plum"), ("corpus.jsonl#n1",)),
        Ranked("tiny", "q2", ("corpus.jsonl#n1",), ("corpus.jsonl#n7",)),
        Ranked("another", "q1", (), ()),
    ]
    path = tmp_path / "held.jsonl"
    path.write_bytes(b"\n".join(map(msgspec.json.encode, orders)))
    report = compare([beir], Counting(), held_out=read(path))
    by_way = {scored.way: scored for scored in report.sets[0].scored}
    assert by_way[HELD_OUT].estimates["all@5"].mean == by_way[LEFT_OUT].estimates["all@5"].mean == 0.5
    assert by_way[HELD_OUT].latency_ms is None
    drawn = ElementTree.fromstring(svg(report))
    shown = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"dense", "attention, trained", HELD_OUT, LEFT_OUT} <= shown
    assert not any("cites" in text for text in shown)
    # Rows are of all questions or not at all.
    report = compare([beir], Counting(), held_out=orders[:1])
    assert HELD_OUT not in {scored.way for scored in report.sets[0].scored}
    path.write_text("{}")
    with pytest.raises(UsageError, match="memory train --raw"):
        read(path)


def test_a_changed_corpus_gives_another_memory(beir):
    compare([beir], Counting())
    with (beir / "corpus.jsonl").open("a") as file:
        file.write(json.dumps({"_id": "new", "title": "New", "text": "new"}) + "\n")
    assert compare([beir], Counting()).sets[0].nodes == 15


def test_a_folder_without_judgements_is_refused(beir):
    (beir / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n")
    with pytest.raises(UsageError, match="nothing to measure"):
        compare([beir], Counting())
    with pytest.raises(UsageError, match="not a workload"):
        compare([Path("nowhere")], Counting())


def test_pagerank_is_what_the_linear_system_says(tmp_path):
    rng = np.random.default_rng(0)
    with Memory.open(tmp_path / "p.sanderling", HashEmbedder()) as memory:
        for i in range(8):
            memory.add(f"note {i} {'abcdefgh'[i] * 3}", uri=f"u{i}")
        keys = [node for (node,) in memory.store.database.execute("SELECT key FROM node ORDER BY key")]
        memory.store.database.execute("DELETE FROM edge")
        edges = {
            (int(a), int(b)): float(w)
            for a, b, w in zip(*rng.integers(0, 6, (2, 12)), rng.random(12) + 0.1, strict=True)
            if a != b
        }
        with memory.store.write() as writer:
            writer.add_edges("cites", [(keys[a], keys[b], w) for (a, b), w in edges.items()])
        pagerank = PageRank(memory.store)
        found = pagerank.scores([keys[2], keys[7]])
        ranked = pagerank.rank([keys[2], keys[7]])
        assert pagerank.rank([]) == []
    start = np.zeros(8)
    start[[2, 7]] = [2 / 3, 1 / 3]
    step = np.zeros((8, 8))
    for (a, b), weight in edges.items():
        step[a, b] = weight
    alone = step.sum(axis=1) == 0
    step[~alone] /= step[~alone].sum(axis=1, keepdims=True)
    step[alone] = start
    exact = np.linalg.solve(np.eye(8) - DAMPING * step.T, (1 - DAMPING) * start)
    # The last step moved at most 1e-9 in all, and all steps after it at most as much again.
    assert np.abs(found - exact).sum() <= 2e-9
    assert ranked == [keys[i] for i in np.argsort(-exact, kind="stable") if exact[i] > 1e-12]


def test_a_folder_of_notes_is_measured_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "home", lambda: tmp_path / "home")
    notes = tmp_path / "own" / "notes"
    (notes / "sub").mkdir(parents=True)
    (notes / "sub" / "kettle.md").write_text("# Blue Kettle\nMended by Ada Plum.")
    (notes / "winter.md").write_text("# Winter\nIt was long.")
    question = {
        "id": "a",
        "text": "Who mended the Blue Kettle?",
        "answers": ["Ada"],
        "gold": ["sub/kettle.md"],
        "hops": 1,
    }
    (tmp_path / "own" / "questions.jsonl").write_text(json.dumps(question) + "\n")
    (own,) = compare([tmp_path / "own"], Counting()).sets
    assert {sample.ranked[0] for sample in own.samples if sample.way == "hybrid"} == {"sub/kettle.md"}
    # What changes in a note, and a note of another name, give another memory.
    (notes / "winter.md").rename(notes / "spring.md")
    (notes / "more.md").write_text("# More\nText.")
    assert compare([tmp_path / "own"], Counting()).sets[0].nodes == own.nodes + 1
