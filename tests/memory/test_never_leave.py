from __future__ import annotations

import pytest
from canaries import NOTES, PRIVATE, PUBLIC, plant, rules
from tiered import tiered

from sanderling.memory.never_leave import GONE, WRITTEN, NeverLeave
from sanderling.privacy import PrivacySettings


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    with tiered(tmp_path, monkeypatch, notes=NOTES) as opened:
        plant(opened)
        yield opened


def withheld(runtime, *given: str) -> dict[str, str]:
    nodes = {node.key: node for node in runtime.memory.nodes(range(1, 20))}
    found = NeverLeave(runtime.memory, given).among(list(nodes))
    return {nodes[key].uri.rpartition("/")[2] or nodes[key].type: why for key, why in found.items()}


def test_each_rule_covers_its_notes_and_no_other(runtime, tmp_path) -> None:
    given = rules(str(tmp_path / "notes"))
    assert withheld(runtime) == {"memory": WRITTEN}
    for kind, (name, _) in PRIVATE.items():
        found = withheld(runtime, given[kind])
        assert set(found) == {name.rpartition("/")[2], "memory", "summary"}, kind
        assert not set(found) & set(PUBLIC)


@pytest.mark.parametrize(
    "rule", ["HEALTH", "domain:Health", " health ", "tag:PRIVATE", "tag:#private", "tag:private/money"]
)
def test_case_and_spelling_do_not_matter(runtime, rule: str) -> None:
    assert len(withheld(runtime, rule)) == 3


def test_a_note_that_is_gone_stays(runtime) -> None:
    assert NeverLeave(runtime.memory, ()).among([99_999]) == {99_999: GONE}


def test_a_folder_is_found_through_a_link_and_a_neighbour_is_not(runtime, tmp_path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "notes")
    assert "monday.md" in withheld(runtime, f"folder:{tmp_path}/link/diary/")
    assert "monday.md" not in withheld(runtime, f"folder:{tmp_path}/notes/dia")


@pytest.mark.parametrize("rule", ["", " ", "tag:", "folder: ", "tags:private", "tag", "domain:"])
def test_a_rule_that_names_nothing_is_refused(rule: str) -> None:
    if rule == "tag":  # a domain of this name, which is allowed
        PrivacySettings(never_leave=(rule,))
        return
    with pytest.raises(ValueError, match="write a domain, tag:NAME or folder:PATH"):
        PrivacySettings(never_leave=(rule,))
