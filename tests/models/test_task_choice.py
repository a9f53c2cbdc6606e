from __future__ import annotations

import pytest
from msgspec.structs import replace
from scripted_model import model

from sanderling.device import profiles
from sanderling.models import fit, task_choice
from sanderling.models.inventory import ModelInventory
from sanderling.models.task_choice import TaskChoice, chosen, model_for, read, record


def choice(kind="summaries", model_id="large", quant="none", template="minimal") -> TaskChoice:
    return TaskChoice(
        kind=kind,
        model_id=model_id,
        quant=quant,
        template=template,
        score=0.5,
        low=0.4,
        high=0.6,
        median_ms=100.0,
        tasks=12,
        engine="scripted",
        timestamp="2026-11-29T21:00:00+00:00",
    )


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def inventory(home, tmp_path, monkeypatch) -> ModelInventory:
    from gguf_files import lfm2_header

    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    return ModelInventory((model(tmp_path, "small", 1), model(tmp_path, "large", 2)), profiles.choose("generic"))


def test_nothing_is_chosen_before_the_benchmark(inventory) -> None:
    assert read() == {}
    assert chosen("summaries", inventory) is None
    assert model_for("summaries", inventory) == "small"


def test_a_choice_is_kept_and_replaced_by_kind(inventory) -> None:
    record([choice(), choice("extraction", "small")])
    record([choice(template="standard")])
    assert {kind: (each.model_id, each.template) for kind, each in read().items()} == {
        "summaries": ("large", "standard"),
        "extraction": ("small", "minimal"),
    }
    assert model_for("summaries", inventory) == "large"
    assert task_choice.path().stat().st_mode & 0o777 == 0o600


def test_a_kind_for_which_no_model_is_good_enough_is_forgotten(inventory) -> None:
    record([choice()])
    record([], unfit=["summaries"])
    assert read() == {}


@pytest.mark.parametrize("gone", [{"model_id": "third"}, {"quant": "Q8_0"}])
def test_a_choice_of_what_is_not_here_does_not_count(inventory, gone) -> None:
    record([replace(choice(), **gone)])
    assert chosen("summaries", inventory) is None
    assert model_for("summaries", inventory) == "small"


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b'[{"kind": "cooking"}]'])
def test_a_file_that_cannot_be_read_is_passed_over_and_replaced(inventory, home, content, caplog) -> None:
    home.mkdir(exist_ok=True)
    task_choice.path().write_bytes(content)
    assert chosen("summaries", inventory) is None
    assert "sanderling bench tasks" in caplog.text
    record([choice()])
    assert model_for("summaries", inventory) == "large"
