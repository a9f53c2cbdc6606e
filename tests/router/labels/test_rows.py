"""The file of a collection: what is read back, what a killed run leaves."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest
from collected import asked, tried
from collection_header import HEADER

from sanderling.errors import UsageError
from sanderling.router.labels import rows


def test_of_two_lines_about_the_same_the_later_counts(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    records = [HEADER, asked("a", hops=1), tried("a", 0, 0, 0.0), asked("a", hops=2), tried("a", 0, 0, 1.0)]
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in records))
    read = rows.read(path)
    assert read.collections == (HEADER,)
    assert read.asked == {"a": records[3]}
    assert list(read.tried.values()) == [records[4]]
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert rows.read(tmp_path / "rows.jsonl.gz") == read
    assert read.tried["a", "smollm2-135m", "small", 0.0].completion_tokens == 2


def test_a_line_without_its_end_is_passed_over_and_a_broken_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(msgspec.json.encode(asked("a")) + b"\n" + msgspec.json.encode(asked("b"))[:-9])
    assert list(rows.read(path).asked) == ["a"]
    path.write_bytes(b"{}\n" + msgspec.json.encode(asked("b")) + b"\n")
    with pytest.raises(UsageError, match="line 1"):
        rows.read(path)
