"""Which router decides: asked for by name, or the best there is for the models at hand."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from gguf_files import lfm2_header
from scripted_model import model

from sanderling.device import profiles
from sanderling.errors import UsageError
from sanderling.models import fit
from sanderling.models.inventory import ModelInventory
from sanderling.router import fastgrnn, features, installed
from sanderling.router.rule import RuleRouter
from sanderling.router.select import router_for
from sanderling.router.training import card


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelInventory:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    return ModelInventory((model(tmp_path, "small", 1), model(tmp_path, "big", 2)), profiles.choose("generic"))


def weights(*models: str, seed: int = 0, features_version: int = features.VERSION) -> bytes:
    rng = np.random.default_rng(seed)
    of = fastgrnn.Weights(
        features_version=features_version,
        mean=np.zeros(64),
        std=np.ones(64),
        w=(rng.normal(size=(4, 64)),),
        u=(rng.normal(size=(4, 4)),),
        b_z=np.zeros(4),
        b_h=np.zeros(4),
        zeta=1.0,
        nu=-4.0,
        heads=rng.normal(size=(fastgrnn.OUTPUTS, 4)),
        bias=np.zeros(fastgrnn.OUTPUTS),
        card=card.encode(card.Card(models=models)),
    )
    return fastgrnn.to_bytes(of)


def test_without_anything_for_these_models_the_rule_decides(inventory: ModelInventory) -> None:
    assert isinstance(router_for("auto", inventory), RuleRouter)
    assert isinstance(router_for("rule", inventory), RuleRouter)
    with pytest.raises(UsageError, match="no router is installed"):
        router_for("learned", inventory)


def test_what_ships_decides_when_asked_and_what_is_installed_by_itself(
    inventory: ModelInventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "shipped.grnn"
    monkeypatch.setattr(installed, "SHIPPED", shipped)
    shipped.write_bytes(weights("small", "other"))
    with pytest.raises(UsageError, match="was trained for small, other"):
        router_for("shipped", inventory)
    shipped.write_bytes(weights("small", "big", "bigger"))
    ships = router_for("shipped", inventory).id
    assert ships.startswith("fastgrnn:")
    assert ships == router_for(str(shipped), inventory).id
    assert isinstance(router_for("auto", inventory), RuleRouter)
    installed.install(weights("small", "big", seed=1), "fastgrnn:x", ())
    assert router_for("auto", inventory).id == router_for("learned", inventory).id != ships
    assert isinstance(router_for("rule", inventory), RuleRouter)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (weights("big", "small"), "was trained for big, small"),
        (weights("small", "big", features_version=1), "train them again"),
    ],
)
def test_an_installed_router_that_does_not_fit_is_passed_over_with_a_word(
    inventory: ModelInventory, data: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    installed.install(data, "fastgrnn:x", ())
    with caplog.at_level(logging.WARNING):
        assert isinstance(router_for("auto", inventory), RuleRouter)
    assert why in caplog.text
    with pytest.raises(UsageError, match=why):
        router_for("learned", inventory)
