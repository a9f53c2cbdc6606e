"""Headers by range request, from a stand-in for the hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gguf_files import lfm2_bytes
from standin_hub import StandInHub

from sanderling.errors import DownloadError, ModelUnavailable
from sanderling.models.download import remote_header
from sanderling.models.download.remote_header import RangeStream, fetch_range
from sanderling.models.gguf import parse_header
from sanderling.models.synth.shapes import Shape
from sanderling.models.synth.write import write

SHAPE = Shape(label="tiny", width=512, n_layers=3, attention_layers=(1,), feed_forward=768, vocabulary=60_000)


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    standin = StandInHub(lfm2_bytes())
    yield standin
    standin.close()


def _fetch(hub: StandInHub, offset: int, length: int) -> bytes:
    return fetch_range(f"{hub.endpoint}/x/resolve/main/m.gguf", offset, length, {})


def test_a_range_is_what_was_asked_for(hub: StandInHub) -> None:
    hub.content = bytes(range(100))
    assert _fetch(hub, 0, 10) == bytes(range(10))
    assert _fetch(hub, 90, 50) == bytes(range(90, 100))
    assert _fetch(hub, 100, 50) == b""
    assert hub.ranges() == ["bytes=0-9", "bytes=90-139", "bytes=100-149"]


def test_what_is_no_answer_is_an_error(hub: StandInHub) -> None:
    with pytest.raises(DownloadError, match="answered 404"):
        fetch_range(f"{hub.endpoint}/elsewhere", 0, 10, {})
    with pytest.raises(DownloadError, match="no address of the web"):
        fetch_range("file:///etc/hostname", 0, 10, {})
    hub.close()
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1"):
        _fetch(hub, 0, 10)


def test_ranges_grow_until_the_header_is_whole(
    hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_header, "FIRST_BYTES", 4096)
    monkeypatch.setattr(remote_header, "LARGEST_BYTES", 1 << 20)
    write(tmp_path / "m.gguf", SHAPE, "Q4_0", seed=1)
    hub.content = (tmp_path / "m.gguf").read_bytes()
    stream = RangeStream(lambda offset, length: _fetch(hub, offset, length))
    header = parse_header(stream, len(hub.content), "m.gguf")
    assert (header.parameters, header.vocab_size) == (SHAPE.parameters, 60_000)
    asked = [tuple(map(int, wanted.removeprefix("bytes=").split("-"))) for wanted in hub.ranges() if wanted]
    lengths = [end - start + 1 for start, end in asked]
    assert lengths[:4] == [4096, 8192, 16384, 32768]
    assert [start for start, _ in asked] == [sum(lengths[:i]) for i in range(len(lengths))]
    assert sum(lengths) < len(hub.content) / 4


def test_an_endless_header_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_header, "FIRST_BYTES", 1024)
    monkeypatch.setattr(remote_header, "MAX_HEADER_BYTES", 10_000)
    stream = RangeStream(lambda offset, length: bytes(length))
    with pytest.raises(DownloadError, match="longer than"):
        stream.read(1_000_000)


def test_a_file_that_ends_early_is_refused() -> None:
    data = lfm2_bytes()[:300]
    with pytest.raises(ModelUnavailable, match="truncated header"):
        parse_header(RangeStream(lambda offset, length: data[offset : offset + length]), 10_000, "cut.gguf")


SCRIPT = """
import json, sys
from sanderling.errors import SanderlingError
from sanderling.models.entries import HubSource
from sanderling.models.download.remote_header import read_remote_header
try:
    header = read_remote_header(HubSource(repo="someone/tiny-GGUF", file="tiny.gguf", revision="c" * 40))
    print(json.dumps({"name": header.name, "file_bytes": header.file_bytes}))
except SanderlingError as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
"""


def _read(hub: StandInHub, home: Path, **environment: str) -> dict[str, Any]:
    """In a process of its own: the client reads HF_ENDPOINT at import."""
    mine = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(home / "hf"), "SANDERLING_HOME": str(home), **environment}
    kept = {key: value for key, value in os.environ.items() if not key.upper().endswith("_PROXY")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=kept | mine, capture_output=True, text=True, timeout=60, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_header_on_the_hub_is_read_without_the_file(hub: StandInHub, tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub", reason="the download extra is not installed")
    header = lfm2_bytes()
    hub.content = header + bytes(3 << 20)
    assert _read(hub, tmp_path) == {"name": "tiny", "file_bytes": len(hub.content)}
    assert hub.ranges() == ["bytes=0-1048575"]
    assert _read(hub, tmp_path, HF_HUB_OFFLINE="1")["error"] == "DownloadError"
