"""``sanderling models add``: a file that the package has never heard of answers, a wrong one gets one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gguf_files import lfm2_bytes, write_lfm2

from sanderling.engines import Worker, generate_all
from sanderling.engines.chat_format import encode
from sanderling.engines.choose import resolve
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.models import registry, user_models
from sanderling.models.download.partial import sha256_of
from sanderling.records import Message, Sampling

pytest.importorskip("gguf", reason="gguf writes the small models: pip install gguf")

from tiny_families import FAMILIES, write_family

Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program's downloads but those of the test."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("OLLAMA_MODELS", "HF_HOME", "HF_HUB_CACHE", "LLAMA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("family", FAMILIES)
def test_ten_families_are_added_and_write(call: Call, tmp_path: Path, family: str) -> None:
    path = write_family(tmp_path / f"unheard-of {family} (v1).gguf", family)
    said = call("models", "add", path, "--id", family, "--json").json
    assert said["exact"]
    entry = registry.get(family)
    assert registry.is_users(family)
    assert entry.files[0].sha256 == sha256_of(path)
    assert (entry.context_tokens, entry.n_layers) == (2048, 2)
    assert bool(entry.active_parameters) == (family == "lfm2moe")
    found = registry.resolve(family)
    spec = LoadSpec(model_id=family, path=str(found.path), n_ctx=512, n_threads=1, n_threads_prefill=1)
    with Worker(resolve("auto")) as worker:
        worker.load(spec)
        ids = encode(worker.tokenize, entry.chat_format, [Message(role="user", content="Who?")])
        asked = GenerateRequest(prompt_ids=tuple(ids), max_tokens=3, sampling=Sampling(temperature=0.0))
        assert generate_all(worker, asked).prompt_tokens == len(ids) > 3


def test_a_file_stays_where_it_is_and_is_checked_there(call: Call, tmp_path: Path) -> None:
    path = write_family(tmp_path / "mine.gguf", "qwen2")
    before = path.read_bytes()
    assert call("models", "add", path, "--no-trial", "--rung", "1").code == 0
    assert not registry.folder("mine").exists()
    found = registry.resolve("mine")
    assert (found.path, found.entry.ladder, found.entry.rung) == (path, "mine", 1)
    assert "mine file: whole" in call("models", "verify", "mine").out
    path.write_bytes(before[:-1] + b"\1")
    assert "is altered" in call("models", "verify", "mine").err
    assert "stays where it is" in call("models", "rm", "mine").out
    assert path.exists()
    assert not registry.is_users("mine")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "is neither a file here nor OWNER/NAME"),
        (lambda path: path.write_bytes(b""), "is no usable GGUF file"),
        (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)), "a ZIP archive"),
        (lambda path: path.write_bytes(lfm2_bytes(keys={"general.type": "adapter"})), "an adapter (LoRA)"),
        (lambda path: path.write_bytes(lfm2_bytes(keys={"split.count": 3})), "--merge"),
        (lambda path: path.write_bytes(lfm2_bytes(keys={"lfm2.pooling_type": 3})), "makes vectors"),
        (lambda path: path.write_bytes(lfm2_bytes(keys={"lfm2.attention.causal": False})), "makes vectors"),
        (lambda path: path.write_bytes(b"GGUF" + b"\xff" * 60), "is no usable GGUF file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(write_lfm2(path).read_bytes()[:-200]), "truncated"),
    ],
)
def test_a_wrong_file_gets_one_line(call: Call, tmp_path: Path, make: Callable[[Path], object], why: str) -> None:
    path = tmp_path / "wrong.gguf"
    make(path)
    done = call("models", "add", path)
    assert done.code in (2, 5)
    assert why in done.err
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert not user_models.path().exists()


def test_a_model_that_does_not_load_is_not_added(call: Call, tmp_path: Path) -> None:
    path = write_lfm2(tmp_path / "hollow.gguf")  # a sound header over too few tensors
    done = call("models", "add", path, "--chat-format", "lfm2")
    assert (done.code, done.err.count("\n")) == (5, 1)
    assert not user_models.path().exists()


def test_what_other_programs_have_is_listed_and_used_in_place(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "user" / ".lmstudio" / "models" / "someone" / "Tiny-GGUF"
    folder.mkdir(parents=True)
    write_family(folder / "tiny.gguf", "llama")
    (row,) = call("models", "add", "--json").json
    assert (row["program"], row["name"]) == ("LM Studio", "tiny.gguf")
    assert call("models", "add", row["path"], "--no-trial").code == 0
    assert registry.resolve("tiny").path == Path(row["path"])


def test_list_shows_where_a_model_comes_from(call: Call, tmp_path: Path) -> None:
    path = write_family(tmp_path / "mine.gguf", "llama")
    assert call("models", "add", path, "--no-trial", "--ladder", "small", "--rung", "3").code == 0
    rows = {row["id"]: row for row in call("models", "list", "--json").json}
    assert (rows["mine"]["origin"], rows["mine"]["ladder"], rows["mine"]["rung"]) == ("yours", "small", 3)
    assert rows["lfm2-350m"]["origin"] == "ours"
    assert "yours" in call("models", "list").out


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--ladder", "lfm2", "--rung", "1"], "rung 1 of lfm2 is lfm2-350m"),
        (["--id", "lfm2-350m"], "is a model that Sanderling knows"),
        (["--id", "../x"], "cannot be an id"),
        (["--chat-format", "alpaca"], "no chat format is called 'alpaca'"),
        (["--thinking", "100"], "has no thoughts"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(call: Call, tmp_path: Path, more: list[str], why: str) -> None:
    path = write_family(tmp_path / "mine.gguf", "llama")
    done = call("models", "add", path, "--no-trial", *more)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert why in done.err
    assert not user_models.path().exists()


def test_a_thinking_model_gets_a_budget(call: Call, tmp_path: Path) -> None:
    path = write_family(tmp_path / "mine.gguf", "qwen3")
    assert call("models", "add", path, "--no-trial", "--thinking", "64").code == 0
    format = registry.get("mine").chat_format
    assert not isinstance(format, str)
    assert format.thinking is not None
    assert format.thinking.budget_tokens == 64
    assert format.generation.endswith("<think>\n")
