"""Every optional dependency, when it is not there, is named in an error with the command that installs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sanderling.bench_device.ann.peers import PEERS

TOP = Path(__file__).resolve().parents[1]
# Tools of those who work on Sanderling, and a sum of other extras.
NOT_OURS_TO_MISS = {"dev", "all", "docs"}

HUB = "from pathlib import Path; from sanderling.models.entries import HubSource; source = HubSource('a/b', 'c.gguf')\n"
PDF = "from pathlib import Path; from sanderling.memory.read.pdf.pdf import read_pdf\n"
FILES = TOP / "tests" / "memory" / "read" / "pdf" / "files"
# Requirement, the module that is missing, its extra, and calls that cannot do without it.
NEEDED_BY = [
    ("llama-cpp-python", "llama_cpp", "llama", ["from sanderling.engines import llama_cpp; llama_cpp.load(None)"]),
    ("xllamacpp", "xllamacpp", "prebuilt", ["from sanderling.engines import xllamacpp; xllamacpp.load(None)"]),
    (
        "onnxruntime",
        "onnxruntime",
        "embed",
        ["from sanderling.models.embedder import open_embedder; open_embedder()"],
    ),
    (
        "tokenizers",
        "tokenizers",
        "embed",
        ["from sanderling.models.embedder import open_embedder; open_embedder()"],
    ),
    (
        "semantic-text-splitter",
        "semantic_text_splitter",
        "embed",
        ["from sanderling.memory.ingest.chunk import split; split('text', '', None, markdown=False)"],
    ),
    (
        "watchfiles",
        "watchfiles",
        "watch",
        [
            "import pathlib, threading; from sanderling.memory.ingest.changed import told; "
            "next(told(pathlib.Path(), threading.Event()))"
        ],
    ),
    *(
        (name, module, "server", ["from sanderling.server.libraries import require_libraries; require_libraries()"])
        for name, module in (
            ("starlette", "starlette"),
            ("uvicorn", "uvicorn"),
            ("prometheus-client", "prometheus_client"),
        )
    ),
    *(
        (name, module, "mcp", ["from sanderling.server.libraries import require_sdk; require_sdk()"])
        for name, module in (("mcp", "mcp"), ("starlette", "starlette"), ("prometheus-client", "prometheus_client"))
    ),
    ("pypdf", "pypdf", "documents", ["from sanderling.memory.read.pdf.pdf import read_pdf; read_pdf(b'%PDF-1.4')"]),
    (
        "cryptography",
        "cryptography",
        "documents",
        [f"{PDF}read_pdf(Path('{FILES}/{name}.pdf').read_bytes())" for name in ("aes-128", "aes-256")],
    ),
    (
        "llguidance",
        "llguidance",
        "json",
        ["from sanderling.engines.json_schema import checked; checked({'type': 'object'})"],
    ),
    (
        "huggingface_hub",
        "huggingface_hub",
        "download",
        [
            f"{HUB}from sanderling.models.download.remote_header import read_remote_header; read_remote_header(source)",
            f"{HUB}from sanderling.models.download.hub import fetch; fetch(source, Path('part'), None, None)",
            "from sanderling.models.download.repository import read_repository; read_repository('a/b')",
        ],
    ),
    (
        "jinja2",
        "jinja2",
        "templates",
        ["from sanderling.models.chat.child import Asked, derived; derived(Asked('', '', '', ()))"],
    ),
    (
        "httpx2",
        "httpx2",
        "tiers",
        [
            "from sanderling.egress import Permit; from sanderling.remote.http import Server; "
            "Server('http://127.0.0.1:9/v1').get('/models', Permit('127.0.0.1', 9))"
        ],
    ),
    ("psycopg", "psycopg", "hub", ["from sanderling.hub.connect import parameters; parameters('host=/tmp')"]),
    ("onnx", "onnx", "export", ["from sanderling.router.export.onnx_model import to_onnx; to_onnx(None)"]),
    (
        "ai-edge-litert",
        "ai_edge_litert",
        "export",
        ["from sanderling.router.export.tflite_model import to_tflite; to_tflite(None)"],
    ),
    (
        "onnxruntime",
        "onnxruntime",
        "export",
        ["from sanderling.bench_device.router_forward import _onnxruntime; _onnxruntime(None, None, None, None)"],
    ),
]


def requirements() -> dict[str, set[str]]:
    """Names of the packages of each extra."""
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return {extra: {re.split(r"[<>=\[ ]", line)[0] for line in lines} for extra, lines in extras.items()}


def said_without(modules: list[str], code: str) -> str:
    """Return the last line on stderr of a fresh process in which ``modules`` cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules.update(dict.fromkeys({modules}))\n{code}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("module", "extra", "code"),
    [(module, extra, code) for _, module, extra, calls in NEEDED_BY for code in calls],
    ids=[f"{package}-{extra}" for package, _, extra, calls in NEEDED_BY for _ in calls],
)
def test_the_error_holds_the_command(module: str, extra: str, code: str) -> None:
    line = said_without([module], code)
    assert line.startswith("sanderling.errors.MissingExtra: ")
    assert line.endswith(f"run  pip install 'sanderling[{extra}]'")


def test_without_any_engine_the_prebuilt_one_is_named() -> None:
    engines = ["sanderling_engine", "llama_cpp", "xllamacpp"]
    line = said_without(engines, "from sanderling.engines import start; start()")
    assert line.endswith("run  pip install 'sanderling[prebuilt]'")


def test_no_extra_is_left_out_here() -> None:
    for extra, packages in requirements().items():
        if extra == "bench":
            # The bench says of each what is missing; its own tests look.
            assert packages == {package for peer in PEERS for package in peer.packages} - {"sanderling"}
        elif extra not in NOT_OURS_TO_MISS:
            assert packages == {package for package, _, named, _ in NEEDED_BY if named == extra}


def test_the_quickstart_lists_every_extra_and_pages_name_none_that_gives_something_else() -> None:
    with (TOP / "pyproject.toml").open("rb") as file:
        extras = set(tomllib.load(file)["project"]["optional-dependencies"]) - NOT_OURS_TO_MISS
    table = (TOP / "docs" / "quickstart.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z]+)` \| [a-z]", table, re.MULTILINE)) == extras
    models = (TOP / "docs" / "models.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(extra `([a-z]+)`\)", models)) == {"download", "templates"}
