from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.bench_device.sanity.suites import folder_of, suite_named
from sanderling.errors import UsageError


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "queries.jsonl").write_text("{}\n")
    return folder


def test_a_folder_is_found_by_itself_or_in_its_parent(tmp_path: Path) -> None:
    sums, other = made(tmp_path / "sets" / "gsm8k-test"), made(tmp_path / "mine")
    made(tmp_path / "sets" / "mmlu")
    assert folder_of("gsm8k", tmp_path / "sets") == sums
    assert folder_of("gsm8k", other) == other
    with pytest.raises(UsageError, match="no folder boolq"):
        folder_of("boolq", tmp_path / "sets")
    made(tmp_path / "sets" / "gsm8k-dev")
    with pytest.raises(UsageError, match="gsm8k-dev, gsm8k-test: name one"):
        folder_of("gsm8k", tmp_path / "sets")


def test_an_unknown_suite_is_refused() -> None:
    assert suite_named("ifeval") == "ifeval"
    with pytest.raises(UsageError, match="gsm8k, mmlu, ifeval, boolq"):
        suite_named("hellaswag")
