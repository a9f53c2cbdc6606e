"""The name of a kept memory says which code made it."""

from __future__ import annotations

from pathlib import Path

from hash_embedder import HashEmbedder

import sanderling
from sanderling import config
from sanderling.bench_device.retrieval.kept import _DECIDING, kept_memory
from sanderling.bench_device.workloads import load


def test_modules_that_decide_what_a_memory_holds_exist() -> None:
    folder = Path(sanderling.__file__).parent
    assert [pattern for pattern in _DECIDING if not any(folder.glob(pattern))] == []


def test_nothing_of_an_unfinished_memory_is_left_beside_a_kept_one(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "home", lambda: tmp_path / "home")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text('{"_id": "a", "title": "Boat", "text": "The boat is green."}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "Which colour has the boat?"}\n')
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\n")
    with kept_memory(load(folder), HashEmbedder(), lambda *_: None):
        pass
    kept = [path.name for path in (tmp_path / "home" / "bench").iterdir()]
    assert kept and not [name for name in kept if ".unfinished" in name]
