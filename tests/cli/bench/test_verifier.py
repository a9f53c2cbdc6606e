from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest
from judged_rows import judged_rows

from sanderling.router.verifier import weights


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    made = judged_rows(60)
    lines = [*made.collections, *made.asked.values(), *made.tried.values()]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


def test_verifiers_are_compared_drawn_and_shipped(call, tmp_path: Path, rows: Path) -> None:
    out, plot = tmp_path / "v.json", tmp_path / "v.svg"
    found = call("bench", "verifier", "--rows", rows, "--no-fastgrnn", "--ship", out, "--plot", plot, "--json").json
    assert [each["name"] for each in found["verifiers"]] == ["unfitted", "logistic"]
    fitted = weights.read(out)
    assert (fitted.questions, fitted.answers, fitted.sets) == (60, 360, ("s0", "s1", "s2"))
    assert fitted.verifier.id == found["best"]
    assert fitted.gains
    assert plot.read_text().startswith("<svg")
    assert "AUROC" in call("bench", "verifier", "--rows", rows, "--no-fastgrnn").out


def test_too_few_answers_are_refused(call, refused, tmp_path: Path, rows: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_bytes(b"".join(rows.read_bytes().splitlines(keepends=True)[:1]))
    refused(call("bench", "verifier", "--rows", few), 2, "no answers from notes")


@pytest.mark.parametrize("command", ["verifier", "router"])
def test_a_file_without_answers_is_refused(call, refused, tmp_path: Path, command: str) -> None:
    bench = ("bench", command, "--rows")
    for name in ("nothere.jsonl", ".", "nothere.jsonl.gz"):
        refused(call(*bench, tmp_path / name), 2, "cannot be read", "sanderling router collect")
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(b"no gzip")
    refused(call(*bench, packed), 2, "cannot be read")
    packed.write_bytes(gzip.compress(b"{}\n" * 999)[:20])
    refused(call(*bench, packed), 2)
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    refused(call(*bench, empty), 2, "empty.jsonl holds no answers")
