"""Each example runs as it is written, with a scripted model and the embedder of words in place of the real ones."""

from __future__ import annotations

import builtins
import json
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import scripted_model
from gguf_files import lfm2_header

from sanderling.engines.model_pool import ModelPool
from sanderling.models import embedder, fit
from sanderling.models.inventory import ModelInventory

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOTES = {
    "pump.md": "---\ntags: [engine]\n---\n# Pump\n\nThe feed pump is repaired by Ada Lind.",
    "menu.txt": "On Fridays the kitchen serves lentil soup with black bread.",
}
QUESTION = "Who repairs the feed pump?"
SLOW = "x" * 100_000


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hash_embedder, capfd) -> Callable[..., str]:
    """Run an example in an empty folder, with the given arguments after its name; return what it printed."""
    notes = tmp_path / "notes"
    notes.mkdir()
    for name, text in NOTES.items():
        (notes / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    models = (
        scripted_model.model(tmp_path, "small", 1, {"when": "everything", "say": SLOW}, say="Ada Lind"),
        scripted_model.model(tmp_path, "big", 2, say="Ada Lind does."),
    )
    monkeypatch.setattr(
        ModelInventory, "of_ladder", lambda _ladder, detected, threads, _engine=None: ModelInventory(models, detected)
    )
    monkeypatch.setattr(embedder, "open_embedder", lambda name, **_: hash_embedder)
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    begin = ModelPool.__init__
    monkeypatch.setattr(ModelPool, "__init__", lambda pool, engine, config: begin(pool, "scripted", config))

    def example(name: str, *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capfd.readouterr().out

    return example


def test_ask(run) -> None:
    out = run("ask.py", "notes", QUESTION)
    assert out.startswith("2 notes added, 0 changed, 0 unchanged\nAda Lind")
    assert "pump.md" in out
    assert run("ask.py", "notes", QUESTION).startswith("0 notes added, 0 changed, 2 unchanged\n")


def test_stream(run) -> None:
    out = run("stream.py", "notes", QUESTION, "60")
    assert out.startswith("Ada Lind")
    assert "ended by: stop" in out


def test_stream_is_ended_by_its_timer(run, monkeypatch, smallest_first) -> None:
    began = time.monotonic()
    out = run("stream.py", "notes", "Tell me everything about the feed pump", "0")
    assert "cancelled" in out
    assert time.monotonic() - began < 30


def test_filter(run) -> None:
    out = run("filter.py", "notes", QUESTION, "engine")
    tagged, recent = out.split("notes of this year:")
    assert tagged.startswith("notes tagged engine:\n")
    assert "Pump" in tagged and "menu" not in tagged and "Ada Lind" in tagged
    assert "Ada Lind" in recent
    assert "no notes match the filter" in run("filter.py", "notes", QUESTION, "no-such-tag")


def test_chat(run, monkeypatch) -> None:
    lines = iter([QUESTION, "Where does she live?", ""])
    monkeypatch.setattr(builtins, "input", lambda prompt: next(lines))
    first, second = (line for line in run("chat.py", "notes").splitlines() if "tokens of the prompt" in line)
    assert first.strip().startswith("0 of ")
    assert int(second.split()[0]) > 0


def test_own_embedder(run) -> None:
    out = run("own_embedder.py", "notes", QUESTION)
    assert "Pump" in out.splitlines()[0]
    assert "Ada Lind" in out


def test_train_a_router(run, tmp_path: Path) -> None:
    lines = [{"question": f"Who repairs feed pump {number}?", "answer": "Ada Lind"} for number in range(80)]
    (tmp_path / "questions.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "config.toml").write_text("explore = 0.5\n")
    out = run("train_a_router.py", "notes", "questions.jsonl")
    assert out.count("up  ") == len(lines)
    assert {"small", "big"} <= set(out.split())


def test_every_example_has_a_test_and_a_row() -> None:
    names = {path.name for path in EXAMPLES.glob("*.py")}
    source = Path(__file__).read_text()
    assert {name for name in names if f'"{name}"' not in source} == set()
    readme = (EXAMPLES / "README.md").read_text()
    assert {name for name in names if f"`examples/{name}`" not in readme} == set()
