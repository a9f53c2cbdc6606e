"""``models add OWNER/NAME[:QUANT]`` from a stand-in for the hub, each a process of its own as in :mod:`test_hub`."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from standin_hub import StandInHub

from sanderling.models.download.repository import is_name, quant_of, safe
from sanderling.models.user_models import Models

pytest.importorskip("huggingface_hub", reason="the download extra is not installed")
pytest.importorskip("gguf", reason="gguf writes the small models: pip install gguf")

from tiny_families import write_family


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[StandInHub]:
    standin = StandInHub(write_family(tmp_path / "source.gguf", "qwen2").read_bytes())
    standin.listed = [
        "README.md",
        "Tiny-Q4_K_M.gguf",
        "Tiny-Q8_0.gguf",
        "mmproj-Tiny-F16.gguf",
        "Tiny-F16-00001-of-00002.gguf",
    ]
    yield standin
    standin.close()


def add(hub: StandInHub, home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    mine = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(home / "hf"), "SANDERLING_HOME": str(home), "HOME": str(home)}
    kept = {key: value for key, value in os.environ.items() if not key.upper().endswith("_PROXY")}
    return subprocess.run(
        [sys.executable, "-m", "sanderling", "models", "add", *words, "--no-trial"],
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), **mine, **more},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def entries(home: Path) -> Models:
    return msgspec.toml.decode((home / "models.toml").read_bytes(), type=Models)


def test_a_repository_is_added_at_its_commit_with_the_hashes_of_the_hub(hub: StandInHub, tmp_path: Path) -> None:
    done = add(hub, tmp_path, "someone/tiny-GGUF:q8_0", HF_TOKEN="hf_secret")
    assert done.returncode == 0, done.stderr
    (entry,) = entries(tmp_path).models
    assert (entry.id, entry.default_quant, entry.quants) == ("tiny", "Q8_0", ("Q4_K_M", "Q8_0"))
    assert (entry.licence, entry.chat_format) == ("apache-2.0", "chatml")
    sha256 = hashlib.sha256(hub.content).hexdigest()
    for file in entry.files:
        assert (file.sha256, file.bytes) == (sha256, len(hub.content))
        assert file.sources[0].revision == "c" * 40  # type: ignore[union-attr]
    assert (tmp_path / "models/tiny/Tiny-Q8_0.gguf").read_bytes() == hub.content
    assert "Bearer hf_secret" in hub.tokens
    hub.asked.clear()
    again = json.loads(add(hub, tmp_path, "someone/tiny-GGUF:Q8_0", "--json").stdout)
    assert again["entry"]["id"] == "tiny"
    assert [method for method, _, wanted in hub.asked if method == "GET" and wanted is None] == []  # it is here


def test_a_file_with_another_hash_is_not_added(hub: StandInHub, tmp_path: Path) -> None:
    hub.announced = "1" * 64
    done = add(hub, tmp_path, "someone/tiny-GGUF:Q8_0")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: ") == 1
    assert not (tmp_path / "models.toml").exists()
    assert not list((tmp_path / "models").rglob("*.gguf"))


@pytest.mark.parametrize(
    ("words", "more", "why"),
    [
        (["someone/tiny-GGUF:Q3_K"], {}, "has no quantization 'Q3_K'"),
        (["someone/tiny-GGUF"], {"HF_HUB_OFFLINE": "1"}, "someone/tiny-GGUF"),
        (["someone/tiny-GGUF", "--id", "lfm2-350m"], {}, "is a model that Sanderling knows"),
        (["someone tiny"], {}, "is neither a file here nor OWNER/NAME"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    hub: StandInHub, tmp_path: Path, words: list[str], more: dict[str, str], why: str
) -> None:
    done = add(hub, tmp_path, *words, **more)
    assert done.returncode != 0
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "models.toml").exists()


@pytest.mark.parametrize(
    ("name", "quant"),
    [
        ("LFM2-350M-Q4_0.gguf", "Q4_0"),
        ("gemma-3-270m-q4_k_m.gguf", "Q4_K_M"),
        ("Model.IQ4_NL.gguf", "IQ4_NL"),
        ("x-UD-Q5_K_XL.gguf", "UD-Q5_K_XL"),
        ("model-BF16.gguf", "BF16"),
        ("Q4.gguf", ""),
        ("model.gguf", ""),
    ],
)
def test_the_quantization_is_read_from_the_name(name: str, quant: str) -> None:
    assert quant_of(name) == quant


def test_names() -> None:
    assert is_name("LiquidAI/LFM2-350M-GGUF")
    assert not any(map(is_name, ("a", "a/b/c", "../b", "a/../b", "/a/b", "a/b c", "")))
    assert safe("My Model (v2).gguf") == "My-Model-v2-.gguf"
    assert safe("../../x") == "x"
    assert safe("東京") == "model"
