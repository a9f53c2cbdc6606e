from __future__ import annotations

import numpy as np
from collection_header import LADDER, TOKENS, asked

from sanderling.bench_device.policies.line_up import line_up
from sanderling.router import features
from sanderling.router.labels.table import Table


def test_the_cells_that_were_collected_and_the_paths_between_them_play():
    questions = tuple(asked(number, features.of_query("Who?")) for number in range(8))
    quality = np.full((8, len(LADDER), 4), np.nan)
    quality[:, 0, 1] = quality[:, 1, 0] = quality[:, 1, 1] = 1.0
    quality[0, 1, 3] = 1.0
    names = [policy.name for policy in line_up(Table(LADDER, TOKENS, questions, quality, quality, quality, {}, {}))]
    small, big = LADDER[:2]
    assert {"rule", "price-aware table", "noise ceiling", f"{small} small", f"{big} tiny", f"{big} small"} < set(names)
    assert f"{big} tiny to small, words" in names
    assert f"{small} small to {big} small, perfect gate" in names
    assert not any("large" in name for name in names)
    assert len(set(names)) == len(names)
