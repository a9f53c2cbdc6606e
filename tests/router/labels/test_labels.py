"""From answers to labels, over drawn tables and settings."""

from __future__ import annotations

import numpy as np
import pytest
from collected import asked, tried
from collection_header import HEADER, LADDER, TOKENS
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sanderling.constraints import Constraints
from sanderling.errors import UsageError
from sanderling.router import features
from sanderling.router.labels import labels, rows, settings, table
from sanderling.router.labels.arrays import Arrays, arrays

cells = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)),
    st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    min_size=1,
    max_size=36,
)


def tabulated(known: dict[tuple[int, int, int], float]) -> table.Table:
    lines = [HEADER, *(asked(f"t/{row}") for row in range(4))]
    return table.tabulate(rows.gather([*lines, *(tried(f"t/{row}", m, c, q) for (row, m, c), q in known.items())]))


@given(known=cells, seed=st.integers(0, 50))
def test_the_label_is_the_best_allowed_and_the_smallest_context_that_is_as_good(known, seed) -> None:
    made = tabulated(known)
    for setting in settings.drawn(LADDER, TOKENS, 4, seed):
        got = labels.label(made, setting)
        assert not got.allowed[~made.tried].any()
        assert np.isnan(got.utility[~got.allowed]).all()
        assert np.isfinite(got.utility[got.allowed]).all()
        for row in range(len(made)):
            utility = np.where(got.allowed[row], got.utility[row], -np.inf)
            if got.y_model[row] < 0:
                assert not got.allowed[row].any()
                continue
            chosen = utility[got.y_model[row]]
            assert chosen.max() == utility.max()
            assert chosen[got.y_context[row]] >= chosen.max() - labels.EPSILON
            assert (chosen[: got.y_context[row]] < chosen.max() - labels.EPSILON).all()


@given(known=cells, seed=st.integers(0, 50))
def test_time_and_work_only_ever_cost(known, seed) -> None:
    made = tabulated(known)
    (setting,) = settings.drawn(LADDER, TOKENS, 1, seed)
    free = replace(setting, lambda_per_ms=0.0, mu_per_tflop=0.0)
    dear = replace(setting, lambda_per_ms=2 * setting.lambda_per_ms, mu_per_tflop=1.0)
    costs = [labels.label(made, each).utility for each in (free, setting, dear)]
    here = np.isfinite(costs[0])
    assert (costs[0][here] >= costs[1][here]).all()
    assert (costs[1][here] >= costs[2][here]).all()
    np.testing.assert_array_equal(costs[0][here], made.quality[here])


def test_latency_is_that_of_the_setting_and_loading_is_paid_once() -> None:
    made = tabulated({(0, 0, 0): 1.0})
    (setting,) = settings.drawn(LADDER, TOKENS, 1, 0)
    small = replace(
        setting.candidates[0],
        prefill_tokens_per_s=192.0 - labels.KEPT_TOKENS,
        decode_tokens_per_s=4.0,
        load_ms=100.0,
        warm=False,
    )
    cold = replace(setting, candidates=(small, *setting.candidates[1:]))
    assert labels.latency_ms(made, cold)[0, 0, 0] == pytest.approx(1000 + 500 + 100)
    warm = replace(cold, candidates=(replace(small, warm=True), *setting.candidates[1:]))
    assert labels.latency_ms(made, warm)[0, 0, 0] == pytest.approx(1500)
    assert np.isnan(labels.latency_ms(made, warm)[0, 1, 0])
    assert labels.cost_tflop(made, warm)[0, 0, 0] == pytest.approx(2e-12 * setting.parameters[0] * 194)


def test_prices_follow_from_what_a_router_sees() -> None:
    seen: dict[tuple[float | None, float | None], tuple[float, float]] = {}
    for each in settings.drawn(LADDER, TOKENS, 200, 0):
        prices = each.lambda_per_ms, each.mu_per_tflop
        assert seen.setdefault((each.constraints.budget_ms, each.strain.battery), prices) == prices
        assert prices[0] == settings.WORTH_OF_BUDGET / (each.constraints.budget_ms or settings.PATIENCE_MS)
        assert prices[1] >= 0
        assert each.device_class in ("server", "laptop", "board", "phone")
    assert settings.mu_of(None) == settings.mu_of(1.0) == 0 < settings.mu_of(0.2)


def test_every_slot_that_a_setting_decides_varies() -> None:
    made = tabulated({(row, 0, 0): 1.0 for row in range(4)})
    of_setting = (
        "budget",
        "device_class",
        "free_ram",
        "battery",
        "headroom",
        "turn",
        "previous_model",
        "cached_tokens",
        "privacy_any",
        "user_requests",
        "rung0_prefill",
        "rung2_decode",
        "rung1_warm",
    )
    seen = np.vstack([labels.first_step(made, each) for each in settings.drawn(LADDER, TOKENS, 100, 0)])
    assert all(seen[:, features.INDEX[name]].std() > 0 for name in of_setting)


def free_setting() -> settings.Setting:
    from sanderling.device import profiles
    from sanderling.models import registry

    plain = settings.setting(profiles.load("generic"), [registry.get(name) for name in LADDER])
    return replace(plain, lambda_per_ms=0.0)


def test_a_draft_goes_on_only_where_the_next_model_is_worth_its_price() -> None:
    made = tabulated({(0, 0, 1): 0.0, (0, 1, 1): 1.0, (0, 2, 1): 1.0, (1, 0, 1): 0.5})
    got = labels.label(made, free_setting())
    assert got.gain[0, 0, 1] == 1.0
    assert got.gain[0, 1, 1] == 0.0
    assert np.isnan(got.gain[0, 2, 1])  # there is nothing above
    assert np.isnan(got.gain[1]).all()  # nothing above was tried
    dear = labels.label(made, replace(free_setting(), mu_per_tflop=100.0))
    assert dear.gain[0, 0, 1] < 0
    late = labels.label(made, replace(free_setting(), constraints=Constraints(budget_ms=1.0)))
    assert np.isnan(late.gain).all()


def test_a_warmer_answer_counts_where_it_was_better() -> None:
    lines = [
        HEADER,
        asked("t/0"),
        asked("t/1"),
        *(tried(f"t/{row}", 0, 1, 0.0) for row in range(2)),
        tried("t/0", 0, 1, 1.0, temperature=0.7, top_p=0.9),
        tried("t/1", 0, 1, 0.0, temperature=0.7, top_p=0.9),
    ]
    got = labels.label(table.tabulate(rows.gather(lines)), free_setting())
    assert got.y_temperature.tolist() == [0.7, 0.0]
    assert got.y_top_p.tolist() == [0.9, 1.0]


def test_the_second_step_sees_the_draft_and_what_is_left() -> None:
    made = tabulated({(0, 1, 0): 1.0})
    got = labels.label(made, replace(free_setting(), constraints=Constraints(budget_ms=60_000.0)))
    first, second = got.features[0], labels.second_step(made, got, 0, 1, 0)
    at = features.INDEX
    assert first[at["has_draft"]] == 0
    assert second[at["has_draft"]] == 1
    assert second[at["draft_mean_logprob"]] == pytest.approx(-1.0 / 4)
    assert second[at["draft_min_logprob"]] == pytest.approx(-1.5 / 16)
    assert second[at["previous_model"]] == pytest.approx(2 / 4)
    assert 0 < second[at["budget"]] < first[at["budget"]]
    same = [
        name for name in at if not name.startswith("draft_") and name not in ("has_draft", "budget", "previous_model")
    ]
    assert all(first[at[name]] == second[at[name]] for name in same)
    with pytest.raises(KeyError):
        labels.second_step(made, got, 0, 0, 0)


@pytest.mark.parametrize("budget_ms", [None, 900.0, 60_000.0])
def test_all_second_steps_at_once_are_those_of_one_draft_each(budget_ms: float | None) -> None:
    made = tabulated({(0, 1, 0): 1.0, (0, 0, 2): 0.0, (1, 2, 1): 0.5})
    got = labels.label(made, replace(free_setting(), constraints=Constraints(budget_ms=budget_ms)))
    every = labels.second_steps(made, got)
    assert np.isfinite(every).all(axis=3).sum() == len(made.drafts) == 3
    for at in made.drafts:
        np.testing.assert_allclose(every[at], labels.second_step(made, got, *at), rtol=1e-6)


@pytest.mark.parametrize(
    ("question", "scores", "worth"),
    [
        (asked("a"), {"f1": 0.5, "contains": 1.0}, 0.75),
        (asked("a", answerable=False), {"declined": 1.0}, 1.0),
        (asked("a", numeric=True), {"numeric": 0.0, "contains": 1.0}, 0.0),
        (asked("a"), {"judge": 4.0}, 0.75),
    ],
)
def test_quality_is_by_the_kind_of_question(question, scores, worth) -> None:
    answer = tried("a", 0, 0, 0.0)
    assert table.quality(question, replace(answer, scores=replace(answer.scores, **scores))) == worth


@given(known=cells, seed=st.integers(0, 50))
def test_arrays_are_the_labels_row_by_row(known, seed) -> None:
    made, drawn = tabulated(known), settings.drawn(LADDER, TOKENS, 3, seed)
    got = arrays(made, drawn, seed)
    for values in zip(*got, strict=True):
        row = Arrays(*values)
        one = labels.label(made, drawn[row.setting])
        assert row.y_model == one.y_model[row.question] >= 0
        np.testing.assert_array_equal(row.utility[:3], one.utility[row.question])
        assert np.isnan(row.utility[3]).all()
        assert row.first[features.INDEX["has_draft"]] == 0
        assert row.second[features.INDEX["has_draft"]] == 1
        assert np.isnan(row.gain) or row.gain in one.gain[row.question]
    assert len(got.first) == sum((labels.label(made, each).y_model >= 0).sum() for each in drawn)


def test_rows_that_cannot_teach_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match="no answers yet"):
        table.tabulate(rows.gather([HEADER, asked("t/0")]))
    with pytest.raises(UsageError, match="2 ladders"):
        table.tabulate(rows.gather([HEADER, replace(HEADER, ladder=("x",))]))
    with pytest.raises(UsageError, match="no device profile"):
        settings.drawn(LADDER, {"small": 1, "medium": 2, "large": 3}, 1, 0)
    with pytest.raises(ValueError, match="the table of"):
        labels.label(tabulated({(0, 0, 0): 1.0}), settings.drawn(LADDER[:2], TOKENS, 1, 0)[0])


def test_a_quote_is_worth_its_quality_and_the_other_search_is_unknown() -> None:
    quoted = replace(tried("t/1", 0, 0, 0.75), model_id=table.QUOTE)
    lines = [HEADER, *(asked(f"t/{row}") for row in range(2)), *(tried(f"t/{row}", 0, 0, 0.5) for row in range(2))]
    made = table.tabulate(rows.gather([*lines, quoted]))
    np.testing.assert_array_equal(made.quoted, [np.nan, 0.75])
    assert made.tried.sum() == 2
    several = settings.drawn(LADDER, TOKENS, 6, seed=0)
    found = arrays(made, several, seed=0)
    assert np.isnan(found.plan[:, 0]).all()
    np.testing.assert_array_equal(found.plan[:, 1], np.nanmax(found.utility, axis=(1, 2)))
    np.testing.assert_array_equal(found.plan[:, 2], made.quoted[found.question])
