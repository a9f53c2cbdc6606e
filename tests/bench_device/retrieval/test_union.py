"""Several sets of questions in one memory: what is asked, what is found, and what each set loses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling import config
from sanderling.bench_device.metrics import quality
from sanderling.bench_device.retrieval.kept import documents, kept_memory
from sanderling.bench_device.retrieval.run import compare
from sanderling.bench_device.retrieval.tables import markdown
from sanderling.bench_device.retrieval.training import folds, note, train, trained
from sanderling.bench_device.retrieval.union import in_union, others, own
from sanderling.bench_device.retrieval.variants import MOST
from sanderling.bench_device.workloads import load
from sanderling.errors import UsageError
from sanderling.memory.retrieve.training.fit import Settings


def write(folder, passages, queries):
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": id_, "title": title, "text": text}) + "\n" for id_, title, text in passages)
    )
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": id_, "text": text}) + "\n" for id_, text, _ in queries)
    )
    judged = [f"{id_}\t{gold}\t1\n" for id_, _, golds in queries for gold in golds]
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judged))
    return folder


@pytest.fixture
def sets(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "home", lambda: tmp_path / "home")
    boats = [(f"d{i}", f"Boat {i}", f"The boat number {i} is painted in colour {i}.") for i in range(6)]
    birds = [(f"d{i}", f"Bird {i}", f"The bird number {i} nests on rock {i}.") for i in range(6)]
    same = ("same", "Tide", "The tide is high at noon.")
    return [
        write(
            tmp_path / "boats", [*boats, same], [(f"q{i}", f"Which colour has Boat {i}?", [f"d{i}"]) for i in range(5)]
        ),
        write(
            tmp_path / "birds",
            [*birds, ("twin", *same[1:])],
            [
                *((f"q{i}", f"Where does Bird {i} nest?", [f"d{i}"]) for i in range(5)),
                ("t", "When is the tide?", ["twin"]),
            ],
        ),
    ]


def test_names_go_there_and_back():
    assert own(in_union("station")) == "station" == own("station") != in_union("station")


def test_one_memory_holds_all_and_each_set_knows_its_own_passages(sets):
    works = [load(each) for each in sets]
    for work, nodes in zip(works, (7, 7), strict=True):
        with kept_memory(work, HashEmbedder(), lambda *_: None, others(work, works)) as memory:
            ids = documents(memory, work, others(work, works))
        assert len(ids) == 14
        mine = {name for name in ids.values() if name.startswith("corpus.jsonl#")}
        assert len(mine) == nodes
        # The passage that both sets have answers in either.
        assert sorted(ids.values()).count("corpus.jsonl#same" if work.name == "boats" else "corpus.jsonl#twin") == 2
        assert sum(name.startswith("/") for name in ids.values()) == 6


def test_a_passage_of_another_set_takes_a_rank(sets, monkeypatch):
    # The intervals, of thousands of resamples, are not what is tested.
    monkeypatch.setattr(quality, "bootstrap_interval", lambda values, *_: (min(values), max(values)))
    report = compare(sets, HashEmbedder(), union=True)
    names = [each.name for each in report.sets]
    assert names == ["boats", "birds", in_union("boats"), in_union("birds")]
    assert [each.nodes for each in report.sets] == [7, 7, 14, 14]
    lost = report.lost_in_union()
    assert set(lost) == {"boats", "birds"}
    for name, of_way in lost.items():
        alone, together = (each for each in report.sets if own(each.name) == name)
        for way in ("dense", "BM25", "hybrid"):
            means = [
                next(scored for scored in each.scored if scored.way == way).estimates["R@5"].mean
                for each in (alone, together)
            ]
            assert of_way[way]["R@5"].mean == pytest.approx(means[0] - means[1])
    sample = next(each for each in report.sets[2].samples if each.way == "dense")
    assert any(name.startswith("/") for each in report.sets[2].samples for name in each.ranked) and sample.ranked
    table = markdown(report)
    assert "### R@5 lost in one memory of all sets" in table and "boats, 7 to 14 nodes" in table
    assert "R@5 lost" not in markdown(compare(sets, HashEmbedder()))


def test_a_union_is_of_several_sets(sets):
    for data in (sets[:1], [sets[0], sets[0]]):
        with pytest.raises(UsageError, match="--union"):
            compare(data, HashEmbedder(), union=True)


def test_a_question_is_in_one_fold_in_both_memories(sets, monkeypatch):
    monkeypatch.setattr(quality, "bootstrap_interval", lambda values, *_: (min(values), max(values)))
    seen = {}
    monkeypatch.setattr(
        "sanderling.bench_device.retrieval.training.trained", lambda everything, *_: seen.update(asked=everything)
    )
    train(sets, HashEmbedder(), Settings(), union=True)
    asked = seen["asked"]
    assert [each.example.group for each in asked].count(in_union("birds")) == 6 and len(asked) == 22
    fold = folds(asked, 0)
    for name in ("boats", "birds"):
        of = {}
        for at, each in enumerate(asked):
            if own(each.example.group) == name:
                of.setdefault(each.question.id, set()).add(int(fold[at]))
        assert all(len(folds_of) == 1 for folds_of in of.values()) and len(set.union(*of.values())) == 5
    assert {len(each.example.variants) for each in asked} == {MOST}
    assert all(variant.gold.any() for each in asked for variant in each.example.variants if each.example.gold.any())
    result = trained(asked, Settings(epochs=1, members=1))
    # What is left out is a set in both memories.
    assert set(result.left_out) == set(result.held_out) == {"boats", "birds", in_union("boats"), in_union("birds")}
    assert np.isfinite(result.weights.direct).all()
    assert "the questions and passages of boats, birds; of these" in note(result, "train", "0", "hash")
