"""The router that ships: usable as it is, small, and of answers that hold no sentence."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gguf_files import lfm2_header
from scripted_model import model

from sanderling.bench_device.policies.shipping import COLLECTED, source
from sanderling.device import profiles
from sanderling.errors import UsageError
from sanderling.models import fit, registry
from sanderling.models.inventory import ModelInventory
from sanderling.router import fastgrnn, installed
from sanderling.router.features import VERSION
from sanderling.router.labels import rows
from sanderling.router.labels.table import tabulate
from sanderling.router.select import router_for
from sanderling.router.training import card

LADDER = ("smollm2-135m", "gemma3-270m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")


def test_the_weights_are_small_and_for_the_open_ladder() -> None:
    data = installed.SHIPPED.read_bytes()
    assert len(data) <= 50_000
    weights = fastgrnn.from_bytes(data)
    said = card.decode(weights.card)
    assert (weights.features_version, said.models) == (VERSION, LADDER)
    assert [registry.get(name).rung for name in LADDER] == [1, 2, 3, 4]
    assert said.source in installed.SHIPPED.with_suffix(".md").read_text()


def test_the_weights_are_of_the_answers_that_ship() -> None:
    collected = rows.read(COLLECTED)
    table = tabulate(collected)
    said = card.decode(fastgrnn.from_bytes(installed.SHIPPED.read_bytes()).card)
    assert (table.ladder, said.questions) == (LADDER, len(table))
    assert said.source == source(collected, table)
    assert np.isfinite(table.quality).all(axis=(1, 2)).sum() >= 50


@pytest.mark.parametrize("name", ["open-small.jsonl.gz", "open-small-naive.jsonl.gz"])
def test_the_answers_hold_ids_and_numbers_only(name: str) -> None:
    with gzip.open(COLLECTED.with_name(name), "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["type"] != "collection":
                assert all(" " not in text for text in strings(record)), record


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def test_it_decides_for_these_models_and_for_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    detected = profiles.choose("generic")
    own = ModelInventory(
        tuple(model(tmp_path, name, rung) for rung, name in ((1, LADDER[0]), (3, LADDER[2]))), detected
    )
    assert router_for("shipped", own).id.startswith("fastgrnn:")
    with pytest.raises(UsageError, match="was trained for smollm2-135m"):
        router_for("shipped", ModelInventory((model(tmp_path, "another", 1),), detected))
