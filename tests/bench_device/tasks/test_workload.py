from __future__ import annotations

import pytest

from sanderling.bench_device.metrics.quality import contains
from sanderling.bench_device.tasks.workload import note_text, tasks
from sanderling.models.task_choice import TASK_KINDS


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_every_kind_has_enough_tasks_for_an_interval(kind) -> None:
    found = tasks(kind)
    assert len(found) >= 12
    assert len({task.id for task in found}) == len(found)


def shown(names: tuple[str, ...]) -> str:
    return "\n".join(map(note_text, names)).replace("](", "] (").replace("*", "")


def test_every_category_is_on_its_list_and_every_list_is_used() -> None:
    found = tasks("classification")
    assert all(task.label in task.labels for task in found)
    assert {task.label for task in found} == {label for task in found for label in task.labels}
    # Also of a short run.
    assert len({task.label for task in found[:12]}) == 12


def test_the_notes_hold_every_field_and_every_fact() -> None:
    for task in tasks("extraction"):
        for name, accepted in task.fields.items():
            assert any(contains(shown(task.notes), [each]) for each in accepted), (task.id, name)
    for task in tasks("summaries"):
        for fact in task.facts:
            assert any(contains(shown(task.notes), [each]) for each in fact), (task.id, fact)


def test_tags_do_not_give_a_category_away() -> None:
    assert "tags:" not in note_text("vault/Recipes/Bagels.md")
    assert note_text("vault/Recipes/Bagels.md").startswith("Bagels\n")


def test_a_note_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        note_text("station/none.md")
