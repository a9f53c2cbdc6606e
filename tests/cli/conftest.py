"""Two ways to call the command line: in this process (``call``), and as a user does (``process``)."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import scripted_model
from gguf_files import lfm2_header

from sanderling import cli
from sanderling.engines.model_pool import ModelPool
from sanderling.memory import Memory
from sanderling.memory.store.store import Store
from sanderling.models import embedder, fit, registry

NOTES = {
    "pump.md": "# Pump\n\nThe feed pump is repaired by Ada Lind. See [Ada Lind](ada.md).",
    "ada.md": "# Ada Lind\n\nAda Lind is the engineer. She comes from Narvik, on the Ofotfjord, 220 km north of Bodø.",
    "menu.txt": "On Fridays the kitchen serves lentil soup with black bread.",
}


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one value on stdout."""
        return json.loads(self.out)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("SANDERLING_HOME", str(folder))
    monkeypatch.delenv("SANDERLING_MEMORY", raising=False)
    return folder


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run a command in this process, as the ``sanderling`` script would."""
    # typer puts its own hook there.
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(*arguments: object, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "argv", ["sanderling", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Result(end.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def process(home: Path) -> Callable[..., Result]:
    """Run a command in a process of its own. ``first``: Python to run before; ``wrap``: a command to run it under."""

    def run(*arguments: object, stdin: bytes = b"", first: str = "", wrap: tuple[str, ...] = (), **env: str) -> Result:
        entry = ["-c", f"{first}\nfrom sanderling.cli import main; main()"] if first else ["-m", "sanderling"]
        done = subprocess.run(
            [*wrap, sys.executable, *entry, *map(str, arguments)],
            check=False,
            input=stdin,
            capture_output=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **env},
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch, hash_embedder) -> None:
    """The embedder of words instead of the real one."""
    monkeypatch.setattr(embedder, "open_embedder", lambda name, **_: hash_embedder)


@pytest.fixture
def scripted(tmp_path: Path, words: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``--model small`` follows a script, by default one that answers with a name; other models are the real ones."""
    models = {}
    resolve = registry.resolve

    def write(*rules: dict[str, str], say: str = "Ada Lind") -> None:
        models["small"] = scripted_model.model(tmp_path, "small", 1, *rules, say=say)

    write()
    monkeypatch.setattr(registry, "resolve", lambda name, quant=None: models.get(name) or resolve(name, quant))
    monkeypatch.setattr("sanderling.opening.ModelPool", lambda _engine, config: ModelPool("scripted", config))
    header_of = fit.header_of
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header() if path.suffix == ".json" else header_of(path))
    return write


@pytest.fixture
def memory(tmp_path: Path, notes: Path, hash_embedder) -> Path:
    """A memory of the notes."""
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as opened:
        opened.ingest([notes])
    return path


@pytest.fixture
def whole(hash_embedder) -> Callable[..., None]:
    """Assert that a memory opens, is sound, and holds so many documents."""

    def check(path: Path, documents: int = len(NOTES)) -> None:
        store = Store.open_existing(path)
        try:
            assert store.integrity() == ()
            assert store.stats().documents == documents
        finally:
            store.close()
        with Memory.open(path, hash_embedder) as opened:
            assert len(opened) == opened.stats().nodes

    return check


@pytest.fixture
def refused() -> Callable[..., None]:
    """Assert that a command ended in one line that says what to do; notes may come before it."""

    def check(result: Result, code: int, *words: str) -> None:
        assert result.code == code, result
        lines = [line for line in result.err.splitlines() if not line.startswith("note: ")]
        assert [line.startswith("error: ") for line in lines] == [True], result.err
        assert "Traceback" not in result.err
        for word in words:
            assert word in lines[0]

    return check


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder in BEIR layout: passages for two slices of an ingest, and three questions."""
    folder = tmp_path / "harbours"
    folder.mkdir()
    passages = [{"_id": f"p{i}", "title": f"Harbour {i}", "text": f"Crane {i} lifts {i} tons."} for i in range(150)]
    queries = [
        {"_id": f"q{i}", "text": f"How much does crane {i} lift?", "answers": [f"{i} tons"]} for i in range(1, 4)
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in passages))
    (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in queries))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(f"q{i}\tp{i}\t1\n" for i in range(1, 4)))
    return folder
