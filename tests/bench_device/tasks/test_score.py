from __future__ import annotations

import pytest

from sanderling.bench_device.tasks.score import score
from sanderling.bench_device.tasks.workload import Task

CATEGORY = Task(id="c", labels=("person", "machine"), label="person")
FIELDS = Task(id="e", fields={"date": ("30 May 2024",), "found_by": ("Wen Talbot",)})
QUESTION = Task(id="a", answers=("Tomas Brekke",))
NOTES = Task(id="m", facts=(("44 volts",), ("impeller",), ("three red flares", "flares")))


@pytest.mark.parametrize(
    ("kind", "task", "reply", "expected"),
    [
        ("classification", CATEGORY, '"person"', 1.0),
        ("classification", CATEGORY, '"machine"', 0.0),
        ("classification", CATEGORY, "person", 0.0),  # no JSON
        ("classification", CATEGORY, '"pers', 0.0),
        ("extraction", FIELDS, '{"date": "30 May 2024", "found_by": "Wen Talbot"}', 1.0),
        ("extraction", FIELDS, '{"date": "30 May 2024", "found_by": "[Wen Talbot](wen-talbot.md)"}', 0.5 + 0.5 * 4 / 5),
        ("extraction", FIELDS, '{"date": "30 May 2024"}', 0.5),
        ("extraction", FIELDS, '{"date": "30 May', 0.0),
        ("extraction", FIELDS, "[]", 0.0),
        ("answers", QUESTION, "Tomas Brekke.", 1.0),
        ("answers", QUESTION, "Brekke", 2 / 3),
        ("answers", QUESTION, "", 0.0),
        ("summaries", NOTES, "At 44 volts the impeller broke; flares were fired.", 1.0),
        ("summaries", NOTES, "The impellers broke.", 0.0),
        ("summaries", NOTES, "An impeller.", 1 / 3),
    ],
)
def test_replies_are_scored(kind, task, reply, expected) -> None:
    assert score(kind, task, reply) == pytest.approx(expected)
