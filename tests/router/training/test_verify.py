from __future__ import annotations

import numpy as np
import pytest
from judged_rows import judged_rows

from sanderling.router.training import verify
from sanderling.router.training.drafts import Drafts, Floats, drafts_of
from sanderling.router.verifier.gains import Gains
from sanderling.router.verifier.signals import columns


@pytest.fixture(scope="module")
def drafts() -> Drafts:
    return drafts_of([judged_rows(90)])


def test_the_regression_finds_what_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 3)) * (1.0, 10.0, 0.1)
    p = 1 / (1 + np.exp(-(0.5 + x @ np.array([1.0, -0.2, 0.0]))))
    coefficients, intercept = verify.regression(x, rng.random(4000) < p, np.full(3, 1.0))
    # Standard errors are about .04, .004 and .4 at this many rows.
    assert (np.abs(coefficients - [1.0, -0.2, 0.0]) < [0.16, 0.016, 1.6]).all()
    assert intercept == pytest.approx(0.5, abs=0.16)


def test_labels_that_one_signal_parts_do_not_run_away() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    coefficients, _ = verify.regression(x, x[:, 0] > 0, np.array([1.0]))
    assert 0 < coefficients[0] < 100


@pytest.mark.parametrize("fit", [verify.unfitted, verify.logistic])
def test_a_fitted_verifier_is_calibrated_on_other_drafts(drafts: Drafts, fit) -> None:
    half = drafts.question % 2 == 0
    confidence = fit(drafts.take(half)).confidences(drafts.take(~half).values)
    right = drafts.take(~half).right
    assert confidence.mean() == pytest.approx(right.mean(), abs=0.1)
    assert confidence[right].mean() > confidence[~right].mean() + 0.1


def test_forty_drafts_are_enough_to_fit(drafts: Drafts) -> None:
    few = drafts.take(np.arange(40))
    for fit in (verify.unfitted, verify.logistic):
        assert np.isfinite(fit(few).confidences(drafts.values)).all()


def test_the_threshold_keeps_its_word_and_never_parts_equals() -> None:
    confidence = np.repeat([0.1, 0.2, 0.3, 0.9], 30)
    right = np.zeros(120, dtype=bool)
    right[60:75] = True  # half of those at .3
    right[90:] = True
    found = verify.threshold(confidence, right, wrong=0.9)
    assert 0.2 < found <= 0.3
    assert (~right[confidence < found]).mean() >= 0.9
    assert verify.threshold(confidence, np.ones(120, dtype=bool)) == 0.0


def test_nobody_judges_a_draft_that_it_was_fitted_on(drafts: Drafts) -> None:
    seen: list[set[int]] = []

    def fit(others: Drafts):
        seen.append(set(others.set.tolist()))

        def confidences(judged: Drafts) -> Floats:
            return np.full(len(judged), 0.5)

        return confidences

    held = verify.held_out(drafts, drafts.set, fit)
    assert seen == [{1, 2}, {0, 2}, {0, 1}]
    assert (held.confidence == 0.5).all()
    np.testing.assert_allclose(held.score, 0.0)
    scored = verify.held_out(drafts, drafts.set, fit, lambda each: each.quality)
    assert (scored.score == drafts.quality).all()


def test_gains_are_lines_drawn_towards_the_default(drafts: Drafts) -> None:
    sure = np.where(drafts.right, 1.0, 0.0)
    found = {(g.model_id, g.context_bin, g.to_model_id, g.to_context_bin): g for g in verify.gains(drafts, sure)}
    grown = found["qwen2.5-coder-0.5b", "tiny", "qwen2.5-coder-0.5b", "medium"]
    assert grown.questions == 90
    assert grown.at_zero > 0 > grown.at_one
    # With no weight of the default, the line is the mean over wrong and over right drafts.
    bare = {(g.model_id, g.context_bin, g.to_model_id, g.to_context_bin): g for g in verify.gains(drafts, sure, 0.0)}
    first = (drafts.model == 1) & (drafts.context == 0)
    second = (drafts.model == 1) & (drafts.context == 2)
    change = drafts.quality[second] - drafts.quality[first]
    assert bare["qwen2.5-coder-0.5b", "tiny", "qwen2.5-coder-0.5b", "medium"].at_zero == pytest.approx(
        change[~drafts.right[first]].mean(), abs=1e-4
    )
    heavy = {(g.model_id, g.context_bin, g.to_model_id, g.to_context_bin): g for g in verify.gains(drafts, sure, 1e9)}
    default = Gains().of("gemma3-270m", "tiny", "gemma3-270m", "small", drafts.parameters[0])
    assert heavy["gemma3-270m", "tiny", "gemma3-270m", "small"].at_zero == pytest.approx(default.at_zero, abs=1e-4)
    assert not any(g.model_id == "qwen2.5-coder-0.5b" and g.to_model_id == "gemma3-270m" for g in found.values())


def test_too_few_questions_give_no_gain() -> None:
    few = drafts_of([judged_rows(verify.LEAST_PAIRS - 1)])
    assert verify.gains(few, np.full(len(few), 0.5)) == ()


def test_the_columns_of_no_signals_are_an_empty_table() -> None:
    assert columns([]).shape[0] == 0
