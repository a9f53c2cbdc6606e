"""Predictions beside published speeds: within a quarter, or there is a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.device import profiles
from sanderling.device.published import WITHIN, compare, published


def test_a_prediction_is_within_a_quarter_or_there_is_a_reason() -> None:
    for each in compare():
        assert each.within or each.published.why, each
        assert not (each.within and each.published.why), f"{each.published.model}: the reason is out of date"


def test_half_of_the_figures_that_no_profile_was_fitted_to_are_within_a_quarter() -> None:
    offs = [
        off
        for each in compare()
        if not each.published.fitted
        for off in (each.prefill_off, each.decode_off)
        if off is not None
    ]
    assert sum(abs(off) <= WITHIN for off in offs) / len(offs) > 0.5


def test_every_row_has_a_profile_a_source_and_a_speed() -> None:
    for row in published():
        assert row.profile in profiles.names()
        assert row.source
        assert row.prefill_tokens_per_s or row.decode_tokens_per_s
        assert row.bytes > 0 and row.parameters > 0


def test_a_calibration_of_this_device_is_not_used(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    before = compare("raspberry_pi_5")
    assert {each.published.profile for each in before} == {"raspberry_pi_5"}
    assert compare("rk3588") == ()


def test_a_variant_has_the_bandwidth_of_its_chip() -> None:
    (pro,) = [each for each in compare("apple_m4") if each.published.variant == "M4 Pro"]
    base = profiles.predict(profiles.load("apple_m4"), pro.published.bytes, pro.published.parameters)
    assert pro.predicted_decode_tokens_per_s == pytest.approx(base.decode_tokens_per_s * 273 / 120)


def test_the_table_in_the_documentation_is_what_is_predicted() -> None:
    page = (Path(__file__).parents[2] / "docs" / "device-profiles.md").read_text(encoding="utf-8")
    for each in compare():
        row = each.published
        speeds = (
            (row.decode_tokens_per_s, each.predicted_decode_tokens_per_s, each.decode_off),
            (row.prefill_tokens_per_s, each.predicted_prefill_tokens_per_s, each.prefill_off),
        )
        cells = [
            cell
            for known, predicted, off in speeds
            for cell in (
                (" ", " ", " ")
                if known is None or off is None
                else (f" {known:,.4g} ", f" {predicted:,.4g} ", f" {off:+.0%} ")
            )
        ]
        line = "|".join([f"| {row.device} | {row.model} | {row.engine} ", *cells, f" {'yes' if row.fitted else ''} |"])
        assert "".join(line.split()) in "".join(page.split()), line
