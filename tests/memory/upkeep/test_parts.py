from __future__ import annotations

import sqlite3

import pytest

from sanderling.memory import Memory
from sanderling.memory.index import index_path
from sanderling.memory.upkeep import parts as module
from sanderling.memory.upkeep.compaction import sizes
from sanderling.memory.upkeep.parts import parts


@pytest.fixture
def path(tmp_path, folder, hash_embedder):
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as memory:
        memory.ingest([folder({f"{i}.md": f"# Note {i}\n\nFünf Wörter über Pumpe {i}.\n" for i in range(40)})])
    return path


def has_dbstat() -> bool:
    rows = sqlite3.connect(":memory:").execute("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'")
    return bool(rows.fetchall())


def test_the_parts_add_up_to_the_files(path, hash_embedder):
    found = parts(path)
    assert found.notes == () or not has_dbstat()
    size = sizes(path)
    assert sum(part.bytes for part in found.parts if part.file == "memory") == size.store_bytes
    assert sum(part.bytes for part in found.parts if part.file == "index") == size.index_bytes
    assert found.total_bytes == size.total_bytes
    assert [part.file for part in found.parts] == sorted((part.file for part in found.parts), reverse=True)
    assert found.nodes == 40
    with Memory.open(path, hash_embedder) as memory:
        texts = [node.text for node in memory.store.nodes(range(1, 41))]
    assert found.text_bytes == sum(len(text.encode()) for text in texts)
    named = {(part.file, part.name): part.bytes for part in found.parts}
    # 64 codes and as many residuals for each node, one list of 64 links.
    assert named["index", "codes"] == named["index", "vectors"] == 40 * 64
    assert named["index", "links on level 0"] == 40 * 256
    if has_dbstat():
        assert {"vector", "node", "node, indexes", "node_text", "document"} <= {
            name for file, name in named if file == "memory"
        }
        assert not any(name.startswith("node_text_") for _, name in named)


def test_a_missing_part_is_said(path, monkeypatch):
    monkeypatch.setattr(module, "has_dbstat", lambda store: False)
    index_path(path).write_bytes(b"no index")
    found = parts(path)
    assert [(part.file, part.name) for part in found.parts] == [("memory", "all tables")]
    assert "dbstat" in found.notes[0] and "index cannot be read" in found.notes[1]
    index_path(path).unlink()
    assert len(parts(path).notes) == 1
