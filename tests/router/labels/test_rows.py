"""The file of a collection: what is read back, what a killed run leaves."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest
from collected import asked, tried
from collection_header import HEADER
from msgspec.structs import replace

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
    assert read.tried["a", "smollm2-135m", "tiny", 0.0].completion_tokens == 2


def test_a_line_without_its_end_is_passed_over_and_a_broken_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(msgspec.json.encode(asked("a")) + b"\n" + msgspec.json.encode(asked("b"))[:-9])
    assert list(rows.read(path).asked) == ["a"]
    path.write_bytes(b"{}\n" + msgspec.json.encode(asked("b")) + b"\n")
    with pytest.raises(UsageError, match="line 1"):
        rows.read(path)


def test_answers_of_three_contexts_get_todays_names(caplog: pytest.LogCaptureFixture) -> None:
    former = replace(HEADER, context_tokens=rows.FORMER_TOKENS)
    answers = [tried("a", 0, context, 1.0, prompt_tokens=context) for context in (1, 2, 3)]
    answers[1] = replace(answers[1], same_as="small")
    with caplog.at_level("INFO"):
        read = rows.gather([former, asked("a"), *answers, HEADER, tried("a", 0, 1, 0.0)])
    assert read.collections == (HEADER, HEADER)
    medium, large, small = read.tried.values()
    assert (medium.context_bin, medium.prompt_tokens, medium.same_as) == ("medium", 1, None)
    assert (large.context_bin, large.prompt_tokens, large.same_as) == ("large", 2, "medium")
    assert (small.context_bin, small.scores.em) == ("small", 0.0)
    assert [record.message for record in caplog.records] == [
        "answers with 256 and 768 tokens count as medium and large, and those with 1,536 are left out"
    ]


def test_answers_of_any_other_contexts_are_refused() -> None:
    for sizes, said in (
        ({"small": 128, "medium": 384, "large": 768}, "small 128, medium 384"),
        ({}, "of other contexts"),
    ):
        with pytest.raises(UsageError, match=said):
            rows.gather([replace(HEADER, context_tokens=sizes)])
