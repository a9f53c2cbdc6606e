"""Nothing leaves the device and nothing is left about: commands, watched from outside until long after their work."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx2
import msgspec
import pytest
from handmade_office import word
from tiny_bert import write_tiny_bert
from tiny_lfm2 import write_tiny_lfm2
from watched import Watched, watch, why_not

from sanderling import config
from sanderling.models import manifest, registry

pytestmark = pytest.mark.timeout(900)

LINGER_S = 30
"""ONNX Runtime's telemetry begins after 8 s."""
LINGERING = Path(__file__).parents[1] / "helpers" / "lingering.py"
NOTES = {
    "pump.md": "# Pump\n\nThe feed pump is repaired by Ada Lind. See [Ada Lind](ada.md).",
    "ada.md": "# Ada Lind\n\nAda Lind is the engineer. She comes from Narvik, on the Ofotfjord.",
    "menu.txt": "On Fridays the kitchen serves lentil soup with black bread.",
}
FORMATS = {
    "front.md": b"---\ntags: [winch, deck]\ncreated: 2024-03-05\n---\n# Winch\n\nIt is greased in spring.",
    "old.txt": "Печь в кают-компании чистят раз в месяц, трубу осматривают осенью.".encode("koi8-r"),
    "crew.csv": b"name,berth\nAda Lind,4\nOle Berg,5\n",
    "chat.jsonl": b'{"role": "user", "content": "When is the boat due?"}\n',
    "page.html": b"<html><title>Stores</title><body><main><p>Twelve sacks of flour.</p></main></body></html>",
    "letter.eml": b"From: a@example.org\nTo: b@example.org\nSubject: Diesel\n\nThe barge comes on Tuesday.\n",
    "plan.docx": word("<w:p><w:r><w:t>The jetty is mended in May.</w:t></w:r></w:p>"),
    "feed.pdf": (Path(__file__).parents[1] / "memory" / "read" / "pdf" / "files" / "aes-256.pdf").read_bytes(),
}
"""One note for each library that reads notes."""
LIBRARIES = ("/chardet/", "/yaml/", "/pypdf/", "/cryptography/")
SUM = '{"_id": "s1", "text": "How many are 2 and 3?", "answers": ["5"]}'
QUESTION = '{"id": "q1", "text": "Who repairs the feed pump?", "answers": ["Ada Lind"], "gold": ["pump.md"], "hops": 1}'


class Command(NamedTuple):
    arguments: str
    """NOTES, WORKLOAD, MEMORY and TINY stand for paths."""
    workers: int = 0
    """1: models run in processes of their own."""
    stdin: str = ""
    embeds: bool = True
    """In its own process."""
    code: int = 0
    kept: bool = True
    """False: models run in another process, whose end is not put off."""


MODEL = "--model smollm2-135m --threads 1"
GGUF = "embeddinggemma-300m"
"""An embedder that llama.cpp runs; a tiny one takes its place."""
BUSY = "--model smollm2-135m --busy 1 --rounds 1 --prompt-tokens 8 --decode-tokens 2"
TWO = "--model smollm2-135m --rounds 1 --prompts 2 --prompt-tokens 8 --decode-tokens 2"
# Left out: `bench ask --way cold`, which starts the "ask" of this table, and `models requantize` of a real model, which
# is compared with the original on 93 questions for minutes.
COMMANDS = {
    "ask": Command(f"ask Who? -m MEMORY {MODEL} --max-tokens 4 --privacy any", workers=1),
    "ask --quote": Command("ask Who? -m MEMORY --quote --threads 1"),
    "chat": Command(f"chat -m MEMORY {MODEL} --max-tokens 4", workers=1, stdin="Who repairs the feed pump?\n"),
    "chat --list": Command("chat --list", embeds=False),
    "chat --forget": Command("chat --forget all", embeds=False),
    "ingest": Command("ingest NOTES -m MEMORY"),
    "watch": Command("watch NOTES -m MEMORY", code=130),  # ended by Ctrl-C, see tests/helpers/lingering.py
    "search": Command("search Who? -m MEMORY --threads 1"),
    "memory reembed": Command("memory reembed -m MEMORY --threads 1"),
    "memory learn": Command("memory learn -m MEMORY --threads 1 --dry-run", code=2),  # too few notes to learn from
    "memory add": Command("memory add thought -m MEMORY --tag x --to pump.md"),
    "memory export": Command("memory export EXPORT -m MEMORY", embeds=False),
    "memory import": Command("memory import LINES -m MEMORY --threads 1"),
    "memory reembed with llama.cpp": Command(
        f"memory reembed -m MEMORY --threads 1 --embedder {GGUF}", embeds=False, kept=False
    ),
    "memory forget": Command("memory forget NOTES -m MEMORY", embeds=False),
    "hub sync": Command("hub sync -m MEMORY --threads 1", code=2),  # no hub is named, so nobody is asked
    "memory show": Command("memory show pump.md -m MEMORY", embeds=False),
    "serve": Command(f"serve -m MEMORY {MODEL} --unix-only --idle-exit 40s", workers=1),
    "mcp": Command(f"mcp -m MEMORY {MODEL}"),  # its client closes stdin
    "route": Command("route Who? -m MEMORY --ladder open-small"),
    "tune": Command("tune -m MEMORY --threads 1 --dry-run"),
    "doctor": Command("doctor -m MEMORY --model smollm2-135m", workers=1),
    "bench ask": Command(f"bench ask {MODEL} --way warm --questions 1 --max-tokens 4 --workload WORKLOAD", kept=False),
    "bench quote": Command("bench quote --data WORKLOAD"),
    "bench scripts": Command("bench scripts"),
    "bench sanity": Command(
        f"bench sanity --suite gsm8k --data WORKLOAD {MODEL} --max-tokens 4", workers=1, embeds=False
    ),
    "log judge": Command("log judge", embeds=False, code=2),  # the log is empty, so nothing is judged
    "bench contention": Command(f"bench contention {BUSY}", workers=1, embeds=False),
    "bench tiers": Command("bench tiers --model smollm2-135m", embeds=False, code=2),  # there are no tiers
    "bench concurrency": Command(f"bench concurrency {TWO}", workers=1, embeds=False),
    "bench reuse": Command(f"bench reuse {MODEL} --workload WORKLOAD", workers=1),
    "models add": Command("models add TINY --id tiny --chat-format lfm2", workers=1, embeds=False),
    "models requantize": Command("models requantize TINY --to Q8_0", workers=1, embeds=False),
    "bench tasks": Command(f"bench tasks {MODEL} --kind answers --limit 1", workers=1, embeds=False),
    "bench": Command(f"bench --quick {MODEL} --tests pp16,tg4 -r 1 --requests 1 --workload WORKLOAD", workers=1),
}


class House:
    """Folders of one command: Sanderling's, the memory's, the user's, the temporary one, and where it is called."""

    def __init__(self, root: Path, workload: Path) -> None:
        self.data, self.memory, self.user, self.tmp, self.work = (
            root / name for name in ("data", "memory", "user", "tmp", "work")
        )
        for folder in (self.data, self.memory, self.user, self.tmp, self.work):
            folder.mkdir(parents=True)
        (self.data / "models").mkdir()
        for model in (config.home() / "models").iterdir():
            (self.data / "models" / model.name).symlink_to(model)
        self.tiny = self.data / "tiny.gguf"
        self._paths = {
            "MEMORY": self.memory / "m.sanderling",
            "NOTES": workload / "notes",
            "WORKLOAD": workload,
            "TINY": self.tiny,
            "EXPORT": self.memory / "m.jsonl",
            "LINES": workload / "lines.jsonl",
        }

    def env(self) -> dict[str, str]:
        """As a user's shell has it: with nothing of this process, in which telemetry is off already."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "OMP_NUM_THREADS": "1",
            "HOME": str(self.user),
            "TMPDIR": str(self.tmp),
            "SANDERLING_HOME": str(self.data),
        }

    def words(self, command: Command) -> list[str]:
        return [str(self._paths.get(word, word)) for word in command.arguments.split()]


@pytest.fixture(scope="module")
def strace() -> None:
    """Where nothing can be watched, nothing is proved: in CI that is a failure."""
    if reason := why_not():
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"nothing can be watched here: {reason}")


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workload")
    (folder / "notes").mkdir()
    for name, text in NOTES.items():
        (folder / "notes" / name).write_text(text, encoding="utf-8")
    for name, data in FORMATS.items():
        (folder / "notes" / name).write_bytes(data)
    (folder / "questions.jsonl").write_text(f"{QUESTION}\n", encoding="utf-8")
    (folder / "queries.jsonl").write_text(f"{SUM}\n", encoding="utf-8")
    (folder / "lines.jsonl").write_text('{"text": "A step.", "type": "trace"}\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tiny(smollm2_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights with a real vocabulary: the questions that a new quantization is checked on must fit in."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    write_tiny_lfm2(path, seed=7, words=smollm2_path)
    return path


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installed embedder: of the size that its entry states, with random weights."""
    entry, folder = registry.get(GGUF), tmp_path_factory.mktemp("embedder")
    assert entry.embedding is not None
    file = entry.files_of(entry.default_quant)[0]
    path = folder / file.name
    write_tiny_bert(path, seed=7, dim=entry.embedding.dim, positions=entry.embedding.max_tokens)
    pulled = manifest.PulledFile(
        quant=file.quant,
        bytes=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        source="test",
        pulled_at="2026-11-29T00:00:00+00:00",
    )
    (folder / manifest.NAME).write_bytes(msgspec.json.encode(manifest.Manifest(files={file.name: pulled})))
    return folder


@pytest.fixture(scope="module")
def watched(
    strace: None, tiny: Path, embedder: Path, workload: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Watched, House]]:
    """All commands, at once: they sleep most of the time."""
    root = tmp_path_factory.mktemp("egress")
    first = House(root / "first", workload)
    ingest = [sys.executable, "-m", "sanderling", *first.words(COMMANDS["ingest"])]
    subprocess.run(ingest, check=True, capture_output=True, env=first.env(), cwd=first.work)

    def run(name: str) -> tuple[Watched, House]:
        house = House(root / name, workload)
        if name not in ("ingest", "watch"):
            shutil.copytree(first.memory, house.memory, dirs_exist_ok=True)
        if "TINY" in COMMANDS[name].arguments:
            shutil.copy(tiny, house.tiny)
        if GGUF in COMMANDS[name].arguments:
            shutil.copytree(embedder, house.data / "models" / GGUF)
        command = [sys.executable, str(LINGERING), str(LINGER_S), *house.words(COMMANDS[name])]
        return watch(command, root / name / "trace", house.env(), house.work, COMMANDS[name].stdin), house

    with ThreadPoolExecutor(len(COMMANDS)) as pool:
        return dict(zip(COMMANDS, pool.map(run, COMMANDS), strict=True))


@pytest.mark.model
@pytest.mark.parametrize("name", COMMANDS)
def test_no_socket_is_opened_and_no_file_written_elsewhere(
    watched: dict[str, tuple[Watched, House]], name: str
) -> None:
    seen, house = watched[name]
    assert seen.code == COMMANDS[name].code, seen.out
    # Otherwise it would prove nothing.
    assert seen.loaded("onnxruntime") == COMMANDS[name].embeds
    assert seen.loaded("llama") == (bool(COMMANDS[name].workers) or not COMMANDS[name].kept)
    assert f"{COMMANDS[name].workers} workers kept" in seen.out
    assert (seen.sockets(), seen.written_outside(house.data, house.memory, house.tmp)) == ([], [])


@pytest.mark.model
@pytest.mark.parametrize(("name", "libraries"), [("ingest", LIBRARIES), ("watch", (*LIBRARIES, "/watchfiles/"))])
def test_all_that_reads_notes_was_there_to_be_watched(
    watched: dict[str, tuple[Watched, House]], name: str, libraries: tuple[str, ...]
) -> None:
    seen, _ = watched[name]
    assert ", 0 skipped" in seen.out
    assert [library for library in libraries if not any(library in call.opened for call in seen.calls)] == []


@pytest.mark.model
@pytest.mark.parametrize("name", COMMANDS)
def test_only_the_owner_can_read_what_was_written(watched: dict[str, tuple[Watched, House]], name: str) -> None:
    _, house = watched[name]
    written = [path for folder in (house.data, house.memory) for path in folder.rglob("*") if path.is_file()]
    # Models may be shared.
    ours = [path for path in written if not path.is_relative_to(house.data / "models") and path.suffix != ".gguf"]
    assert {str(path): oct(path.stat().st_mode & 0o777) for path in ours if path.stat().st_mode & 0o077} == {}


@pytest.mark.model
@pytest.mark.usefixtures("strace", "smollm2_path")
def test_a_service_that_is_asked_listens_on_loopback_and_calls_nobody(
    workload: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tmp_path = tmp_path_factory.mktemp("served")  # short: a socket's path has 107 bytes
    house = House(tmp_path / "house", workload)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = f"serve -m MEMORY --watch NOTES {MODEL} --no-key --port {port} --idle-exit 12s"
    words = [sys.executable, "-m", "sanderling", *house.words(Command(command))]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(watch, words, tmp_path / "trace", house.env(), house.work)
        body = {"messages": [{"role": "user", "content": "Who repairs the feed pump?"}], "max_tokens": 4}
        said = None
        while said is None and not running.done():
            with suppress(httpx2.ConnectError):
                said = httpx2.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=body, timeout=300)
            time.sleep(0.1)
        seen = running.result()
    assert said is not None, seen.out
    assert said.status_code == 200, said.text
    made = [call.split(",")[0] for call in seen.sockets()]
    assert made == ["socket(AF_INET"]  # its own, bound to 127.0.0.1; nothing connects
    assert seen.written_outside(house.data, house.memory, house.tmp) == []


@pytest.mark.usefixtures("strace")
def test_a_child_that_opens_a_socket_and_writes_elsewhere_is_seen(tmp_path: Path) -> None:
    child = (
        "import os, socket; socket.socket(); open('x', 'w'); os.mkdir('y'); os.rename('x', 'z'); os.open('.', 0)\n"
        "os.symlink('/nowhere', 'link'); os.symlink('/nowhere', 'other', dir_fd=os.open('y', 0))"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    work = tmp_path / "work"
    work.mkdir()
    seen = watch([sys.executable, "-c", parent], tmp_path / "trace", dict(os.environ), work)
    assert seen.code == 0, seen.out
    assert [call.split(",")[0] for call in seen.sockets()] == ["socket(AF_INET"]
    # Of a link, where it stands: not what it leads to.
    assert seen.written_outside() == [str(work / name) for name in ("link", "x", "y", "y/other", "z")]
    assert seen.written_outside(work) == []
