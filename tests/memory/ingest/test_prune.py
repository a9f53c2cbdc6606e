from __future__ import annotations

import re
import shutil

import pytest

from sanderling.errors import UsageError


def many(count, name="n"):
    return {f"{name}{number}.txt": f"{name} number {number}" for number in range(count)}


def test_an_emptied_folder_loses_nothing(memory, folder):
    """As a card that is not mounted leaves it."""
    root = folder(many(20))
    memory.ingest([root])
    for path in root.iterdir():
        path.unlink()
    with pytest.raises(UsageError, match=re.escape(f"20 notes whose files are gone were kept, since {root} is empty")):
        memory.ingest([root], prune=True)
    assert memory.stats().documents == 20
    assert memory.ingest([root], prune=True, confirm=lambda question: True).removed == 20


@pytest.mark.parametrize("count", [3, 11])
def test_a_missing_folder_loses_nothing_and_the_command_is_named(memory, folder, count):
    root = folder(many(count))
    memory.ingest([root])
    shutil.rmtree(root)
    for prune in (False, True):
        with pytest.raises(UsageError, match="sanderling memory forget"):
            memory.ingest([root], prune=prune)
    assert memory.stats().documents == count


@pytest.mark.parametrize(("before", "left"), [(20, 9), (30, 1)])
def test_most_of_a_folder_is_asked_for(memory, folder, before, left):
    root = folder(many(before))
    memory.ingest([root])
    for number in range(left, before):
        (root / f"n{number}.txt").unlink()
    folder({"new.txt": "new"})
    with pytest.raises(UsageError, match="most of the"):
        memory.ingest([root], prune=True)
    assert memory.stats().documents == before + 1  # what was new is there all the same
    asked = []
    memory.ingest([root], prune=True, confirm=lambda question: bool(asked.append(question)) or True)
    assert f"forget {before - left} notes" in asked[0]
    assert memory.stats().documents == left + 1


@pytest.mark.parametrize(("before", "left"), [(20, 10), (10, 1), (2, 0)])
def test_what_people_delete_is_forgotten_at_once(memory, folder, before, left):
    root = folder(many(before))
    memory.ingest([root])
    for number in range(left, before):
        (root / f"n{number}.txt").unlink()
    assert memory.ingest([root], prune=True).removed == before - left


def test_a_card_below_the_folder_is_noticed(memory, folder):
    root = folder(many(40) | many(12, "card/c"))
    memory.ingest([root])
    for path in (root / "card").iterdir():
        path.unlink()
    with pytest.raises(UsageError, match="card is empty"):
        memory.ingest([root], prune=True)
    (root / "card").rmdir()
    assert memory.ingest([root], prune=True).removed == 12


def test_each_root_is_looked_at_by_itself(memory, folder, tmp_path):
    root = folder(many(40))
    (tmp_path / "card").mkdir()
    for number in range(12):
        (tmp_path / "card" / f"{number}.txt").write_text(f"card {number}")
    memory.ingest([root, tmp_path / "card"])
    shutil.rmtree(tmp_path / "card")
    (root / "n0.txt").unlink()
    with pytest.raises(UsageError, match="card is not there"):
        memory.ingest([root, tmp_path / "card"], prune=True)
    assert memory.stats().documents == 51


def test_a_folder_that_was_never_there_is_pruned_without_harm(memory, folder, tmp_path):
    memory.ingest([folder(many(3))])
    report = memory.ingest([tmp_path / "nowhere"], prune=True)
    assert "the memory holds nothing of it" in report.warnings[0]
    assert memory.stats().documents == 3
    with pytest.raises(UsageError, match="no such file or folder"):
        memory.ingest([tmp_path / "nowhere"])


def test_notes_that_are_left_out_now_are_told_of_and_pruned(memory, folder):
    root = folder({"a.md": "a", "b.md": "b", "Templates/t.md": "t", "Templates/u.md": "u"})
    memory.ingest([root])
    (root / "b.md").unlink()
    report = memory.ingest([root], exclude=["Templates/"])
    assert (report.unchanged, report.left_out, report.gone, report.removed) == (1, 2, 1, 0)
    assert memory.ingest([root], exclude=["Templates/"], prune=True).removed == 3
    folder({".sanderlingignore": "a.md\n", "c.md": "c"})
    assert memory.ingest([root]).left_out == 1


def test_a_folder_that_cannot_be_read_is_not_pruned(memory, folder):
    root = folder({"a.md": "a", "sub/b.md": "b"})
    memory.ingest([root])
    (root / "sub").rename(root / "elsewhere")
    (root / "sub").symlink_to(root / "loop")
    (root / "loop").symlink_to(root / "sub")
    shutil.rmtree(root / "elsewhere")
    assert memory.ingest([root], prune=True).removed == 0
