"""Each command through a running service and without it: the same output, exit codes and messages."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from scripted_command import command, environment, forks

MODEL = ("--model", "small")
GONE = "import sanderling.runtime, sanderling.memory\ndel sanderling.runtime.Runtime, sanderling.memory.Memory"
Said = tuple[int, str, str]


class Both:
    """A memory with a service, and commands that go through it or not."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.memory = folder, folder / "m.sanderling"
        self.notes = folder / "notes"
        self.env = environment(folder)

    def run(
        self, *arguments: str, stdin: str = "", cwd: Path | None = None, before: str = "", **env: str
    ) -> subprocess.CompletedProcess[str]:
        words = command(self.folder, *arguments, "-m", str(self.memory), before=before)
        return subprocess.run(
            words,
            input=stdin,
            capture_output=True,
            text=True,
            env={**self.env, **env},
            cwd=cwd,
            timeout=60,
            check=False,
        )

    def served(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command that must go through the service: the parts that answer here are taken away."""
        return self.run(*arguments, before=GONE, **options)

    def both(self, *arguments: str, stdin: str = "", cwd: Path | None = None) -> list[Said]:
        """Return the exit code, stdout and stderr of both ways, without measurements and ids."""
        through = self.served(*arguments, stdin=stdin, cwd=cwd)
        alone = self.run(*arguments, "--no-server", stdin=stdin, cwd=cwd)
        return [(each.returncode, plain(each.stdout), plain(each.stderr)) for each in (through, alone)]


def plain(text: str) -> str:
    """Leave out what differs between two runs of the same command: ids, times, memory, and what was cached."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r'"(timings_ms|memory)":\{[^}]*\}', "FIGURES", text)
    text = re.sub(r'"(cached|seconds|model_peak_bytes|predicted_ms)":[\d.e-]+', "FIGURE", text)
    text = re.sub(r"\d[\d,.]* ms: embed.*|in [\d.]+ s|RSS: .*|\(\d+ cached\)|in \d+ ms", "FIGURES", text)
    return re.sub(r'"conversation":"[0-9a-f]{16}"', '"conversation":"ID"', text)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    both = Both(tmp_path_factory.mktemp("both"))
    both.notes.mkdir()
    (both.notes / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Ada Lind.")
    (both.notes / "menu.md").write_text("---\ntags: [food]\n---\nOn Fridays the kitchen serves lentil soup.")
    (both.folder / "home").mkdir(mode=0o700)
    done = both.run("ingest", str(both.notes))
    assert done.returncode == 0, done.stderr
    with running(both):
        yield both


class running:
    """A service of the memory, for a block."""

    def __init__(self, both: Both, *arguments: str, before: str = "") -> None:
        start = ("serve", *MODEL, "--unix-only", "--json", "-m", str(both.memory), *arguments)
        words = command(both.folder, *start, before=before)
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=both.env)

    def __enter__(self) -> subprocess.Popen[str]:
        line = self.process.stdout.readline()  # type: ignore[union-attr]
        assert line, self.process.communicate()
        return self.process

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=30)


ASKS = (
    ("ask", "Who repairs the feed pump?"),
    ("ask", "Who repairs the feed pump?", "--json"),
    ("ask", "Who repairs the feed pump?", "--max-tokens", "3", "--no-cache"),
    ("ask", "Who repairs the feed pump?", "--quote"),
    ("ask", "Who repairs the feed pump?", "--quote", "--json"),
    ("ask", "Who?", "--quote", "--tag", "no-such-tag"),
    ("ask", "How many notes have the tag food?", "--quote"),
    ("ask", "Who repairs the feed pump?", "--verbose"),
    ("ask", "Who repairs the feed pump?", "--model", "small", "--budget-ms", "60000", "--context", "tiny"),
    ("ask", "How many notes have the tag food?"),
    ("ask", "Which notes have the tag food?", "--json"),
    ("ask", ""),
    ("ask", "", "--json"),
    ("ask", "x" * 70_000),
    ("ask", "Who?", "--tag", "no-such-tag"),
    ("ask", "Who?", "--type", "no-such-type"),
    ("ask", "Who?", "--since", "yesterday-ish"),
    ("ask", "Who?", "--since", "2026-03-01", "--until", "2026-01-01", "--json"),
    ("ask", "Who?", "--budget-ms", "-1"),
    ("ask", "Will the worker refuse?"),
    ("ask", "A storm?"),
    ("search", "feed pump"),
    ("search", "feed pump", "--json", "-k", "1"),
    ("search", "soup", "--tag", "food"),
    ("search", "soup", "--tag", "none"),
    ("search", " "),
)


@pytest.fixture(scope="module")
def said(service: Both) -> dict[tuple[str, ...], list[Said]]:
    """What each of ASKS says through the service and without it."""
    ways = []
    for before, more in ((GONE, ()), ("import sanderling.runtime", ("--no-server",))):
        lines = [(*words, *named(words), "-m", str(service.memory), *more) for words in ASKS]
        run = forks(service.folder, lines, before=before)
        done = subprocess.run(run, capture_output=True, text=True, env=service.env, timeout=110, check=True)
        ways.append([(code, plain(out), plain(err)) for code, out, err in json.loads(done.stdout)])
    assert "Ada Lind" in ways[0][0][1], ways[0][0]
    return dict(zip(ASKS, map(list, zip(*ways, strict=True)), strict=True))


def named(words: tuple[str, ...]) -> tuple[str, ...]:
    return MODEL if words[0] == "ask" and "--model" not in words else ()


@pytest.mark.parametrize("arguments", ASKS, ids=lambda words: " ".join(words)[:60])
def test_a_question_has_the_same_answer_either_way(
    said: dict[tuple[str, ...], list[Said]], arguments: tuple[str, ...]
) -> None:
    through, alone = said[arguments]
    assert through == alone


def test_a_question_from_stdin_and_bytes_that_are_no_text(service: Both) -> None:
    through, alone = service.both("ask", "-", *MODEL, stdin="Who repairs the feed pump?\n")
    assert through == alone and "Ada Lind" in through[1]
    said = []
    for more in ([], ["--no-server"]):
        words = command(service.folder, "ask", "-", *MODEL, "-m", str(service.memory), *more)
        done = subprocess.run(
            words, input=b"Who \xff\xfe?", capture_output=True, env=service.env, timeout=60, check=False
        )
        said.append((done.returncode, done.stdout, done.stderr))
    assert said[0] == said[1] and said[0][0] == 2


def test_a_kept_conversation_goes_on_through_the_service_and_without(service: Both) -> None:
    id, prompts, chat = "", [], ("chat", "--model", "small")
    for way in (service.served, lambda *words, **more: service.run(*words, "--no-server", **more), service.served):
        done = way(*chat, "--json", *(("--continue", id) if id else ()), stdin="Who repairs the feed pump?\n")
        assert done.returncode == 0, done
        answer = json.loads(done.stdout)
        id = id or answer["conversation"]
        assert answer["conversation"] == id
        prompts.append(answer["tokens"]["prompt"])
    assert prompts[0] < prompts[1] < prompts[2]
    through, alone = service.both(*chat, "--continue", id)
    assert "goes on after 3 turns" in through[2]
    assert through == alone
    assert service.served(*chat, "--continue", stdin="/forget\n").stdout == "1 conversation forgotten\n"
    through, alone = service.both(*chat, "--continue", id)
    assert through == alone
    assert (through[0], through[2].count("\n")) == (2, 1)
    # Not through the service, which would keep the words of the question as its own settings say.
    nothing = service.run(*chat, "--json", "--no-keep", stdin="Who repairs the feed pump?\n")
    assert json.loads(nothing.stdout)["conversation"] == ""


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_conversation_goes_on_either_way(service: Both, more: tuple[str, ...]) -> None:
    lines = ("Who repairs the feed pump?", "", "And the valve?", "Will it refuse?", "Which notes have the tag food?")
    stdin = "\n".join((*lines, "more", "/new", "Who?", "/quit"))
    through, alone = service.both("chat", *MODEL, *more, stdin=stdin)
    assert through == alone
    assert through[1].count("Ada Lind") >= 3


def test_an_ingest_reports_the_same_either_way(service: Both) -> None:
    (service.notes / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    (service.notes / "raw.png").write_bytes(b"\x89PNG")
    (service.notes / "new.md").write_text("The valve is red.")
    first = service.served("ingest", "notes", "--tag", "x", cwd=service.folder)
    assert "1 added" in first.stdout, first.stderr
    for more in ((), ("--json",), ("--verbose",)):
        through, alone = service.both("ingest", "notes", *more, "--tag", "x", cwd=service.folder)
        assert through == alone
    assert "valve" in service.served("search", "What is red?").stdout
    (service.notes / "new.md").unlink()
    gone = service.served("ingest", str(service.notes), "--prune", "--yes", "--tag", "x")
    assert "1 removed" in gone.stdout


def test_a_path_that_is_not_there_is_the_same_error(service: Both) -> None:
    through = service.run("ingest", "nowhere", cwd=service.folder)
    alone = service.run("ingest", "nowhere", "--no-server", cwd=service.folder)
    assert (through.returncode, through.stdout, through.stderr) == (alone.returncode, alone.stdout, alone.stderr)


def test_other_options_than_the_services_are_heeded_in_this_process(service: Both) -> None:
    done = service.run("ask", "Who repairs the feed pump?", "--threads", "2", "--model", "small")
    assert done.returncode == 0 and "Ada Lind" in done.stdout
    refused = service.served("ask", "Who repairs the feed pump?", "--threads", "2")
    assert refused.returncode != 0  # it did not go through


@pytest.mark.parametrize("question", ["A long story?", "Tell it slowly"])
def test_ctrl_c_ends_the_answer_in_the_service_too(service: Both, question: str) -> None:
    words = command(service.folder, "ask", question, "-m", str(service.memory))
    # A shell's background job ignores Ctrl-C, and so would what it starts.
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=service.env)
    signal.signal(signal.SIGINT, ignored)
    said = os.read(process.stdout.fileno(), 10)  # type: ignore[union-attr]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert said and process.returncode == 130, err
    assert b"small, " in out and b"Traceback" not in err  # the part that was answered has its route below it
    began = time.monotonic()
    assert service.served("ask", "Who repairs the feed pump?").returncode == 0
    assert time.monotonic() - began < 20  # the whole answer takes longer


def test_a_command_that_is_killed_frees_the_model(service: Both) -> None:
    words = command(service.folder, "ask", "Tell it slowly", "-m", str(service.memory))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env=service.env)
    os.read(process.stdout.fileno(), 10)  # type: ignore[union-attr]
    process.kill()
    process.communicate()
    began = time.monotonic()
    assert service.served("ask", "Who repairs the feed pump?").returncode == 0
    assert time.monotonic() - began < 20


def test_nothing_heavy_is_imported_on_the_way_through(service: Both) -> None:
    listing = "import atexit, sys; atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))"
    code = f"{listing}; sys.argv = ['sanderling', 'ask', 'Who repairs the feed pump?', '-m', {str(service.memory)!r}]; "
    words = [command(service.folder)[0], "-c", code + "from sanderling.cli import main; main()"]
    done = subprocess.run(words, capture_output=True, text=True, env=service.env, timeout=60, check=False)
    assert "Ada Lind" in done.stdout
    modules = set(done.stderr.split())
    assert "sanderling.client.remote" in modules
    heavy = {"numpy", "msgspec", "http.client", "starlette", "uvicorn", "onnxruntime", "sanderling.records", "asyncio"}
    assert modules & heavy == set()


@pytest.fixture
def lone(tmp_path: Path) -> Both:
    """A memory without a service."""
    both = Both(tmp_path)
    both.notes.mkdir()
    (both.notes / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Ada Lind.")
    (both.folder / "home").mkdir(mode=0o700)
    assert both.run("ingest", str(both.notes)).returncode == 0
    return both


def test_a_socket_that_was_left_behind_is_named_once_and_removed(lone: Both) -> None:
    with running(lone) as process:
        process.kill()
        process.wait()
    left = lone.memory.with_name("m.sanderling.sock")
    assert left.is_socket()
    first = lone.run("search", "feed pump")
    assert first.returncode == 0 and "Pump" in first.stdout
    assert first.stderr.count(str(left)) == 1 and "removed" in first.stderr
    assert not left.exists()
    assert lone.run("search", "feed pump").stderr == ""


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("from sanderling.server.routes import command as c; c.__version__ = '0.0.1'", "version 0.0.1"),
        ("from sanderling.server.routes import table as t; t.COMMAND_TABLE = ()", "another version"),
    ],
)
def test_a_service_of_another_version_is_not_used_and_said_so_once(lone: Both, before: str, words: str) -> None:
    with running(lone, before=before):
        done = lone.run("ask", "Who repairs the feed pump?", "--model", "small")
        assert done.returncode == 0 and "Ada Lind" in done.stdout
        assert done.stderr.count(words) == 1


def test_a_service_with_settings_of_before_is_not_used(lone: Both) -> None:
    with running(lone):
        (lone.folder / "home" / "config.toml").write_text("log_days = 10\n")
        (lone.folder / "home" / "config.toml").chmod(0o600)
        done = lone.run("search", "feed pump")
        assert done.returncode == 0 and done.stderr.count("config.toml has changed") == 1
        other = lone.run("search", "feed pump", SANDERLING_HOME=str(lone.folder / "elsewhere"))
        assert other.returncode == 0 and other.stderr == ""


def test_a_service_whose_memory_was_replaced_is_not_used(lone: Both) -> None:
    with running(lone):
        copy = lone.memory.with_name("copy")
        copy.write_bytes(lone.memory.read_bytes())
        copy.replace(lone.memory)
        done = lone.run("search", "feed pump")
        assert done.returncode == 0 and "Pump" in done.stdout
        assert done.stderr.count("the memory was replaced") == 1


def test_a_service_that_dies_while_it_answers_is_an_error_in_one_line(lone: Both) -> None:
    with running(lone) as process:
        words = command(lone.folder, "ask", "Tell it slowly", "-m", str(lone.memory))
        asking = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=lone.env)
        os.read(asking.stdout.fileno(), 10)  # type: ignore[union-attr]
        process.kill()
        _, err = asking.communicate(timeout=30)
        assert asking.returncode == 8
        assert err.decode().count("\n") == 1 and "ask again" in err.decode()


def test_what_is_no_service_is_neither_used_nor_removed(lone: Both) -> None:
    path = lone.memory.with_name("m.sanderling.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as foreign:
        foreign.bind(str(path))
        foreign.listen()
        foreign.settimeout(0.01)
        path.chmod(0o600)
        words = command(lone.folder, "search", "feed pump", "-m", str(lone.memory))
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=lone.env)
        while process.poll() is None:
            try:
                connection, _ = foreign.accept()
            except TimeoutError:
                continue
            with connection, suppress(ConnectionError):  # the command waits for no longer than a moment
                connection.sendall(b"SSH-2.0-hello\r\n\r\n")
        out, _ = process.communicate()
        assert process.returncode == 0 and "Pump" in out
        assert path.is_socket()


def test_the_verbs_of_the_command_line_are_closed_to_the_port(lone: Both) -> None:
    import httpx2

    start = ("serve", *MODEL, "--no-key", "--port", "0", "--json", "-m", str(lone.memory))
    words = command(lone.folder, *start)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=lone.env) as process:
        url = json.loads(process.stdout.readline())["url"]  # type: ignore[union-attr]
        assert httpx2.get(f"{url}/v1/command").status_code == 404
        assert httpx2.post(f"{url}/v1/command/ask", json={}).status_code == 404
        process.terminate()
        process.communicate(timeout=30)
