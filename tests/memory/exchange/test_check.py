"""Lines that cannot be used are named by their number, whatever is in them."""

from __future__ import annotations

import base64
import io
import json
import uuid

import pytest

from sanderling.memory import Memory
from sanderling.memory.exchange import check as checking
from sanderling.memory.exchange.check import BadLines, check

A, B = (str(uuid.UUID(int=n)) for n in (1, 2))
HEAD = {"kind": "memory", "format": 1, "embedder": "hash", "dim": 2}
BAD = {
    "no JSON": b"{text: 1}",
    "cut off": b'{"text": "a',
    "a list": b"[1, 2]",
    "a number": b"7",
    "null": b"null",
    "not UTF-8": b'{"text": "\xff"}',
    "binary": bytes(range(11, 256)),
    "half a character": b'{"text": "\\ud800"}',
    "brackets without end": b"[" * 100_000,
    "objects in objects": b'{"text":' * 20_000,
    "a field that nobody knows": {"text": "a", "tag": ["x"]},
    "a kind that nobody knows": {"kind": "page", "text": "a"},
    "a kind that is no text": {"kind": 5, "text": "a"},
    "no text": {"id": A},
    "an empty text": {"text": " \u200a\n"},
    "nothing but NUL": {"text": "\0"},
    "a type that nobody knows": {"text": "a", "type": "dream"},
    "an id that is none": {"text": "a", "id": "1; DROP TABLE node"},
    "a date that is none": {"text": "a", "metadata": {"timestamp": "the day before"}},
    "a score that is none": b'{"text": "a", "metadata": {"score": 1e999}}',
    "too many tags": {"text": "a", "metadata": {"tags": [str(n) for n in range(101)]}},
    "a tag that is no text": {"text": "a", "metadata": {"tags": [None]}},
    "a document that is not there": {"text": "a", "document": "/x.md"},
    "a vector without an embedder": {"text": "a", "vector": base64.b64encode(b"12345678").decode()},
    "a vector that is no base64": {"text": "a", "vector": "?"},
    "a document without address": {"kind": "document", "uri": " "},
    "an edge to nowhere": {"kind": "edge", "src": A, "dst": B, "rel": "cites"},
    "an edge without weight": {"kind": "edge", "src": A, "dst": A, "rel": "cites", "weight": 0},
    "a weight below zero": {"kind": "edge", "src": A, "dst": A, "rel": "cites", "weight": -1},
    "a weight too small": {"kind": "edge", "src": A, "dst": A, "rel": "cites", "weight": 1e-60},
    "a weight too great": b'{"kind": "edge", "src": "%b", "dst": "%b", "rel": "x", "weight": 1e300}' % (b"a", b"b"),
    "a relation without a name": {"kind": "edge", "src": A, "dst": A, "rel": " "},
    "a relation of 101 letters": {"kind": "edge", "src": A, "dst": A, "rel": "x" * 101},
    "a confidence of 2": {"kind": "edge", "src": A, "dst": A, "rel": "x", "metadata": {"confidence": 2}},
    "a head that is not first": HEAD,
}


@pytest.fixture
def store(tmp_path, hash_embedder):
    with Memory.open(tmp_path / "m.sanderling", hash_embedder) as memory:
        yield memory.store


def encoded(line):
    return line if isinstance(line, bytes) else json.dumps(line).encode()


def problems(store, *lines):
    with pytest.raises(BadLines) as caught:
        check(store, io.BytesIO(b"\n".join(map(encoded, lines))), "x.jsonl")
    return caught.value.problems


@pytest.mark.parametrize("line", BAD.values(), ids=BAD.keys())
def test_a_bad_line_is_named(store, line):
    (problem,) = {each.partition(":")[0] for each in problems(store, {"text": "good"}, line, {"text": "also good"})}
    assert problem == "line 2"


@pytest.mark.parametrize(
    ("number", "lines"),
    [
        (3, [{"text": "a", "id": A}, {"text": "b", "id": B}, {"text": "c", "id": A.upper()}]),
        (2, [{"text": "a"}, {"text": "a"}]),
        (2, [{"kind": "document", "uri": "x"}, {"kind": "document", "uri": "x"}]),
        (
            4,
            [{"kind": "document", "uri": u} for u in "xy"]
            + [{"text": "a", "document": "y"}, {"text": "b", "document": "x"}],
        ),
        (3, [{"kind": "document", "uri": "x"}, {"text": "between"}, {"text": "a", "document": "x"}]),
        (1, [{**HEAD, "format": 2}]),
        (2, [HEAD, {"text": "a", "vector": base64.b64encode(b"1234").decode()}]),
        (2, [HEAD, {"text": "a", "vector": base64.b64encode(bytes(8)).decode()}]),
        (2, [HEAD, {"text": "a", "vector": base64.b64encode(b"\0\0\xc0\x7f" * 2).decode()}]),
    ],
)
def test_lines_that_do_not_go_together(store, number, lines):
    assert problems(store, *lines)[0].startswith(f"line {number}: ")


def test_a_line_without_end_is_not_held(store, monkeypatch):
    monkeypatch.setattr(checking, "MAX_LINE_BYTES", 100)
    long = {"text": "x" * 1000}
    assert [each.partition(":")[0] for each in problems(store, long, {"text": "a"}, long)] == ["line 1", "line 3"]


def test_all_are_counted_and_some_named(store):
    with pytest.raises(BadLines, match=r"x\.jsonl: .*line 3: .*and 6 more") as caught:
        check(store, io.BytesIO(b"{\n" * 9), "x.jsonl")
    assert len(caught.value.problems) == 9


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf\n"])
def test_nothing_in_it_is_nothing_wrong(store, data):
    checked = check(store, io.BytesIO(data), "x.jsonl")
    assert (checked.documents, checked.loose, checked.edges) == ({}, 0, 0)
