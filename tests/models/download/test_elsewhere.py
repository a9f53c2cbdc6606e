from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from gguf_files import lfm2_bytes

from sanderling.models import registry
from sanderling.models.download import elsewhere, pull
from sanderling.models.entries import FileEntry, HubSource, ModelEntry

CONTENT = lfm2_bytes()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "ours"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("OLLAMA_MODELS", "HF_HOME", "HF_HUB_CACHE", "LLAMA_CACHE", "XDG_CACHE_HOME", "SANDERLING_MODELS_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def ollama(home: Path, content: bytes = CONTENT) -> Path:
    digest = hashlib.sha256(content).hexdigest()
    layers = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "1" * 64},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": len(content)},
    ]
    manifest = home / ".ollama/models/manifests/registry.ollama.ai/library/tiny/1b"
    put(manifest, json.dumps({"layers": layers}).encode())
    return put(home / ".ollama/models/blobs" / f"sha256-{digest}", content)


def test_files_of_four_programs_are_listed(home: Path) -> None:
    blob = ollama(home)
    cached = put(home / ".cache/llama.cpp/someone_Tiny-GGUF_tiny.gguf")
    studio = put(home / ".lmstudio/models/someone/Tiny-GGUF/tiny.gguf")
    hub = put(home / ".cache/huggingface/hub/models--someone--Tiny/snapshots/abc/tiny.gguf")
    put(home / ".lmstudio/models/someone/Tiny-GGUF/mmproj-tiny.gguf")
    put(home / ".lmstudio/models/someone/Tiny-GGUF/readme.txt")
    found = {each.program: each for each in elsewhere.downloads()}
    assert {program: each.path for program, each in found.items()} == {
        "Ollama": blob,
        "llama.cpp": cached,
        "LM Studio": studio,
        "Hugging Face": hub,
    }
    assert found["Ollama"].name == "tiny:1b"
    assert found["Ollama"].bytes == len(CONTENT)


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"{",
        b'{"layers": 5}',
        b'{"layers": [{"mediaType": "application/vnd.ollama.image.model"}]}',
        b"[" * 9999,
    ],
)
def test_a_damaged_manifest_is_passed_over(home: Path, manifest: bytes) -> None:
    put(home / ".ollama/models/manifests/registry.ollama.ai/library/tiny/1b", manifest)
    assert elsewhere.downloads() == ()


def test_a_digest_cannot_lead_elsewhere(home: Path) -> None:
    put(home / "secret")
    layers = [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../../secret"}]
    put(home / ".ollama/models/manifests/r/library/tiny/1b", json.dumps({"layers": layers}).encode())
    assert elsewhere.downloads() == ()


@pytest.mark.parametrize("where", ["ollama", "llama.cpp", "hub"])
def test_a_pull_takes_the_same_file_from_there(home: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    if where == "ollama":
        there = ollama(home)
    elif where == "hub":
        there = put(home / ".cache/huggingface/hub/models--a--b/blobs" / SHA256)
    else:
        there = put(home / ".cache/llama.cpp/a_b_tiny.gguf")
    source = HubSource(repo="a/b", file="tiny.gguf", revision="0" * 40)
    file = FileEntry(name="tiny.gguf", quant="Q4_0", sha256=SHA256, sources=(source,), bytes=len(CONTENT))
    entry = ModelEntry(
        id="tiny",
        parameters=1,
        licence="x",
        default_quant="Q4_0",
        files=(file,),
        chat_format="lfm2",
        ladder="t",
        rung=1,
    )
    monkeypatch.setattr(registry, "entries", lambda: {"tiny": entry})
    found = pull.pull("tiny")
    assert found.source == f"path {there}"
    assert found.path.stat().st_ino == there.stat().st_ino  # no second copy


def test_another_file_of_the_name_is_not_taken(home: Path) -> None:
    put(home / ".cache/llama.cpp/a_b_tiny.gguf", CONTENT[:-1])
    assert list(elsewhere.copies("tiny.gguf", len(CONTENT), SHA256)) == []
    put(home / ".cache/llama.cpp/a_b_tiny.gguf", CONTENT[:-1] + b"\1")
    (copy,) = elsewhere.copies("tiny.gguf", len(CONTENT), SHA256)
    assert hashlib.sha256(copy.read_bytes()).hexdigest() != SHA256  # which pull then finds and passes over
