"""The file becomes visible after its check only; whatever fails before leaves the model as it was."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from pathlib import Path

import msgspec
import pytest
from tiny_lfm2 import write_tiny_lfm2

from sanderling.device import profiles
from sanderling.engines.requantize import quantizer
from sanderling.errors import Busy, EngineError, MissingExtra, ModelUnavailable, StorageFull, UsageError
from sanderling.models import manifest, pick_quant, registry, requantize
from sanderling.models.download import pull
from sanderling.models.entries import FileEntry, ModelEntry, PathSource
from sanderling.models.gguf import read_header


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("gguf", reason="the gguf package writes the test models")
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of one model, ``tiny``, pulled in F32."""
    brought = tmp_path / "brought.gguf"
    write_tiny_lfm2(brought, 7)
    file = FileEntry(
        name="tiny-F32.gguf",
        quant="F32",
        bytes=brought.stat().st_size,
        sha256=hashlib.sha256(brought.read_bytes()).hexdigest(),
        sources=(PathSource(path=str(brought)),),
    )
    entry = ModelEntry(
        id="tiny",
        parameters=10**6,
        licence="none",
        default_quant="F32",
        files=(file,),
        ladder="tiny",
        rung=1,
        chat_format="lfm2",
        context_tokens=1024,
        kv_bytes_per_token=128,
    )
    monkeypatch.setattr(registry, "entries", lambda: {"tiny": entry})
    pull.pull("tiny")
    return registry.folder("tiny")


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the quantizer: what it writes is its business, not this module's."""

    def write(source: Path, target: Path, quant: str, n_threads: int) -> str:
        target.write_bytes(source.read_bytes() + quant.encode())
        return "copier 1"

    monkeypatch.setattr(requantize, "write_quantized", write)


def fine(_new: Path) -> None:
    """A check that finds nothing."""


def left(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {".lock"}


UNTOUCHED = {"tiny-F32.gguf", "manifest.json"}


def test_the_real_quantizer_makes_an_installed_quantization(folder: Path) -> None:
    try:
        quantizer()
    except MissingExtra as error:
        pytest.skip(str(error))
    seen: list[str] = []
    made = requantize.requantize("tiny", "Q8_0", lambda new: seen.append(read_header(new).quant), n_threads=1)
    assert seen == ["Q8_0"]
    assert made.bytes <= requantize.quantized_bytes(read_header(folder / "tiny-F32.gguf"), "Q8_0")
    found = registry.installed("tiny", "Q8_0")
    assert found is not None
    assert (found.path, found.sha256, found.bytes) == (made.path, made.sha256, made.bytes)
    assert registry.installed_quants("tiny") == ("F32", "Q8_0")
    record = manifest.read(folder).files["tiny-Q8_0.gguf"]
    assert record.made_from == manifest.read(folder).files["tiny-F32.gguf"].sha256
    assert record.source.startswith("made of tiny-F32.gguf by ")
    assert pull.verify("tiny", "Q8_0").quant == "Q8_0"
    assert left(folder) == UNTOUCHED | {"tiny-Q8_0.gguf"}


@pytest.mark.usefixtures("copies")
def test_a_made_file_is_verified_removed_and_made_again(folder: Path) -> None:
    made = requantize.requantize("tiny", "Q4_0", fine)
    with pytest.raises(UsageError, match=r"here as Q4_0 already.*models rm tiny --quant Q4_0"):
        requantize.requantize("tiny", "Q4_0", fine)
    data = made.path.read_bytes()
    made.path.write_bytes(data[:-1] + b"?")
    with pytest.raises(ModelUnavailable, match="models requantize tiny --to Q4_0"):
        pull.verify("tiny", "Q4_0")
    assert pull.remove("tiny", "Q4_0") == len(data)
    assert left(folder) == UNTOUCHED
    assert registry.installed_quants("tiny") == ("F32",)
    requantize.requantize("tiny", "Q4_0", fine)
    assert pull.remove("tiny") > len(data)
    assert not folder.exists()


@pytest.mark.usefixtures("copies")
def test_the_quicker_file_is_used_by_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    detected = profiles.choose("x86_laptop")
    requantize.requantize("tiny", "Q4_0", fine)
    monkeypatch.setattr(pick_quant, "_question_ms", lambda _entry, _detected, quants, _isa: {q: len(q) for q in quants})
    monkeypatch.setattr(pick_quant, "engine_isa", lambda *_: ("avx2",))
    monkeypatch.setattr(pick_quant, "NEAR", 1.0)
    assert pick_quant.resolve("tiny", detected).quant == "F32"
    monkeypatch.setattr(pick_quant, "_question_ms", lambda *_: {"F32": 9.0, "Q4_0": 3.0})
    assert pick_quant.resolve("tiny", detected).quant == "Q4_0"


@pytest.mark.usefixtures("copies")
def test_a_spoilt_file_is_removed(folder: Path) -> None:
    def spoilt(new: Path) -> None:
        assert new.is_file()
        raise ModelUnavailable("too far from the original")

    with pytest.raises(ModelUnavailable, match="too far"):
        requantize.requantize("tiny", "Q4_0", spoilt)
    assert left(folder) == UNTOUCHED
    assert registry.installed_quants("tiny") == ("F32",)


@pytest.mark.usefixtures("copies")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interruption_leaves_nothing(folder: Path, stop: type[BaseException]) -> None:
    def interrupt(_new: Path) -> None:
        raise stop

    with pytest.raises(stop):
        requantize.requantize("tiny", "Q4_0", interrupt)
    assert left(folder) == UNTOUCHED


def test_a_crash_halfway_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(source: Path, target: Path, quant: str, n_threads: int) -> str:
        target.write_bytes(source.read_bytes()[:1000])
        raise EngineError("the process was ended by SIGSEGV")

    monkeypatch.setattr(requantize, "write_quantized", half)
    with pytest.raises(EngineError, match="SIGSEGV"):
        requantize.requantize("tiny", "Q4_0", fine)
    assert left(folder) == UNTOUCHED


def test_what_a_killed_process_left_is_written_over(folder: Path, copies: None) -> None:
    (folder / ".part").mkdir(exist_ok=True)
    (folder / ".part" / "tiny-Q4_0.gguf.made").write_bytes(bytes(10**6))
    assert requantize.requantize("tiny", "Q4_0", fine).bytes < 10**6
    assert left(folder) == UNTOUCHED | {"tiny-Q4_0.gguf"}


def test_a_result_that_is_no_whole_model_is_not_checked_nor_kept(folder: Path, monkeypatch) -> None:
    def half(source: Path, target: Path, quant: str, n_threads: int) -> str:
        target.write_bytes(source.read_bytes()[:-100])
        return "copier 1"

    monkeypatch.setattr(requantize, "write_quantized", half)
    with pytest.raises(ModelUnavailable, match="truncated"):
        requantize.requantize("tiny", "Q4_0", fine)
    assert left(folder) == UNTOUCHED


@pytest.mark.usefixtures("copies")
def test_no_space_is_seen_before_and_during(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(StorageFull, match="GB are needed"):
        requantize.requantize("tiny", "Q4_0", fine)
    monkeypatch.undo()
    assert left(folder) == UNTOUCHED


def test_a_write_that_fails_is_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path, quant: str, n_threads: int) -> str:
        raise EngineError("failed to quantize: basic_ios::clear: iostream error")

    monkeypatch.setattr(requantize, "write_quantized", full)
    with pytest.raises(StorageFull, match="no space left"):
        requantize.requantize("tiny", "Q4_0", fine)
    assert left(folder) == UNTOUCHED


@pytest.mark.usefixtures("copies")
def test_two_at_once_is_one_too_many(folder: Path) -> None:
    def second(_new: Path) -> None:
        with pytest.raises(Exception, match=r"another process is (pulling|making)"):
            requantize.requantize("tiny", "Q4_0", fine)

    requantize.requantize("tiny", "Q4_0", second)
    assert left(folder) == UNTOUCHED | {"tiny-Q4_0.gguf"}


@pytest.mark.usefixtures("copies")
def test_a_file_of_the_users_own_gets_its_new_form_beside_it(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    write_tiny_lfm2(own / "mine.gguf", 7)
    made = requantize.requantize(str(own / "mine.gguf"), "Q8_0", fine)
    assert made.path == own / "mine-Q8_0.gguf"
    assert sorted(path.name for path in own.iterdir()) == ["mine-Q8_0.gguf", "mine.gguf"]
    assert registry.from_path(made.path).entry.id == "mine-Q8_0"
    with pytest.raises(UsageError, match="exists already"):
        requantize.requantize(str(own / "mine.gguf"), "Q8_0", fine)
    made.path.unlink()
    part = own / ".mine-Q8_0.gguf.part"
    with part.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="another process is making mine-Q8_0"):
            requantize.requantize(str(own / "mine.gguf"), "Q8_0", fine)


@pytest.mark.usefixtures("copies")
def test_what_needs_no_new_form_or_cannot_have_one_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, error, words in (
        ("nope", UsageError, "did you mean tiny"),
        (str(tmp_path / "absent.gguf"), ModelUnavailable, "cannot be read"),
    ):
        with pytest.raises(error, match=words):
            requantize.requantize(name, "Q4_0", fine)
    with pytest.raises(UsageError, match="choose one of IQ4_NL, Q4_0, Q8_0"):
        requantize.requantize("tiny", "Q3_K", fine)  # type: ignore[arg-type]
    other = tmp_path / "text.gguf"
    other.write_text("no model")
    with pytest.raises(ModelUnavailable, match="no usable GGUF"):
        requantize.requantize(str(other), "Q4_0", fine)
    pull.remove("tiny")
    with pytest.raises(ModelUnavailable, match="models pull tiny"):
        requantize.requantize("tiny", "Q4_0", fine)


@pytest.mark.usefixtures("copies")
def test_a_published_quantization_is_pulled_and_not_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = registry.get("tiny")
    better = msgspec.structs.replace(entry.files[0], name="tiny-Q4_0.gguf", quant="Q4_0")
    both = msgspec.structs.replace(entry, files=(*entry.files, better))
    monkeypatch.setattr(registry, "entries", lambda: {"tiny": both})
    with pytest.raises(UsageError, match="models pull tiny --quant Q4_0"):
        requantize.requantize("tiny", "Q4_0", fine)


def test_a_manifest_names_no_file_outside_its_folder(folder: Path) -> None:
    listed = manifest.read(folder).files
    forged = manifest.PulledFile(
        quant="Q4_0", bytes=4, sha256="0" * 64, source="made", pulled_at="", made_from="0" * 64
    )
    (folder.parent / "out.gguf").write_bytes(b"GGUF")  # of the size that is claimed
    manifest.write(folder, manifest.Manifest(files={**listed, "../out.gguf": forged}))
    assert registry.installed_quants("tiny") == ("F32",)
