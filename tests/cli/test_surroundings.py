"""Odd terminals, environments and paths: a command works, or says in one line why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.memory.upkeep.compaction import compact
from sanderling.memory.upkeep.repair import repair
from sanderling.memory.upkeep.verification import verify

ENVIRONMENTS = {
    "a dumb terminal": {"TERM": "dumb"},
    "no terminal at all": {"TERM": ""},
    "no colour": {"NO_COLOR": "1"},
    "20 columns": {"COLUMNS": "20"},
    "no language": {"LANG": "", "LC_ALL": ""},
    "no folder for temporary files": {"TMPDIR": "/nowhere"},
    "no text but ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_any_environment(name: str, process, home: Path, memory: Path) -> None:
    done = process("memory", "stats", "-m", memory, **ENVIRONMENTS[name])
    assert (done.code, done.err) == (0, "")
    assert "documents" in done.out


def test_a_memory_reached_by_a_link_is_compacted_and_repaired_where_it_is(memory: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.sanderling"
    link.parent.mkdir()
    link.symlink_to(memory)
    compact(link)
    repair(link)
    assert link.is_symlink()
    assert (verify(link).store, verify(memory).store) == ((), ())


def test_help_tells_what_auto_does(call) -> None:
    for command in ("ask", "chat", "route"):
        words = " ".join(call(command, "--help").out.replace("│", " ").split())
        assert "auto (learned if `router train` installed one, else rule)" in words
