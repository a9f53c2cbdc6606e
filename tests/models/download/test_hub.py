"""Downloads from a stand-in for the hub. Each pull is a process of its own: the client reads HF_ENDPOINT at import."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standin_hub import StandInHub

pytest.importorskip("huggingface_hub", reason="the download extra is not installed")

SCRIPT = """
import json, sys
import msgspec
from sanderling.errors import SanderlingError
from sanderling.models import registry
from sanderling.models.download import pull
from sanderling.models.entries import ModelEntry
entry = msgspec.json.decode(sys.argv[1], type=ModelEntry)
registry.entries = lambda: {entry.id: entry}
seen = []
try:
    found = pull.pull(entry.id, on_progress=lambda p: seen.append(p.done_bytes))
    print(json.dumps({"path": str(found.path), "sha256": found.sha256, "source": found.source, "seen": seen}))
except SanderlingError as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
"""


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    standin = StandInHub(bytes(range(256)) * 4096)  # 1 MiB
    yield standin
    standin.close()


def _pull(hub: StandInHub, home: Path, sha256: str, **environment: str) -> dict[str, Any]:
    entry = {
        "id": "tiny",
        "parameters": 1,
        "licence": "none",
        "default_quant": "Q4_0",
        "files": [
            {
                "name": "tiny.gguf",
                "quant": "Q4_0",
                "approximate_bytes": 1_000_000,
                "sha256": sha256,
                "sources": [{"kind": "hub", "repo": "someone/tiny-GGUF", "file": "tiny.gguf", "revision": "c" * 40}],
            }
        ],
    }
    mine = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(home / "hf"), "SANDERLING_HOME": str(home)}
    kept = {key: value for key, value in os.environ.items() if not key.upper().endswith("_PROXY")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(entry)],
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), **mine, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_pinned_file_arrives_whole(hub: StandInHub, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(hub.content).hexdigest()
    answer = _pull(hub, tmp_path, sha256)
    assert Path(answer["path"]).read_bytes() == hub.content
    assert answer["sha256"] == sha256
    assert answer["seen"][0] == 0
    assert answer["seen"][-1] == len(hub.content)
    assert hub.asked[0][1] == f"/someone/tiny-GGUF/resolve/{'c' * 40}/tiny.gguf"
    hub.asked.clear()
    _pull(hub, tmp_path, sha256)
    assert hub.asked == []  # It is here and unaltered: the network is not asked.


def test_a_cut_download_goes_on_where_it_stopped(hub: StandInHub, tmp_path: Path) -> None:
    # The client hands on blocks of 10 MiB, so that is what survives of a shorter remainder.
    hub.content *= 24
    hub.cut_at = 15 << 20
    answer = _pull(hub, tmp_path, "hub")
    assert answer["error"] == "DownloadError"
    folder = tmp_path / "models/tiny"
    assert not (folder / "tiny.gguf").exists()
    there = (folder / ".part/tiny.gguf.hub/data").stat().st_size
    assert 0 < there <= hub.cut_at
    hub.ranges()
    hub.cut_at, hub.dead = None, False
    answer = _pull(hub, tmp_path, "hub")
    assert hub.ranges() == [f"bytes={there}-"]
    assert Path(answer["path"]).read_bytes() == hub.content
    assert not list((folder / ".part").iterdir())


def test_a_part_of_another_version_is_not_continued(hub: StandInHub, tmp_path: Path) -> None:
    hub.content *= 24
    hub.cut_at = 15 << 20
    _pull(hub, tmp_path, "hub")
    assert (tmp_path / "models/tiny/.part/tiny.gguf.hub/data").stat().st_size > 0
    hub.cut_at, hub.dead, hub.content = None, False, hub.content[::-1]
    hub.ranges()
    answer = _pull(hub, tmp_path, "hub")
    assert hub.ranges() == [None]
    assert Path(answer["path"]).read_bytes() == hub.content


def test_another_hash_than_the_pinned_one_is_refused_before_the_download(hub: StandInHub, tmp_path: Path) -> None:
    answer = _pull(hub, tmp_path, "0" * 64)
    assert answer["error"] == "DownloadError"
    assert "another file" in answer["message"]
    assert hub.ranges() == []


def test_content_that_is_not_what_was_announced_is_refused(hub: StandInHub, tmp_path: Path) -> None:
    hub.announced = "0" * 64
    answer = _pull(hub, tmp_path, "hub")
    assert "000000" in answer["message"]
    assert not list((tmp_path / "models/tiny").glob("*.gguf"))
    assert not (tmp_path / "models/tiny/.part/tiny.gguf.hub").exists()


def test_what_was_announced_once_is_held_to(hub: StandInHub, tmp_path: Path) -> None:
    first = _pull(hub, tmp_path, "hub")
    Path(first["path"]).unlink()
    hub.content = hub.content[::-1]
    assert "another file" in _pull(hub, tmp_path, "hub")["message"]
    hub.content = hub.content[::-1]
    assert _pull(hub, tmp_path, "hub")["sha256"] == first["sha256"]


def test_without_any_hash_nothing_is_taken(hub: StandInHub, tmp_path: Path) -> None:
    hub.announced = "not-a-sha256"
    assert "announces none" in _pull(hub, tmp_path, "hub")["message"]


def test_offline_opens_no_connection(hub: StandInHub, tmp_path: Path) -> None:
    answer = _pull(hub, tmp_path, "hub", HF_HUB_OFFLINE="1")
    assert answer["error"] == "DownloadError"
    assert hub.asked == []
