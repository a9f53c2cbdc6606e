"""Kill -9 at random moments of an ingest. The child says after each document that it is in; the parent checks."""

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
from sanderling.memory.sync import MemoryIndex

CHILD = """
import sys
from pathlib import Path
from hash_embedder import HashEmbedder
from sanderling.memory import Memory, sync

sync.SAVE_EVERY_NODES = 7
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


def run_and_kill(memory, root, moments):
    """Start an ingest, kill it soon after a random document; returns the documents it said were in."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(memory), str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    with child:
        assert child.stdout.readline() == "open\n"
        before = [child.stdout.readline() for _ in range(moments.randrange(DOCUMENTS))]
        # Up to a few documents' time, so that the kill falls anywhere within one.
        time.sleep(moments.uniform(0, 0.02))
        child.send_signal(signal.SIGKILL)
        after = child.stdout.readlines()
    return [line.rstrip("\n") for line in before + after if line.endswith("\n") and line != "done\n"]


@pytest.mark.parametrize("seed", range(5))
def test_killed_ingests_lose_no_finished_document(tmp_path, seed):
    moments = random.Random(seed)
    path, root = tmp_path / "m", tmp_path / "notes"
    root.mkdir()
    for version in range(3):
        write_notes(root, version)
        acknowledged = run_and_kill(path, root, moments)
        with Memory.open(path, HashEmbedder()) as memory:
            assert memory.store.integrity() == ()
            assert memory.warnings == () or "rebuilt" not in memory.warnings[0]
            for uri in acknowledged:
                document = memory.store.document(uri)
                nodes = memory.nodes(memory.store.document_nodes(document.key))
                assert [node.position for node in nodes] == list(range(document.node_count))
                assert f"of version {version}" in nodes[0].text
            stats = memory.stats()
            assert (len(memory), memory.index.edge_count) == (stats.nodes, stats.edges)
            assert MemoryIndex(memory.store).edge_count == stats.edges
    with Memory.open(path, HashEmbedder()) as memory:
        report = memory.ingest([root])
        assert report.added + report.changed + report.unchanged == DOCUMENTS
        assert memory.store.integrity() == ()
