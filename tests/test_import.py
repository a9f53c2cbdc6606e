"""What is loaded by an import and by ``--help``: a person waits for it each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

ENGINES = {"onnxruntime", "sanderling_engine", "llama_cpp", "xllamacpp", "tokenizers", "semantic_text_splitter"}
HEAVY = {*ENGINES, "huggingface_hub", "pypdf", "bs4", "numpy", "psutil", "sanderling._core"}


def loaded(code: str, *arguments: str) -> set[str]:
    """Names of the modules in a fresh process after ``code``."""
    report = f"import sys, json\ntry:\n    {code}\nfinally:\n    sys.stderr.write(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", report, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded("import sanderling") & {*HEAVY, "typer", "sanderling.runtime"}


def test_public_names_are_found_when_they_are_used() -> None:
    modules = loaded("import sanderling; sanderling.Runtime, sanderling.Answer, sanderling.__version__")
    assert "sanderling._core" in modules
    assert not modules & {*ENGINES, "typer", "huggingface_hub"}


@pytest.mark.parametrize("command", [[], ["ask"], ["models", "pull"], ["bench", "model"]], ids=str)
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    modules = loaded("from sanderling.cli import main; main()", *command, "--help")
    assert "typer" in modules
    assert not modules & HEAVY
    assert "rich" not in modules


def test_no_command_but_those_that_embed_or_generate_loads_an_engine(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    for command in (["models", "list"], ["profile", "show"], ["log"]):
        assert not loaded("from sanderling.cli import main; main()", *command) & {*ENGINES, "huggingface_hub"}


def test_a_command_line_loads_the_command_it_names() -> None:
    modules = loaded("from sanderling.cli import main; main()", "ask", "--help")
    assert {name for name in modules if name.startswith("sanderling.cli.")} & {
        f"sanderling.cli.{name}" for name in ("bench", "models", "memory", "router", "log", "search", "ask")
    } == {"sanderling.cli.ask"}


def test_a_worker_loads_nothing_of_its_callers_side() -> None:
    modules = loaded("import sanderling.engines.serve, sanderling.engines.llama_engine")
    unneeded = ("engines.worker", "engines.model_pool", "config", "memory", "models", "child_process")
    assert not modules & {*ENGINES, *(f"sanderling.{name}" for name in unneeded)}
    assert not modules & {"psutil", "importlib.metadata", "subprocess", "sanderling._core"}


def test_a_question_needs_neither_ingest_nor_training() -> None:
    modules = loaded("import sanderling.runtime, sanderling.opening, sanderling.models.embedder")
    unneeded = ("memory.ingest.ingest", "router.training.judge", "router.installed", "engines.llama_engine")
    assert not modules & {"psutil", *(f"sanderling.{name}" for name in unneeded)}
