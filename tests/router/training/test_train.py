"""A training on a task with known answers, and the parts it is made of."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from routing_task import MODELS, SECRET, task

from sanderling.router import fastgrnn
from sanderling.router.fastgrnn import ESCALATE, PLAN
from sanderling.router.training import calibrate, card, curriculum, judge
from sanderling.router.training.adamw import AdamW
from sanderling.router.training.examples import NO_LABEL, Examples, from_utilities, split
from sanderling.router.training.measure import chosen, measure, outputs
from sanderling.router.training.settings import Settings
from sanderling.router.training.sweep import sweep
from sanderling.router.training.train import Trained, accepting, train
from sanderling.router.training.weights import parameters_of


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(task(2000, 0), MODELS, 7, source="the task", made="2026-11-23")


@pytest.fixture(scope="module")
def unseen() -> Examples:
    return task(1000, 1)


def outputs_of(weights: fastgrnn.Weights, rows: Examples) -> list[np.ndarray]:
    return outputs(parameters_of(weights), rows, weights.mean, weights.std)


def test_a_trained_router_beats_every_fixed_choice(trained: Trained, unseen: Examples) -> None:
    best_utility = np.nanmax(unseen.utility, axis=(1, 2))
    everywhere = unseen.take(unseen.allowed.all(axis=(1, 2)))
    fixed = (np.nanmax(everywhere.utility, axis=(1, 2))[:, None, None] - everywhere.utility).mean(axis=0)
    got = measure(outputs_of(trained.weights, unseen), unseen)
    assert got.pair_regret < fixed.min() / 4
    assert got.model_accuracy > 0.75
    model, context = chosen(outputs_of(trained.weights, unseen)[0], unseen.allowed)
    regret = best_utility - unseen.utility[np.arange(len(unseen)), model, context]
    assert regret.mean() == pytest.approx(got.pair_regret)


def test_the_second_step_knows_what_only_the_draft_tells(trained: Trained, unseen: Examples) -> None:
    told = measure(outputs_of(trained.weights, unseen), unseen)
    second = unseen.second.copy()
    second[:, SECRET] = 0
    untold_rows = Examples(**{**vars(unseen), "second": second})
    untold = measure(outputs_of(trained.weights, untold_rows), untold_rows)
    assert told.escalate_accuracy > 0.9 > 0.65 > untold.escalate_accuracy
    assert told.escalate_regret < untold.escalate_regret / 10


def test_the_plan_head_learns_where_a_quote_is_enough(trained: Trained) -> None:
    assert card.decode(trained.weights.card).plans == ()

    def quotable(rows: Examples) -> Examples:
        plan = rows.plan.copy()
        plan[:, 2] = plan[:, 1] + np.where(rows.first[:, 0] > 0, 0.5, -0.5)
        return Examples(**{**vars(rows), "plan": plan})

    made = train(quotable(task(1200, 0)), MODELS, 7, settings=Settings(epochs=40, learning_rate=0.01))
    assert card.decode(made.weights.card).plans == ("graph", "quote")
    rows = quotable(task(500, 1))
    _, graph, quote = outputs_of(made.weights, rows)[0][:, PLAN].T
    # Chance is one half; the rest are rows whose feature is near 0.
    assert ((quote > graph) == (rows.plan[:, 2] > rows.plan[:, 1])).mean() > 0.9


def test_the_file_routes_as_the_training_measured(trained: Trained) -> None:
    weights = fastgrnn.from_bytes(fastgrnn.to_bytes(trained.weights))
    rows = split(task(2000, 0), trained.settings.held_out, trained.settings.seed)[1]
    assert measure(outputs_of(weights, rows), rows) == trained.float32
    assert len(fastgrnn.to_bytes(trained.weights)) < 50_000
    small = fastgrnn.to_bytes(trained.weights, int8=True)
    assert len(small) < 10_000
    assert trained.int8_agreement > 0.95
    said = card.decode(weights.card)
    assert (said.models, said.rows, said.made, said.source) == (MODELS, 2000, "2026-11-23", "the task")
    assert said.held_out == trained.float32
    assert weights.features_version == 7


def test_the_extension_chooses_as_the_training_does(trained: Trained, unseen: Examples) -> None:
    from sanderling._core import FastGrnn

    _, heads = FastGrnn.from_bytes(fastgrnn.to_bytes(trained.weights)).steps(unseen.first)
    ours = outputs_of(trained.weights, unseen)[0]
    # Both in float32, sums of 64 terms of size 1 in different orders, ending in logits below 10.
    np.testing.assert_allclose(heads[:, :11], ours[:, :11], rtol=0, atol=64 * 2.0**-24 * 10)


def test_the_same_seed_gives_the_same_file() -> None:
    settings = Settings(epochs=3)
    files = [fastgrnn.to_bytes(train(task(300, 0), MODELS, 1, settings=settings, made="x").weights) for _ in range(2)]
    assert files[0] == files[1]
    other = train(task(300, 0), MODELS, 1, settings=msgspec.structs.replace(settings, seed=1), made="x")
    assert fastgrnn.to_bytes(other.weights) != files[0]


def test_low_rank_learns_too() -> None:
    got = train(task(1500, 0), MODELS, 1, settings=Settings(rank_w=8, rank_u=4, hidden=16))
    assert [factor.shape for factor in got.weights.w] == [(16, 8), (8, 64)]
    assert got.float32.model_accuracy > 0.7


def test_features_that_never_vary_have_no_say(trained: Trained, unseen: Examples) -> None:
    moved = unseen.first.copy()
    moved[:, 50:] = 1
    rows = Examples(**{**vars(unseen), "first": moved})
    got, expected = (outputs_of(trained.weights, each)[0] for each in (rows, unseen))
    np.testing.assert_array_equal(got, expected)


def test_examples_without_drafts_train_one_step() -> None:
    of = task(300, 0)
    rows = Examples(**{**vars(of), "second": None})
    got = train(rows, MODELS, 1, settings=Settings(epochs=2))
    assert got.float32.escalate_accuracy == 0
    assert card.decode(got.weights.card).drafts == 0


def test_a_sweep_trains_every_size_with_every_seed() -> None:
    every = sweep(task(300, 0), MODELS, 1, hidden=(4, 16), seeds=(0, 1), settings=Settings(epochs=4))
    assert [(t.settings.hidden, t.settings.seed) for t in every] == [(4, 0), (4, 1), (16, 0), (16, 1)]
    assert every[0].float32 != every[1].float32


def test_labels_follow_from_utilities() -> None:
    utility = np.full((2, 4, 4), np.nan)
    utility[0, 1] = [0.40, 0.50, 0.59, 0.60]
    utility[0, 2] = [0.1, 0.2, 0.3, 0.3]
    utility[1, 0, 2] = -1.0
    rows = from_utilities(np.zeros((2, 3), dtype=np.float32), utility, epsilon=0.02)
    assert (rows.y_model.tolist(), rows.y_context.tolist()) == ([1, 0], [2, 2])


def test_wrong_examples_are_refused() -> None:
    good = vars(task(20, 0))
    for field, value, said in (
        ("gain", np.zeros(3), "gain has 3 rows"),
        ("utility", np.zeros((20, 4, 3)), "utilities of shape"),
        ("utility", np.full((20, 4, 4), np.nan), "allows no choice"),
        ("first", np.full((20, 64), np.nan), "hold NaN"),
    ):
        with pytest.raises(ValueError, match=said):
            Examples(**{**good, field: value})
    with pytest.raises(ValueError, match="single question"):
        split(Examples(**{**good, "question": np.zeros(20, dtype=np.int64)}), 0.2, 0)


@given(st.integers(2, 30), st.floats(0.01, 0.99), st.integers(0, 5))
def test_a_question_is_never_on_both_sides(questions: int, share: float, seed: int) -> None:
    of = task(60, 0)
    rows = Examples(**{**vars(of), "question": np.arange(60) % questions})
    left, right = split(rows, share, seed)
    assert not set(left.question) & set(right.question)
    assert len(left) > 0 and len(right) > 0 and len(left) + len(right) == 60


def test_the_curriculum_begins_with_what_is_clear() -> None:
    utility = np.full((3, 4, 4), np.nan)
    utility[:, 0, 0] = 0.5
    utility[0, 1, 0], utility[1, 1, 0] = 0.5, 0.1
    rows = from_utilities(np.zeros((3, 2), dtype=np.float32), utility)
    assert curriculum.ambiguity(rows).tolist() == [1.0, 0.0, 0.0]
    shares = [curriculum.competence(epoch, 10) for epoch in range(10)]
    assert shares == sorted(shares) and shares[0] == pytest.approx(curriculum.START) and shares[-1] == 1.0
    first = np.concatenate(list(curriculum.batches(np.arange(100), 0.3, 8, np.random.default_rng(0))))
    assert sorted(first) == list(range(30))


def test_temperature_scaling_mends_overconfidence() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 4))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(4, p=row) for row in p])
    allowed = np.ones_like(p, dtype=bool)
    # The labels are drawn from these very logits, so three times them are too sure by exactly 3. The estimate's own
    # deviation is some 1 / sqrt(4000 · variance of the logits), 3 %; five of them.
    assert calibrate.temperature(3 * logits, allowed, labels) == pytest.approx(3, rel=0.15)
    before = calibrate.calibration_error(3 * logits, allowed, labels)
    assert calibrate.calibration_error(logits, allowed, labels) < before / 4
    assert calibrate.temperature(logits[:0], allowed[:0], labels[:0]) == 1.0


def test_adamw_is_the_papers_first_step() -> None:
    parameters = {"w0": np.array([[2.0]]), "b_z": np.array([2.0])}
    AdamW(parameters, decay=0.1).step({"w0": np.array([[0.5]]), "b_z": np.array([0.5])}, 0.01)
    # After one step both moments equal the gradient and its square, so the step is its sign times the rate.
    assert parameters["w0"][0, 0] == pytest.approx(2 * (1 - 0.001) - 0.01)
    assert parameters["b_z"][0] == pytest.approx(2 - 0.01)


def test_rows_without_labels_are_only_routed_by_utility() -> None:
    rows = task(1500, 0)
    unknown = np.full(len(rows), NO_LABEL)
    got = train(Examples(**{**vars(rows), "y_model": unknown, "y_context": unknown}), MODELS, 1)
    assert got.float32.model_accuracy == 0
    regrets = np.nanmax(rows.utility, axis=(1, 2), keepdims=True) - rows.utility
    assert got.float32.pair_regret < np.nanmean(regrets, axis=0).min() / 2


def test_weights_can_be_made_to_accept_every_draft(trained: Trained, unseen: Examples) -> None:
    after = accepting(trained.weights)
    before, now = outputs_of(trained.weights, unseen), outputs_of(after, unseen)
    for step, untouched in zip(now, before, strict=True):
        assert (step[:, ESCALATE] < -10).all()
        np.testing.assert_array_equal(step[:, :ESCALATE], untouched[:, :ESCALATE])
    assert (card.decode(trained.weights.card).escalates, card.decode(after.card).escalates) == (True, False)
    assert card.decode(after.card).held_out == trained.float32


def test_refusing_drafts_is_judged_by_what_it_wins(trained: Trained, unseen: Examples) -> None:
    assert judge.refusing(trained.weights, unseen).low > 0
    assert judge.refusing(accepting(trained.weights), unseen).mean == 0
    against = Examples(**{**vars(unseen), "gain": -unseen.gain})
    assert judge.refusing(trained.weights, against).high < 0
    with pytest.raises(ValueError, match="no rows"):
        judge.refusing(trained.weights, Examples(**{**vars(unseen), "gain": np.full(len(unseen), np.nan)}))
