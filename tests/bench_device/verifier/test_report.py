from __future__ import annotations

import xml.etree.ElementTree as xml

import numpy as np
import pytest
from judged_rows import judged_rows

from sanderling.bench_device.verifier import going_on, network, plot, tables
from sanderling.bench_device.verifier.candidates import FASTGRNN, LOGISTIC, UNFITTED, fits
from sanderling.bench_device.verifier.report import Report, calibration_error, report, selective
from sanderling.device import profiles
from sanderling.models import registry
from sanderling.router.labels import settings
from sanderling.router.labels.settings import Setting
from sanderling.router.training.card import decode
from sanderling.router.training.drafts import Drafts, drafts_of
from sanderling.router.training.settings import Settings


@pytest.fixture(scope="module")
def drafts() -> Drafts:
    return drafts_of([judged_rows(60)])


@pytest.fixture(scope="module")
def setting(drafts: Drafts) -> Setting:
    entries = [registry.get(name) for name in drafts.models]
    return settings.setting(profiles.load("generic"), entries)


@pytest.fixture(scope="module")
def found(drafts: Drafts, setting: Setting) -> Report:
    return report(drafts, fits(setting, Settings(hidden=4, epochs=3)), setting, seed=0)


def test_every_verifier_is_judged_on_the_sets_that_it_was_not_fitted_on(found: Report) -> None:
    assert [each.name for each in found.judged] == [UNFITTED, LOGISTIC, FASTGRNN]
    for each in found.judged:
        assert [of.model_id for of in each.models] == ["gemma3-270m", "qwen2.5-coder-0.5b"]
        assert sum(of.drafts for of in each.models) == len(found.drafts)
        assert set(each.models[0].by_set) == {"s0", "s1", "s2"}
        assert 0 <= each.not_sure <= 1
        assert each.calibration_error < 0.5
    assert found.judged[0].models[1].auroc.mean > 0.6
    assert found.best in found.judged


def test_a_verifier_is_best_only_beyond_chance(found: Report) -> None:
    assert set(found.differences) == {LOGISTIC, FASTGRNN}
    if all(each.low <= 0 for each in found.differences.values()):
        assert found.best.name == UNFITTED


def test_the_tables_and_the_plot_hold_every_model_and_set(found: Report) -> None:
    text = tables.markdown(found)
    for name in ("gemma3-270m", "qwen2.5-coder-0.5b", "s0", "s1", "s2", UNFITTED, LOGISTIC, FASTGRNN):
        assert name in text
    drawn = xml.fromstring(plot.svg(found, UNFITTED))
    assert len([each for each in drawn.iter() if each.tag.endswith("polyline")]) == 2


def test_selective_accuracy_counts_equal_confidences_in_proportion() -> None:
    confidence, right = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert selective(confidence, right, 0.25) == 1.0
    assert selective(confidence, right, 0.5) == 0.75
    assert selective(confidence, right, 1.0) == 0.5


def test_the_calibration_error_is_the_mean_distance_over_bins() -> None:
    assert calibration_error(np.full(10, 0.25), np.arange(10) < 2) == pytest.approx(0.05)
    assert calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0.0


def test_going_on_wins_what_the_second_draft_is_better_less_its_price(drafts: Drafts, setting: Setting) -> None:
    nobody = going_on.won(drafts, np.ones(len(drafts)), setting)
    known = going_on.won(drafts, drafts.right.astype(float), setting)
    assert known.mean() > max(nobody.mean(), 0.0)
    # What is right is kept: a second draft could only lose it.
    assert (known[drafts.right] == 0).mean() > 0.9


def test_the_network_learns_wrong_drafts_as_its_last_output(drafts: Drafts, setting: Setting) -> None:
    weights = network.fitted(drafts, setting, Settings(hidden=8, epochs=20))
    assert decode(weights.card).verifies
    sure = network.confidences(weights, drafts, setting)
    assert sure[drafts.right].mean() > sure[~drafts.right].mean()
