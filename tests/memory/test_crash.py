"""Ingests that are killed, and ingests that run out of disk, in processes of their own.

The child says after each document that it is in; the parent checks that it is.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from hash_embedder import HashEmbedder

from sanderling.memory import Memory
from sanderling.memory.index import MemoryIndex

CHILD = """
import sys
from pathlib import Path
from hash_embedder import HashEmbedder
from sanderling.memory import Memory, index

index.SAVE_EVERY_NODES = 7
memory = Memory.open(sys.argv[1], HashEmbedder())
print("open", flush=True)
memory.ingest([Path(sys.argv[2])], on_progress=lambda progress: print(progress.uri, flush=True))
print("done", flush=True)
"""
DOCUMENTS = 60


def text(i, version):
    return f"Note {i} of version {version}, see the Great Note {(i * 7) % DOCUMENTS}.\n\n" + f"word{i % 5} " * 600


def write_notes(root, version):
    for i in range(DOCUMENTS):
        (root / f"{i:03}.md").write_text(f"# Great Note {i}\n\n{text(i, version)}")


def child_environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def run_and_kill(memory, root, moments):
    """Start an ingest, kill it soon after a random document; returns the documents it said were in."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(memory), str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )
    with child:
        assert child.stdout.readline() == "open\n"
        before = [child.stdout.readline() for _ in range(moments.randrange(DOCUMENTS))]
        # Up to a few documents' time, so that the kill falls anywhere within one.
        time.sleep(moments.uniform(0, 0.02))
        child.send_signal(signal.SIGKILL)
        after = child.stdout.readlines()
    return [line.rstrip("\n") for line in before + after if line.endswith("\n") and line != "done\n"]


def assert_complete(memory, uris, version):
    """Every document is there with all its nodes, index and store agree, and nothing had to be rebuilt."""
    assert memory.store.integrity() == ()
    assert not any("rebuilt" in warning for warning in memory.warnings)
    for uri in uris:
        document = memory.store.document(uri)
        nodes = memory.nodes(memory.store.document_nodes(document.key))
        assert [node.position for node in nodes] == list(range(document.node_count))
        assert f"of version {version}" in nodes[0].text
    stats = memory.stats()
    assert (len(memory), memory.index.edge_count) == (stats.nodes, stats.edges)
    assert MemoryIndex(memory.store).edge_count == stats.edges


@pytest.mark.parametrize("seed", range(5))
def test_killed_ingests_lose_no_finished_document(tmp_path, seed):
    moments = random.Random(seed)
    path, root = tmp_path / "m", tmp_path / "notes"
    root.mkdir()
    for version in range(3):
        write_notes(root, version)
        acknowledged = run_and_kill(path, root, moments)
        with Memory.open(path, HashEmbedder()) as memory:
            assert_complete(memory, acknowledged, version)
    with Memory.open(path, HashEmbedder()) as memory:
        report = memory.ingest([root])
        assert report.added + report.changed + report.unchanged == DOCUMENTS
        assert memory.store.integrity() == ()


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path):
    path, root = tmp_path / "m", tmp_path / "notes"
    root.mkdir()
    write_notes(root, 0)
    # Python ignores the signal that would end the process, so the write itself fails, as on a full disk.
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n{CHILD}"
    child = subprocess.run(
        [sys.executable, "-c", limited, str(path), str(root)],
        capture_output=True,
        text=True,
        env=child_environment(),
        check=False,
    )
    assert child.returncode == 1
    assert "StorageFull: " in child.stderr
    said = child.stdout.splitlines()[1:]
    assert 0 < len(said) < DOCUMENTS
    with Memory.open(path, HashEmbedder()) as memory:
        assert_complete(memory, said, 0)
        assert memory.ingest([root]).unchanged == len(said)
