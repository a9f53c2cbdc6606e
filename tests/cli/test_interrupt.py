from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanderling.cli.interrupt import stops_the_answer
from sanderling.errors import MissingExtra
from sanderling.memory import Memory


class Answering:
    def __init__(self, generating: bool) -> None:
        self.generating = generating
        self.cancelled = threading.Event()

    def cancel(self) -> bool:
        self.cancelled.set()
        return True


@pytest.fixture(autouse=True)
def default_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_ends_the_answer_and_the_second_the_command() -> None:
    runtime = Answering(True)
    with pytest.raises(KeyboardInterrupt), stops_the_answer(runtime):
        signal.raise_signal(signal.SIGINT)
        assert runtime.cancelled.wait(20)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_before_and_after_an_answer_it_interrupts() -> None:
    runtime = Answering(False)
    with pytest.raises(KeyboardInterrupt), stops_the_answer(runtime):
        signal.raise_signal(signal.SIGINT)
    assert not runtime.cancelled.is_set()


def test_where_it_is_ignored_it_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    runtime = Answering(True)
    with stops_the_answer(runtime):
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert not runtime.cancelled.wait(0.1)


STARTING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import typer.main
moment = sys.argv.pop(1)
def make(app, real=typer.main.get_command):
    if moment == "commands are made":
        signal.raise_signal(signal.SIGINT)
    return real(app)
typer.main.get_command = make
class Import:
    def find_spec(self, name, *_):
        if name == moment:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Import())
from sanderling.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "moment", ["sanderling.cli", "sanderling.cli.doctor", "commands are made", "sanderling.doctor"]
)
def test_at_the_start_it_ends_the_command_without_a_word(moment: str, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTING, moment, "doctor"],
        check=False,
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_ctrl_c_in_a_compiled_module_that_is_imported_is_no_missing_extra(call, memory, monkeypatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        try:
            raise ImportError("initialization failed") from KeyboardInterrupt()
        except ImportError as error:
            raise MissingExtra("embedding text", "embed") from error

    monkeypatch.setattr("sanderling.models.embedder.open_for_memory", interrupted)
    done = call("memory", "add", "x", "-m", memory)
    assert (done.code, done.out, done.err) == (130, "", "")


@pytest.mark.model
def test_a_real_answer_is_stopped_and_shown_as_far_as_it_came(
    tmp_path: Path, notes: Path, hash_embedder, smollm2_path: Path
) -> None:
    memory = tmp_path / "m.sanderling"
    with Memory.open(memory, hash_embedder) as opened:
        opened.ingest([notes])
    code = """
import signal, sys
sys.path.insert(0, sys.argv.pop(1))
signal.signal(signal.SIGINT, signal.default_int_handler)
from hash_embedder import HashEmbedder
from sanderling.models import embedder
embedder.open_embedder = lambda name, **_: HashEmbedder()
from sanderling.cli import main
main()
"""
    question = "Write a long story about the feed pump."
    arguments = ["ask", question, "-m", memory, "--model", smollm2_path, "--threads", 1, "--max-tokens", 2000]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(Path(__file__).parents[1] / "helpers"), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said
    assert re.search(rb"\n  \[\d\] ", out)
    assert b"note: the answer was stopped after " in err
