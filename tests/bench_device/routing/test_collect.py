"""A collection with scripted models: what is asked, what is kept, what a second run does."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from gguf_files import lfm2_header
from msgspec.structs import replace
from scripted_model import model

from sanderling.bench_device.routing import collect as collecting
from sanderling.bench_device.routing import sets
from sanderling.bench_device.routing.trials import numeric
from sanderling.device import profiles
from sanderling.errors import UsageError
from sanderling.models import fit
from sanderling.models.inventory import ModelInventory
from sanderling.records import CONTEXT_BINS
from sanderling.router.labels import rows, table

DOCUMENTS = [
    {"_id": "pump", "title": "Pump", "text": "The feed pump is repaired by Ada Lind. " * 3},
    {"_id": "ada", "title": "Ada Lind", "text": "Ada Lind is the engineer. She comes from Narvik."},
    *(
        {"_id": f"n{year}", "title": f"Winter {year}", "text": f"The winter of year {year} was long and dark. " * 9}
        for year in range(1900, 1930)
    ),
]


def write(folder: Path, name: str, lines: list[dict[str, object]]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(json.dumps(each) + "\n" for each in lines))


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> collecting.CollectOptions:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    right = {"when": "repairs the pump", "say": "Ada Lind"}
    models = (model(tmp_path, "small", 1, right, say="not found"), model(tmp_path, "big", 2, right, say="so it is 42."))
    monkeypatch.setattr(
        ModelInventory,
        "of_ladder",
        classmethod(lambda cls, name, detected, n, _engine=None: cls(models, profiles.choose("generic"), n)),
    )
    write(tmp_path / "notes", "corpus.jsonl", DOCUMENTS)
    queries = [{"_id": f"q{i}", "text": f"Who repairs the pump {i}?", "answers": ["Ada Lind"]} for i in range(3)]
    write(tmp_path / "notes", "queries.jsonl", queries)
    (tmp_path / "notes" / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"q{i}\tpump\t1\n" for i in range(3))
    )
    sums = [{"_id": f"s{i}", "text": f"What is {i} + 42 - {i}?", "answers": ["42"], "kind": "math"} for i in range(2)]
    write(tmp_path / "sums", "queries.jsonl", sums)
    data = (str(tmp_path / "notes"), str(tmp_path / "sums"))
    return collecting.CollectOptions(data=data, out=tmp_path / "rows.jsonl", engine="scripted", every={"big": 2})


def test_every_question_is_asked_of_every_model_and_context(wanted, hash_embedder) -> None:
    steps: list[collecting.Step] = []
    collecting.collect(wanted, hash_embedder, steps.append)
    read = rows.read(wanted.out)
    assert len(read.asked) == steps[-1].questions == steps[-1].of == 5
    # Four contexts of each; one warmer answer for the first question of each set; big for every second.
    assert len(read.tried) == steps[-1].answers == (5 * 4 + 2) + (3 * 4 + 2)
    question = read.asked["notes/q0"]
    assert (question.set, question.answerable, question.numeric) == ("notes", True, False)
    assert 1 <= question.gold_ranks[0] <= 3
    assert question.raw["has_hits"] == 1
    cells = {
        cell: tried
        for cell, tried in read.tried.items()
        if cell[0] == "notes/q0" and cell[1] == "small" and not cell[3]
    }
    small, medium, large = (cells["notes/q0", "small", bin, 0.0] for bin in ("small", "medium", "large"))
    assert small.scores.em == small.scores.contains == 1.0
    assert small.context_tokens <= 160 < medium.context_tokens <= 256 < large.context_tokens <= 768
    assert medium.cached_tokens > small.prompt_tokens // 2
    assert len(small.logprobs) == len(small.margins) == len(small.entropies) == len("Ada Lind")
    assert large.overlap == 1.0


def test_a_question_without_notes_is_asked_once_and_copied(wanted, hash_embedder) -> None:
    collecting.collect(wanted, hash_embedder)
    read = rows.read(wanted.out)
    assert read.asked["sums/s0"].raw["has_hits"] == 0
    big = {
        cell[2]: tried for cell, tried in read.tried.items() if cell[1] == "big" and "sums" in cell[0] and not cell[3]
    }
    assert [big[bin].same_as for bin in CONTEXT_BINS] == [None, "tiny", "tiny", "tiny"]
    assert {tried.scores.numeric for tried in big.values()} == {1.0}
    made = table.tabulate(read)
    assert made.quality.shape == (5, 2, 4)
    assert made.tried[:, 0].all()
    assert made.tried[:, 1].sum() == 12


def test_a_second_run_asks_only_what_is_missing(wanted, hash_embedder) -> None:
    collecting.collect(wanted, hash_embedder)
    whole = wanted.out.read_bytes().splitlines(keepends=True)
    collecting.collect(wanted, hash_embedder)
    assert wanted.out.read_bytes() == b"".join(whole)
    wanted.out.write_bytes(b"".join(whole[:-3]) + whole[-3][:20])
    collecting.collect(wanted, hash_embedder)
    read = rows.read(wanted.out)
    assert len(read.tried) == 36
    assert len(wanted.out.read_bytes().splitlines()) == len(whole) + 1  # the line that begins the second run


@pytest.mark.parametrize("held", ["my diary", "my diary\nof two lines", '{"a": 1}\n{"b"'])
def test_a_file_that_is_no_collection_is_left_as_it_is(wanted, hash_embedder, held: str) -> None:
    wanted.out.write_text(held)
    for again in (collecting.collect, collecting.refresh):
        with pytest.raises(UsageError, match=r"rows\.jsonl"):
            again(wanted, hash_embedder)
        assert wanted.out.read_text() == held


def test_a_packed_collection_is_left_as_it_is(wanted, hash_embedder) -> None:
    collecting.collect(replace(wanted, limit=1), hash_embedder)
    packed = wanted.out.with_name("rows.jsonl.gz")
    packed.write_bytes(gzip.compress(wanted.out.read_bytes()))
    before = packed.read_bytes()
    with pytest.raises(UsageError, match=r"without \.gz"):
        collecting.collect(replace(wanted, out=packed), hash_embedder)
    assert packed.read_bytes() == before


@pytest.mark.parametrize("held", ["", '{"type":"collection","mach'])
def test_a_collection_that_was_killed_at_its_beginning_goes_on(wanted, hash_embedder, held: str) -> None:
    wanted.out.write_text(held)
    collecting.collect(replace(wanted, limit=1), hash_embedder)
    assert len(rows.read(wanted.out).asked) == 1


def test_only_the_cells_that_were_named_are_asked(wanted, hash_embedder, tmp_path) -> None:
    named = replace(
        wanted,
        cells={"small:tiny": 1, "small:medium": 2, "big:large": 3},
        tokens={"large": 300},
        texts=tmp_path / "texts",
    )
    collecting.collect(named, hash_embedder)
    read = rows.read(wanted.out)
    asked = sorted((model_id, bin) for _, model_id, bin, _ in read.tried)
    assert asked == [("big", "large")] * 2 + [("small", "medium")] * 3 + [("small", "tiny")] * 5
    assert read.collections[0].context_tokens["large"] == 300
    medium = next(tried for tried in read.tried.values() if tried.context_bin == "medium")
    texts = [json.loads(line) for line in (tmp_path / "texts").read_text().splitlines()]
    assert [tuple(cell) for cell, _ in texts] == list(read.tried)
    assert medium.prompt_hash
    with pytest.raises(UsageError, match="small:none is no MODEL:CONTEXT"):
        collecting.collect(replace(wanted, cells={"small:none": 1}), hash_embedder)


def test_a_row_tells_misses_of_packing_from_misses_of_the_model(wanted, hash_embedder) -> None:
    collecting.collect(wanted, hash_embedder)
    read = rows.read(wanted.out)
    tiny, small = (read.tried["notes/q0", "small", bin, 0.0] for bin in ("tiny", "small"))
    assert (tiny.gold_packed, tiny.span, tiny.span_top, tiny.agreement) == (True, True, True, None)
    assert small.agreement == 1.0
    assert tiny.prompt_hash != small.prompt_hash
    without_notes = read.tried["sums/s0", "small", "tiny", 0.0]
    assert (without_notes.gold_packed, without_notes.span) == (False, False)


def test_features_are_written_anew_without_asking(wanted, hash_embedder, monkeypatch) -> None:
    collecting.collect(wanted, hash_embedder)
    before = rows.read(wanted.out)
    monkeypatch.setattr("sanderling.router.features.VERSION", 99)
    assert collecting.refresh(wanted, hash_embedder) == 5
    after = rows.read(wanted.out)
    assert {asked.features_version for asked in after.asked.values()} == {99}
    assert after.tried == before.tried


def test_no_text_is_kept(wanted, hash_embedder) -> None:
    collecting.collect(wanted, hash_embedder)
    kept = wanted.out.read_text()
    for text in ("Ada Lind", "Who repairs", "What is", "winter"):
        assert text not in kept


def test_a_context_can_be_left_to_some_questions(wanted, hash_embedder) -> None:
    collecting.collect(replace(wanted, every={"large": 2, "big": 3}), hash_embedder)
    tried = rows.read(wanted.out).tried
    asked = Counter((model, bin) for _, model, bin, temperature in tried if not temperature)
    assert asked == {
        ("small", "tiny"): 5,
        ("small", "small"): 5,
        ("small", "medium"): 5,
        ("small", "large"): 3,
        ("big", "tiny"): 2,
        ("big", "small"): 2,
        ("big", "medium"): 2,
        ("big", "large"): 2,
    }


def test_one_model_one_context_and_another_way_of_searching(wanted, hash_embedder) -> None:
    only = replace(wanted, only=("big", "medium"), way="dense", every={"medium": 2})
    collecting.collect(only, hash_embedder)
    read = rows.read(wanted.out)
    assert {(model, bin) for _, model, bin, _ in read.tried} == {("big", "medium")}
    assert len(read.asked) == 3
    assert read.collections[0].way == "dense"
    for bad in ({"way": "absent"}, {"only": ("absent",)}):
        with pytest.raises(UsageError, match="absent"):
            collecting.collect(replace(wanted, out=wanted.out.with_name("x.jsonl"), **bad), hash_embedder)


def test_every_beginning_holds_as_many_of_each_set(tmp_path: Path) -> None:
    for name, count in (("a", 4), ("b", 9)):
        write(tmp_path / name, "queries.jsonl", [{"_id": str(i), "text": "?", "answers": ["1"]} for i in range(count)])
    found = [sets.read_set(tmp_path / name) for name in ("a", "b")]
    order = list(sets.in_order(found, seed=0))
    assert [item.set.name for item in order] == ["a", "b"] * 4 + ["b"] * 5
    assert len({item.id for item in order}) == 13
    alone = [item.id for item in sets.in_order(found[1:], seed=0)]
    assert alone == [item.id for item in order if item.set.name == "b"]
    assert alone != [item.id for item in sets.in_order(found[1:], seed=1)]


def test_what_cannot_be_asked_is_refused_in_words(wanted, hash_embedder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a workload"):
        sets.read_set(tmp_path / "absent")
    write(tmp_path / "twice", "queries.jsonl", [{"_id": "1", "text": "?", "answers": []}] * 2)
    with pytest.raises(UsageError, match="same id"):
        sets.read_set(tmp_path / "twice")
    with pytest.raises(UsageError, match="neither a model nor a context"):
        collecting.collect(replace(wanted, every={"absent": 2}), hash_embedder)


@pytest.mark.parametrize(
    ("said", "right"),
    [("It is 1,042.", 1.0), ("1042 of 7", 0.0), ("1042.0", 1.0), ("", 0.0), ("none", 0.0), ("-1042", 0.0)],
)
def test_the_last_number_counts(said: str, right: float) -> None:
    assert numeric(said, ["1042"]) == right
