from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sanderling.bench_device.sanity.questions import read_questions
from sanderling.bench_device.sanity.suites import SuiteName
from sanderling.errors import UsageError


def folder(tmp_path: Path, *queries: dict[str, Any]) -> Path:
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(each) + "\n" for each in queries))
    return tmp_path


def test_a_question_of_boolq_has_its_passage(tmp_path: Path) -> None:
    where = folder(
        tmp_path,
        {"_id": "q1", "text": "Is it?", "answers": ["yes"]},
        {"_id": "q2", "text": "Was it?", "answers": ["no"]},
    )
    assert [each.passage for each in read_questions("boolq", where)] == ["", ""]
    passages = [{"_id": "p1", "title": "It", "text": "It is."}, {"_id": "p2", "text": "Other."}]
    (where / "corpus.jsonl").write_text("".join(json.dumps(each) + "\n" for each in passages))
    (where / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tp1\t1\n")
    assert [each.passage for each in read_questions("boolq", where)] == ["It is.", ""]


def test_rules_lose_the_parameters_that_are_null(tmp_path: Path) -> None:
    rules = {"instruction_id_list": ["punctuation:no_comma", "keywords:existence"]}
    given = [None, {"keywords": ["dog"], "letter": None}]
    (found,) = read_questions("ifeval", folder(tmp_path, {"_id": "1", "text": "Write.", **rules, "kwargs": given}))
    assert [(rule.id, rule.given) for rule in found.rules] == [
        ("punctuation:no_comma", {}),
        ("keywords:existence", {"keywords": ["dog"]}),
    ]


@pytest.mark.parametrize(
    ("suite", "query", "why"),
    [
        ("gsm8k", {"answers": ["many"]}, "number"),
        ("boolq", {"answers": ["maybe"]}, "yes or no"),
        ("mmlu", {"choices": ["one"], "answers": ["A"]}, "2 to 10 choices"),
        ("mmlu", {"choices": ["one", "two"], "answers": ["C"]}, "letter"),
        ("ifeval", {}, "instruction_id_list"),
        ("ifeval", {"instruction_id_list": ["a", "b"], "kwargs": [{}]}, "same length"),
        ("gsm8k", {"answers": "4"}, "line 1"),
    ],
)
def test_a_question_that_lacks_something_is_refused(
    tmp_path: Path, suite: SuiteName, query: dict[str, Any], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        read_questions(suite, folder(tmp_path, {"_id": "1", "text": "?", **query}))


def test_empty_and_doubled_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no question"):
        read_questions("gsm8k", folder(tmp_path))
    same = {"_id": "1", "text": "?", "answers": ["4"]}
    with pytest.raises(UsageError, match="same _id"):
        read_questions("gsm8k", folder(tmp_path, same, same))


def test_the_digest_is_of_everything(tmp_path: Path) -> None:
    one = {"_id": "1", "text": "?", "answers": ["4"]}
    first, second, third = (
        read_questions("gsm8k", folder(tmp_path, {**one, **change}))[0] for change in ({}, {}, {"answers": ["5"]})
    )
    assert first.digest == second.digest != third.digest
