"""The answers that ship hold no sentence, train a router for their ladder, and no weights ship without one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gguf_files import lfm2_header
from scripted_model import model

from sanderling.bench_device.policies.shipping import COLLECTED, everything, source
from sanderling.device import profiles
from sanderling.errors import UsageError
from sanderling.models import fit, registry
from sanderling.models.inventory import ModelInventory
from sanderling.router import fastgrnn, installed
from sanderling.router.features import VERSION
from sanderling.router.labels import rows
from sanderling.router.labels.table import Table, tabulate
from sanderling.router.select import router_for
from sanderling.router.training import card
from sanderling.router.training.settings import Settings
from sanderling.router.training.train import train

LADDER = ("smollm2-135m", "gemma3-270m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")


@pytest.fixture(scope="module")
def collected() -> rows.Rows:
    return rows.read(COLLECTED)


@pytest.fixture(scope="module")
def table(collected: rows.Rows) -> Table:
    return tabulate(collected)


@pytest.fixture(scope="module")
def trained(collected: rows.Rows, table: Table) -> bytes:
    """A router of the answers that ship, as ``bench router --ship`` trains it, but for a moment only."""
    settings, of = Settings(epochs=3), source(collected, table)
    made = train(everything(table, settings, 8), table.ladder, VERSION, settings=settings, source=of)
    return fastgrnn.to_bytes(made.weights, int8=True)


def test_the_answers_are_of_the_open_ladder_and_of_contexts_that_there_are(table: Table) -> None:
    assert table.ladder == LADDER
    assert [registry.get(name).rung for name in LADDER] == [1, 2, 3, 4]
    assert table.context_tokens == {"tiny": 96, "small": 160, "medium": 256, "large": 768}
    assert not table.tried[:, :, :2].any()  # they were collected with contexts of 256, 768 and 1,536 tokens
    assert np.isfinite(table.quality[:, :, 2:]).all(axis=(1, 2)).sum() >= 50


def test_weights_of_them_are_small_and_say_what_they_are_of(trained: bytes, collected: rows.Rows, table: Table) -> None:
    assert len(trained) <= 50_000
    weights = fastgrnn.from_bytes(trained)
    said = card.decode(weights.card)
    assert (weights.features_version, said.models, said.questions) == (VERSION, LADDER, len(table))
    assert said.source == source(collected, table)


@pytest.mark.parametrize(
    "name", ["open-small.jsonl.gz", "open-small-naive.jsonl.gz", "contexts.jsonl.gz", "contexts-naive.jsonl.gz"]
)
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


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelInventory:
    """Two models of the ladder."""
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    models = tuple(model(tmp_path, name, rung) for rung, name in ((1, LADDER[0]), (3, LADDER[2])))
    return ModelInventory(models, profiles.choose("generic"))


def test_they_decide_for_these_models_and_for_no_others(tmp_path: Path, monkeypatch, own, trained: bytes) -> None:
    monkeypatch.setattr(installed, "SHIPPED", tmp_path / "shipped.grnn")
    installed.SHIPPED.write_bytes(trained)
    assert router_for("shipped", own).id.startswith("fastgrnn:")
    other = ModelInventory((model(tmp_path, "another", 1),), profiles.choose("generic"))
    with pytest.raises(UsageError, match="was trained for smollm2-135m"):
        router_for("shipped", other)


def test_without_weights_in_the_package_the_rule_decides_and_shipped_is_refused(own: ModelInventory) -> None:
    assert not installed.SHIPPED.exists()
    assert router_for("auto", own).id == "rule"
    with pytest.raises(UsageError, match="ships no router: use  --router rule, or train one with"):
        router_for("shipped", own)
