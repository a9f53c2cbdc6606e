"""``sanderling route`` and ``sanderling router``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    folder = tmp_path / "sums"
    folder.mkdir()
    lines = [
        {"_id": f"s{i}", "text": f"What is {i} and {i}?", "answers": [str(2 * i)], "kind": "math"} for i in range(9)
    ]
    (folder / "queries.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    return folder


def test_a_route_is_one_line_and_its_explanation_two_tables(call, scripted, memory: Path) -> None:
    asked = ("route", "Who repairs the pump?", "--memory", memory, "--model", "small")
    plain = call(*asked)
    assert plain.code == 0, plain
    assert plain.out.count("\n") == 1
    assert "small, " in plain.out
    assert "router rule" in plain.out
    explained = call(*asked, "--explain", "--budget-ms", "1")
    for word in ("PROBABILITY", "over the budget", "attention_top3", "read"):
        assert word in explained.out
    value = call(*asked, "--explain", "--json").json
    assert value["route"]["model_id"] == "small"
    assert [each["context_bin"] for each in value["choices"]] == ["tiny", "small", "medium", "large"]
    assert call(*asked, "--json").json["router"] == "rule"


def test_collecting_says_how_far_it_is_and_refreshes(
    call, scripted, questions: Path, tmp_path: Path, monkeypatch
) -> None:
    from sanderling.models import registry
    from sanderling.models.inventory import ModelInventory

    small = registry.resolve("small")
    monkeypatch.setattr(
        ModelInventory,
        "of_ladder",
        classmethod(lambda cls, name, detected, n, _engine=None: cls((small,), detected, n)),
    )
    monkeypatch.setattr("sanderling.bench_device.routing.bench.ModelPool", _scripted_resident)
    out = tmp_path / "rows.jsonl"
    asked = ("router", "collect", "--data", questions, "--out", out, "--limit", "2")
    first = call(*asked)
    assert first.code == 0, first
    assert "2 of 2 questions" in first.err
    assert call(*asked, "--refresh", "--json").json == {"questions": 2, "path": str(out)}


def _scripted_resident(_engine, config):
    from sanderling.engines.model_pool import ModelPool

    return ModelPool("scripted", config)


def test_what_cannot_be_collected_is_refused(call, refused, words, questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    refused(call("router", "collect", "--data", questions, "--out", out, "--every", "small"), 2, "MODEL=N")
    refused(call("router", "collect", "--data", tmp_path / "no", "--out", out), 2, "not a workload")


def test_components_are_a_table_for_the_embedder(call, words, questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "hash.npy"
    value = call("router", "components", "--data", questions, "--out", out, "--json").json
    assert value["directions"] == 4
    assert np.load(out).shape == (5, 64)
