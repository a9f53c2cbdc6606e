"""Whatever is handed in: one line that says what to do, the right exit code, and the memory as good as before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from gguf_files import lfm2_bytes
from handmade_pdf import pdf

from sanderling._core import InternalError
from sanderling.engines import model_pool as pool
from sanderling.errors import MemoryFileError
from sanderling.memory import Memory
from sanderling.memory import index as sync
from sanderling.memory.index import index_path
from sanderling.memory.store import store
from sanderling.models import fit, manifest, registry

ASK = ("ask", "Who repairs the feed pump?", "--model", "small", "-m")
# Nothing but the name of a module tells whether it is installed, so this is what its absence looks like.
WITHOUT = "import sys; sys.modules.update(dict.fromkeys({}))"


WORDS = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1] / "helpers")!r})
from hash_embedder import HashEmbedder
from sanderling.models import embedder
embedder.open_embedder = lambda *_, **__: HashEmbedder()
"""


def ask_with_words(process, memory: Path, wrap: tuple[str, ...]):
    """Ask with a model whose file is a header alone: the memory is opened before any engine is started."""
    model = Path(os.environ["SANDERLING_HOME"]).with_name("tiny.gguf")
    model.write_bytes(lfm2_bytes())
    return process("ask", "Who?", "--model", model, "-m", memory, first=WORDS, wrap=wrap)


@pytest.fixture
def unprivileged() -> tuple[str, ...]:
    """A command under which permissions hold even for root."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root passes over permissions, and there is no setpriv to give that up")
    capabilities = "-dac_override,-dac_read_search"
    return ("setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}")


@pytest.mark.parametrize(
    ("question", "words"), [("", "empty"), (" \t\n", "empty"), ("x" * 2**20, "ingest")], ids=["empty", "space", "1 MB"]
)
def test_question(call, scripted, memory, refused, whole, question: str, words: str) -> None:
    refused(call("ask", question, "--model", "small", "-m", memory), 2, words)
    refused(call("ask", "-", "--model", "small", "-m", memory, stdin=question), 2, words)
    whole(memory)


FILES = {
    "noise.txt": (bytes(range(256)), "text"),
    "photo.jpg": (b"\xff\xd8\xff", ".jpg"),
    "cut.pdf": (pdf("The pump.")[:200], "PDF"),
    "liar.pdf": (b"not a PDF at all", "PDF"),
    "scan.pdf": (pdf(""), "scanned"),
    "bad.jsonl": (b"{\n", "line"),
    "empty.md": (b"", "no text"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read(call, words, memory, notes, tmp_path, refused, whole, name: str) -> None:
    data, reason = FILES[name]
    alone = tmp_path / name
    alone.write_bytes(data)
    refused(call("ingest", alone, "-m", memory), 2, name, reason)
    whole(memory)
    # Among others it costs a note, not the folder.
    shutil.copy(alone, notes)
    (notes / "new.md").write_text("# New\n\nThe ice drill is called Needle.")
    shown = call("ingest", notes, "-m", memory, "--json")
    assert shown.code == 0
    assert shown.json["added"] == 1
    assert [Path(uri.split(",")[0]).name for uri, _ in shown.json["skipped"]] == [name]
    whole(memory, documents=4)


def test_a_path_that_is_not_there(call, words, memory, refused, whole) -> None:
    refused(call("ingest", "/does/not/exist", "-m", memory), 2, "no such file")
    whole(memory)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ingest", "{}"), "no such file"),
        (("memory", "forget", "{}"), "holds nothing of"),
        (("memory", "show", "{}"), "holds no"),
        (("search", "pump", "--in", "{}"), "no notes match"),
        (("memory", "add", "x", "--to", "{}"), "holds nothing of"),
    ],
    ids=["ingest", "forget", "show", "search", "add"],
)
@pytest.mark.parametrize("path", ["circle", "~nobody-of-this-name/a"])
def test_a_path_that_leads_nowhere(call, words, memory, tmp_path, refused, whole, arguments, says, path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    name = path if path.startswith("~") else tmp_path / path
    refused(call(*(each.format(name) for each in arguments), "-m", memory), 2, says)
    whole(memory)


def test_vectors_of_the_wrong_dimension(memory, hash_embedder, whole) -> None:
    class Liar:
        id, dim, max_tokens = hash_embedder.id, hash_embedder.dim, 256
        count_tokens = staticmethod(hash_embedder.count_tokens)

        def embed(self, texts, on_truncated=None):
            return np.ones((len(texts), 7), np.float32)

    with Memory.open(memory, Liar()) as opened:
        with pytest.raises(TypeError, match="64"):
            opened.add("A text whose vector has seven dimensions.")
        with pytest.raises(ValueError, match="64"), opened.store.write() as writer:
            writer.add_node("The same, written directly.", np.ones(7, np.float32))
        with pytest.raises(TypeError, match=r"float32\[64\], got float32 of shape \[7\]"):
            opened.search(np.ones(7, np.float32))
    whole(memory)


def test_a_memory_of_another_embedder(call, scripted, memory, notes, hash_embedder, refused, whole) -> None:
    hash_embedder.id = "hash-64-of-tomorrow"
    refused(call(*ASK, memory), 3, "hash-64,", "hash-64-of-tomorrow", f"sanderling memory reembed -m {memory}")
    refused(call("ingest", notes, "-m", memory), 3, "hash-64-of-tomorrow")
    hash_embedder.id = "hash-64"
    whole(memory)


def test_a_full_disk(call, words, memory, notes, refused, whole, monkeypatch) -> None:
    """The file may grow by two pages: less than the new document takes."""
    opened = store.Database

    def full(path: Path):
        database = opened(path)
        database.execute(f"PRAGMA max_page_count = {database.execute('PRAGMA page_count')[0][0] + 2}")
        return database

    (notes / "long.md").write_text("\n\n".join(f"Paragraph {i} on ice, wind and diesel." for i in range(400)))
    with monkeypatch.context() as patched:
        patched.setattr(store, "Database", full)
        refused(call("ingest", notes, "-m", memory), 7, "free disk space")
    whole(memory)
    assert call("ingest", notes, "-m", memory).code == 0
    whole(memory, documents=4)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
def test_a_really_full_disk(call, scripted, memory, notes, tmp_path, hash_embedder, refused, whole) -> None:
    """On a file system of 1 MB: the ingest ends in one line, and once there is room again it succeeds."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system takes root")
    try:
        path = disk / memory.name
        with Memory.open(memory, hash_embedder) as opened:
            opened.store.database.execute("VACUUM INTO ?", (str(path),))
        filler = disk / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(disk).free - 120_000))
        (notes / "long.md").write_text("\n\n".join(f"Paragraph {i} on ice, wind and diesel." for i in range(2000)))
        refused(call("ingest", notes, "-m", path), 7, "free disk space")
        answer = call(*ASK, path, "--json")
        assert (answer.code, answer.json["text"]) == (0, "Ada Lind")
        filler.unlink()
        whole(path)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_bug_of_the_index_is_one_line_and_costs_no_file(call, scripted, memory, refused, whole, monkeypatch) -> None:
    before = index_path(memory).read_bytes()

    def fail(path: Path) -> None:
        raise InternalError("internal error, please report it: a panic; reopen the memory")

    with monkeypatch.context() as patched:
        patched.setattr(sync._core, "GraphMemory", SimpleNamespace(load=fail))
        refused(call(*ASK, memory), 1, "please report it")
        refused(call("memory", "verify", "-m", memory), 1, "please report it")
    assert index_path(memory).read_bytes() == before
    whole(memory)


def test_a_truncated_model_by_its_path(call, words, memory, tmp_path, refused, whole) -> None:
    path = tmp_path / "tiny.gguf"
    for size in (0, 3, 40, len(lfm2_bytes()) - 1):
        path.write_bytes(lfm2_bytes()[:size])
        refused(call("ask", "Who?", "--model", path, "-m", memory), 5, "tiny.gguf")
    refused(call("ask", "Who?", "--model", tmp_path / "absent.gguf", "-m", memory), 5, "absent.gguf")
    whole(memory)


def test_a_truncated_model_that_was_pulled(call, words, memory, refused, whole) -> None:
    entry = registry.get("smollm2-135m")
    folder = registry.folder(entry.id)
    folder.mkdir(parents=True)
    (name,) = (file.name for file in entry.files_of())
    pulled = manifest.PulledFile(quant="Q4_1", bytes=98_000_000, sha256="1" * 64, source="", pulled_at=manifest.now())
    manifest.write(folder, manifest.Manifest(files={name: pulled}))
    (folder / name).write_bytes(lfm2_bytes()[:100])
    refused(call("ask", "Who?", "--model", entry.id, "-m", memory), 5, f"sanderling models pull {entry.id}")
    whole(memory)


def test_no_engine(process, home, memory, tmp_path, refused, whole, monkeypatch) -> None:
    # In this way the worker process, which is a child of the child, is without them too.
    (tmp_path / "sitecustomize.py").write_text(WITHOUT.format(["sanderling_engine", "llama_cpp", "xllamacpp"]))
    monkeypatch.syspath_prepend(tmp_path)
    model = tmp_path / "tiny.gguf"
    model.write_bytes(lfm2_bytes())
    for engine in ("auto", "llama_cpp", "xllamacpp"):
        result = process("ask", "Who?", "--model", model, "--engine", engine, "-m", memory, first=WORDS)
        refused(result, 4, "pip install 'sanderling[")
    refused(process("bench", "model", "--model", model), 4, "pip install 'sanderling[prebuilt]'")
    doctor = process("doctor", "--model", model, "--json")
    assert doctor.code == 1
    assert "pip install" in {finding["part"]: finding["message"] for finding in doctor.json}["engine"]
    whole(memory)


@pytest.mark.parametrize("missing", [["onnxruntime"], ["tokenizers"], ["onnxruntime", "tokenizers"]], ids=str)
def test_no_embedder(process, memory, notes, tmp_path, refused, whole, missing: list[str]) -> None:
    model = tmp_path / "tiny.gguf"
    model.write_bytes(lfm2_bytes())
    for command in (("ingest", notes, "-m", memory), ("ask", "Who?", "--model", model, "-m", memory)):
        refused(process(*command, first=WITHOUT.format(missing)), 4, "pip install 'sanderling[embed]'")
    whole(memory)


def test_no_splitter(call, words, memory, notes, refused, whole, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "semantic_text_splitter", None)
    (notes / "new.md").write_text("# New\n\nThe ice drill is called Needle.")
    refused(call("ingest", notes / "new.md", "-m", memory), 4, "pip install 'sanderling[embed]'")
    whole(memory)


def test_a_model_that_does_not_fit(call, scripted, memory, refused, whole, monkeypatch) -> None:
    monkeypatch.setattr(pool, "available_ram_bytes", lambda: 0)
    refused(call(*ASK, memory), 6, "small", "close other programs")
    whole(memory)


def test_a_model_that_does_not_fit_is_not_tried(call, home, tmp_path, refused, monkeypatch) -> None:
    monkeypatch.setattr(fit, "available_ram_bytes", lambda: 0)
    model = tmp_path / "tiny.gguf"
    model.write_bytes(lfm2_bytes())
    refused(call("bench", "model", "--model", model), 6, "tiny.gguf", "pull a smaller model")
    found = {finding["part"]: finding for finding in call("doctor", "--model", model, "--json").json}
    assert found["engine"]["status"] == "fail"
    assert "0.00 GB are left" in found["engine"]["message"]


@pytest.mark.parametrize(
    ("option", "value", "near"),
    [
        ("--model", "smolm2-135", "smollm2-135m"),
        ("--profile", "raspbery_pi_5", "raspberry_pi_5"),
        ("--ladder", "lfm", "lfm2"),
        ("--router", "absent.grnn", "absent.grnn"),
    ],
)
def test_a_name_that_is_not_known(call, words, memory, refused, whole, option: str, value: str, near: str) -> None:
    refused(call("ask", "Who?", option, value, "-m", memory), 2, value, near)
    whole(memory)


def test_a_memory_that_is_a_folder(call, scripted, notes, tmp_path, refused) -> None:
    refused(call(*ASK, notes), 3, "is a folder", "notes.sanderling")
    refused(call("ingest", notes, "-m", tmp_path), 3, "is a folder")
    assert call("doctor", "-m", notes).code == 1


@pytest.mark.parametrize("content", [b"# Notes\n", bytes(5000), b"SQLite format 3\0" + bytes(200)], ids=len)
def test_a_memory_that_is_none(call, scripted, notes, tmp_path, refused, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    refused(call(*ASK, path), 3, "choose another path, or move this file away")
    refused(call("ingest", notes, "-m", path), 3, str(path))
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.glob("file*")] == ["file"]


def test_another_program_s_database(call, scripted, tmp_path, notes, refused) -> None:
    import sqlite3

    path = tmp_path / "music.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE song(title)")
    connection.close()
    before = path.read_bytes()
    refused(call(*ASK, path), 3, "not a memory file")
    refused(call("ingest", notes, "-m", path), 3, "not a memory file")
    assert path.read_bytes() == before


def test_a_memory_without_permission(process, memory, unprivileged, refused, whole) -> None:
    memory.chmod(0)
    refused(ask_with_words(process, memory, unprivileged), 3, str(memory), "check")
    memory.chmod(0o644)
    whole(memory)


def test_a_folder_that_cannot_be_written(process, memory, unprivileged, refused, whole, tmp_path) -> None:
    folder = tmp_path / "fixed"
    folder.mkdir()
    kept = folder / memory.name
    shutil.copy(memory, kept)
    kept.chmod(0o444)
    folder.chmod(0o555)
    model = tmp_path / "tiny.gguf"
    model.write_bytes(lfm2_bytes())
    routed = process("route", "Who?", "--model", model, "-m", kept, first=WORDS, wrap=unprivileged)
    assert (routed.code, "not saved, since the memory is read-only" in routed.err) == (0, True), routed
    result = process("ingest", tmp_path / "notes", "-m", kept, first=WORDS, wrap=unprivileged)
    refused(result, 3, "there is no permission to write the file or its folder")
    assert [each.name for each in folder.iterdir()] == [kept.name]
    result = process("ingest", tmp_path / "notes", "-m", folder / "new.sanderling", first=WORDS, wrap=unprivileged)
    refused(result, 3, "check that the folder exists and can be written")
    folder.chmod(0o755)
    kept.chmod(0o644)
    whole(kept)


@pytest.mark.parametrize("text", ["ladder = [", 'laddder = "lfm2"', "n_threads = 'two'", "\xff"])
def test_damaged_settings(call, words, home, memory, refused, whole, text: str) -> None:
    home.mkdir()
    (home / "config.toml").write_bytes(text.encode("latin-1"))
    for command in (("ask", "Who?", "-m", memory), ("ingest", memory.parent / "notes", "-m", memory)):
        refused(call(*command), 2, "config.toml", "correct it, or delete it")
    (home / "config.toml").unlink()
    whole(memory)


def test_a_home_that_cannot_be_made(call, tmp_path, refused, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("SANDERLING_HOME", str(home))
        refused(call("models", "list"), 2, "SANDERLING_HOME")


@pytest.mark.parametrize("damage", ["truncated", "overwritten", "foreign", "a folder"])
def test_a_damaged_index_is_rebuilt_and_said(call, scripted, memory, whole, damage: str) -> None:
    index = memory.with_name(memory.name + ".idx")
    data = index.read_bytes()
    if damage == "a folder":
        index.unlink()
        index.mkdir()
    else:
        half = data[: len(data) // 2]
        damaged = {"truncated": half, "overwritten": half + b"x" * len(half), "foreign": b"hello"}
        index.write_bytes(damaged[damage])
    answer = call(*ASK, memory, "--json")
    assert (answer.code, answer.json["sources"][0]["title"]) == (0, "Pump")
    assert "rebuilt from the memory" in answer.err
    assert answer.err.startswith("note: ")
    if damage != "a folder":
        assert call(*ASK, memory, "--json").err == ""
        whole(memory)


def test_a_damaged_memory(call, scripted, memory, refused) -> None:
    memory.write_bytes(memory.read_bytes()[:4096] + b"x" * 20_000)
    refused(call(*ASK, memory), 3, "damaged", "restore a backup")
    assert call("doctor", "-m", memory).code == 1
    with pytest.raises(MemoryFileError):
        store.Store.open_existing(memory).integrity()
