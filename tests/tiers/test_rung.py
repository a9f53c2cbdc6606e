from __future__ import annotations

import pytest

from sanderling.models import registry
from sanderling.tier import TierModel
from sanderling.tiers.rung import parameters_of, rung_of

LADDER = registry.ladder("lfm2")


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (TierModel(id="LiquidAI/LFM2-2.6B"), 2.6e9),
        (TierModel(id="qwen2.5:7b-instruct"), 7e9),
        (TierModel(id="HuggingFaceTB/SmolLM2-135M-Instruct"), 135e6),
        (TierModel(id="gpt-9"), 0.0),
        (TierModel(id="x-2.6B", parameters=1e9), 1e9),
    ],
)
def test_the_size_is_read_from_the_name(model: TierModel, parameters: float) -> None:
    assert parameters_of(model) == parameters


def test_each_model_of_the_ladder_stands_on_its_own_rung_and_the_unknown_on_the_largest() -> None:
    for entry in LADDER:
        assert rung_of(TierModel(id="x", parameters=entry.parameters), LADDER) == entry.rung - 1
    assert rung_of(TierModel(id="gpt-9"), LADDER) == 3
    assert rung_of(TierModel(id="x-70B"), LADDER[:2]) == 2, "larger than all: a rung above"
    assert rung_of(TierModel(id="x-1B"), ()) == 3
