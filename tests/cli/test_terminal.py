"""What notes, file names, models and users say cannot act on the terminal it is shown on; JSON says it exactly."""

from __future__ import annotations

import ast
import json
import logging
import os
import pty
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sanderling.cli import entry, output
from sanderling.cli.escape import shown, shown_json, shown_line
from sanderling.memory import Memory

C0 = [chr(code) for code in range(0x20) if chr(code) not in "\t\n"]
C1 = [chr(code) for code in range(0x7F, 0xA0)]
DIRECTIONS = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\u200e", "\u200f", "\u061c"]
ACTING = [*C0, *C1, *DIRECTIONS, "\u2028", "\u2029"]
TEXT = "words" + "".join(ACTING[1:]) + "end"
"""All of them but NUL, which neither arguments nor file names can hold."""
NAME = TEXT.replace("\r", "\n")
LINES = f"{TEXT}\nerror: forged"
FILE = Path(__file__).parents[2] / "python" / "sanderling" / "cli"


def raw(said: str) -> set[str]:
    """The acting characters in what was printed."""
    return {each for each in said if each in ACTING or "\ud800" <= each <= "\udfff"}


@pytest.mark.parametrize("character", [*ACTING, "\ud800", "\udcff"], ids=ascii)
def test_each_is_shown_as_python_writes_it(character: str) -> None:
    assert shown(f"a{character}b") == f"a{ascii(character)[1:-1]}b" == shown_line(f"a{character}b")
    assert json.loads(shown_json(f'"a{ascii(character)[1:-1]}b"'.replace("\\x", "\\u00"))) == f"a{character}b"


def test_what_only_says_something_is_left_alone() -> None:
    text = "tab\t, naïve, 日本語, עברית, العربية, 🙂, 👩\u200d🔬, a\u00a0b, c\u00adc, \ufeff"
    assert shown(f"{text}\n") == f"{text}\n"
    assert shown_line(text) == text
    assert shown_line("two\nlines") == "two\\nlines"


@pytest.fixture
def hostile(tmp_path: Path, home: Path, scripted: Callable[..., None], hash_embedder) -> Path:
    """A memory whose path, addresses, titles, texts and tags are hostile, as is what the model says."""
    scripted(say=LINES)
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / f"{NAME}.jsonl").write_text(
        json.dumps({"_id": LINES, "title": TEXT, "text": f"The pump. {LINES}", "tags": [TEXT], "domain": TEXT}) + "\n{"
    )
    (folder / f"{NAME}.txt").write_text("The pump \x1b]52;c;eA==\x07 leaks.".replace("\x07", "\x1b\\"))
    (folder / f"{NAME}.pdf").write_text("no PDF")
    path = folder / f"{NAME}.sanderling"
    with Memory.open(path, hash_embedder) as opened:
        opened.ingest([folder])
    return path


MEMORY, FOLDER, ABSENT, SHOWN = "MEMORY", "FOLDER", "ABSENT", "SHOWN"
MODEL = ("-m", MEMORY, "--model", "small")
COMMANDS = [
    (0, "ingest", FOLDER, "-m", MEMORY, "--tag", TEXT, "--domain", TEXT),
    (0, "ask", TEXT, *MODEL),
    (0, "ask", "the pump", *MODEL, "--max-tokens", "20"),
    (0, "ask", "the pump", *MODEL, "--verbose"),
    (0, "ask", "the pump", "-m", MEMORY, "--quote"),
    (2, "ask", "the pump", *MODEL, "--tag", TEXT),
    (2, "ask", "the pump", *MODEL, "--domain", LINES, "--in", TEXT),
    (2, "ask", "the pump", *MODEL, "--type", TEXT),
    (2, "ask", "the pump", *MODEL, "--source", LINES),
    (2, "ask", "the pump", *MODEL, "--since", LINES),
    (2, "ask", "the pump", *MODEL, "--profile", LINES),
    (2, "ask", "the pump", "-m", ABSENT),
    (2, "ask", "the pump", "-m", MEMORY, "--model", LINES),
    (2, "ask", "the pump", *MODEL, f"--{LINES}"),
    (2, "ask", "the pump", *MODEL, LINES),
    (2, "ask", "the pump", *MODEL, "--privacy", LINES),
    (2, "ask", "the pump", *MODEL, "--threads", LINES),
    (2, LINES),
    (0, "chat", *MODEL),
    (0, "route", TEXT, *MODEL),
    (0, "route", TEXT, *MODEL, "--explain"),
    (0, "search", "the pump", "-m", MEMORY),
    (0, "search", TEXT, "-m", MEMORY, "-k", "1"),
    (2, "search", "the pump", "-m", MEMORY, "--tag", LINES),
    (2, "search", "the pump", "-m", MEMORY, "-k", LINES),
    (2, "search", "the pump", "-m", ABSENT),
    (0, "memory", "show", "-m", MEMORY),
    (0, "memory", "show", SHOWN, "-m", MEMORY),
    (2, "memory", "show", LINES, "-m", ABSENT),
    (2, "memory", "show", LINES, "-m", MEMORY),
    (0, "memory", "verify", "-m", MEMORY),
    (0, "memory", "repair", "-m", MEMORY),
    (0, "memory", "stats", "-m", MEMORY),
    (0, "memory", "compact", "-m", MEMORY),
    (0, "memory", "prune", "-m", MEMORY),
    (0, "memory", "tidy", "-m", MEMORY),
    (0, "memory", "tidy", "-m", MEMORY, "--summaries", "--dry-run"),
    (2, "memory", "prune", "-m", MEMORY, "--older-than", LINES),
    (2, "memory", "learn", "-m", MEMORY),
    (0, "memory", "learn", "--forget", "-m", MEMORY),
    (2, "memory", "learn", "--rollback", "-m", MEMORY),
    (2, "memory", "train", "--data", FOLDER, "--out", LINES + "/x"),
    (0, "models", "list"),
    (2, "models", "pull", LINES),
    (2, "models", "verify", LINES),
    (2, "models", "rm", LINES),
    (2, "models", "synth", LINES),
    (2, "profile", "show", LINES),
    (None, "doctor", "-m", MEMORY, "--model", LINES),
    (0, "tune", "-m", MEMORY, "--dry-run"),
    (2, "tune", LINES, "-m", MEMORY),
    (2, "tune", "--rollback", "-m", MEMORY),
    (0, "log"),
    (0, "log", "--export", ABSENT),
    (2, "log", "rate", LINES, "5"),
    (2, "log", "rate", LINES),
    (0, "cache", "stats"),
    (2, "bench", "compare", MEMORY, MEMORY),
    (2, "bench", "compare", ABSENT, ABSENT),
    (2, "bench", "memory", "--peer", LINES),
    (2, "bench", "--threads", LINES),
    (None, "bench", "scenarios", "--workload", LINES),
    (2, "router", "export", "--weights", MEMORY, "--onnx", ABSENT),
    (2, "router", "collect", "--data", FOLDER, "--out", ABSENT, "--every", LINES),
]


def run(call, hostile: Path, command: tuple[str, ...]):
    places = {MEMORY: hostile, FOLDER: hostile.parent, ABSENT: hostile.with_name(f"{NAME}x")}
    places[SHOWN] = f"{hostile.with_name(NAME)}.jsonl"
    typed = LINES.replace("\n", " ") + "\n/quit\n"
    return call(*(places.get(each, each) for each in command), stdin=typed if command[0] == "chat" else "")


def name(command: tuple[object, ...]) -> str:
    return "-".join(str(each) for each in command[1:] if str(each).isascii() and str(each).isprintable()) or "nothing"


@pytest.mark.parametrize("command", COMMANDS, ids=name)
def test_no_command_prints_one_raw(call, hostile: Path, command: tuple[int | None, str, ...]) -> None:
    code, *arguments = command
    if arguments[0] == "log":
        run(call, hostile, ("ask", LINES, *MODEL))
    for said in (run(call, hostile, tuple(arguments)), run(call, hostile, (*arguments, "--json"))):
        assert raw(said.out) | raw(said.err) == set(), said
        assert code is None or said.code == code, said
        # Only an answer may have lines of its own.
        assert "error: forged" not in said.err.splitlines()
        assert "error: forged" not in said.out.splitlines() or arguments[0] in {"ask", "chat"}
    for line in said.out.splitlines():
        json.loads(line)


def test_json_says_exactly_what_there_was(call, hostile: Path) -> None:
    answer = run(call, hostile, ("ask", LINES, *MODEL, "--context", "medium", "--json")).json
    assert answer["text"] == LINES
    assert {source["uri"].rpartition("#")[2] for source in answer["sources"]} & {LINES.replace("\r", "\n")}
    assert run(call, hostile, ("memory", "stats", "-m", MEMORY, "--json")).json["path"] == str(hostile)
    refused = run(call, hostile, ("ask", "the pump", "-m", ABSENT, "--json")).json["error"]["message"]
    assert str(hostile.with_name(f"{NAME}x")) in refused


def test_a_setting_in_the_configuration(call, home: Path) -> None:
    home.mkdir(0o700)
    for words in (
        f"ladder = {json.dumps(LINES)}",
        "[" + TEXT,
        f"{json.dumps(LINES)} = 1",
        f"write_back = {json.dumps(TEXT)}",
    ):
        (home / "config.toml").write_text(words)
        for arguments in (("profile", "show", "--explain"), ("cache", "stats", "--json"), ("cache", "stats")):
            said = call(*arguments)
            assert raw(said.out) | raw(said.err) == set(), said
            assert len(said.err.splitlines()) < 2


def test_a_file_name_that_is_no_utf8(call, hostile: Path, tmp_path: Path) -> None:
    path = tmp_path / "a\udcffb.sanderling"
    hostile.rename(path)
    assert raw(call("memory", "stats", "-m", path).out) == set()
    said = call("memory", "stats", "-m", path, "--json")
    assert raw(said.out) == set()
    assert said.json["path"] == str(path)


def test_warnings_of_libraries_and_bugs_are_shown_so_too(call, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def warn() -> None:
        logging.getLogger("somewhere").warning("of %s", LINES)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(LINES, RuntimeWarning, stacklevel=1)

    monkeypatch.setattr("sanderling.models.configured.load", lambda: [warn(), sys.exit(0)])
    said = call("cache", "stats")
    assert raw(said.err) == set()
    assert [line.startswith("note: ") for line in said.err.splitlines()] == [True, True]


def test_a_bug_is_shown_so_too(process, home: Path) -> None:
    first = f"import sanderling.config as c\ndef load(*_): raise LookupError({LINES!r})\nc.load = load"
    said = process("cache", "stats", first=first)
    assert said.code == 1
    assert raw(said.err) == set()
    assert shown(f"LookupError: {LINES}\n") in said.err


def test_a_terminal_gets_none_raw_while_an_answer_streams(hostile: Path, tmp_path: Path) -> None:
    """As a process under a terminal, where nothing is stripped on the way."""
    code = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import scripted_model
from pathlib import Path
from gguf_files import lfm2_header
from hash_embedder import HashEmbedder
from sanderling.models import embedder
from sanderling.engines.model_pool import ModelPool
from sanderling.models import fit, registry
import sanderling.opening
embedder.open_embedder = lambda name, **_: HashEmbedder()
model = scripted_model.model(Path(sys.argv.pop(1)), "small", 1, say=sys.argv.pop(1))
registry.resolve = lambda name, quant=None: model
sanderling.opening.ModelPool = lambda _engine, config: ModelPool("scripted", config)
fit.header_of = lambda path: lfm2_header()
from sanderling.cli import main
main()
"""
    arguments = [
        str(Path(__file__).parents[1] / "helpers"),
        tmp_path,
        LINES,
        "ask",
        "the pump",
        "-m",
        hostile,
        "--model",
        "small",
        "--context",
        "medium",  # the hostile titles alone take more than 96 tokens
    ]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        os.close(theirs)
        said = b""
        try:
            while piece := os.read(ours, 65536):
                said += piece
        except OSError:  # how Linux says that the other end is closed
            pass
    os.close(ours)
    text = said.decode().replace("\r\n", "\n")
    assert process.returncode == 0, text
    assert raw(text) == set()
    assert shown(LINES) in text
    assert "[1] " in text


def test_progress_shows_names_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.in_place(LINES)
    assert capsys.readouterr().err == f"\r\x1b[K{shown_line(LINES)[:100]}"


def test_only_the_module_for_it_prints_or_asks() -> None:
    """In the command line and in what it measures with; a child's own answers to its parent aside."""
    files = [*FILE.rglob("*.py"), *FILE.parent.glob("bench_device/**/*.py"), FILE.parent / "doctor.py"]
    children = {"llama_cpp_process.py", "batched_process.py", "clients.py", "open_cost.py", "steps.py"}
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                prints = name in {"print", "input"} or name.startswith(("typer.echo", "typer.secho", "click."))
                prints = prints or name in {"typer.confirm", "typer.prompt"}
                writes = name.startswith(("sys.stdout.", "sys.stderr.")) and name.endswith(("write", "writelines"))
                if prints or writes:
                    found.add((file.name, name))
    assert [each for each in sorted(found) if each[0] not in {"output.py", *children}] == []
    assert ("output.py", "typer.echo") in found


def test_the_class_of_usage_errors_is_found() -> None:
    assert entry.MISUSE.__name__ == "UsageError"


def test_a_table_stays_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("A", "B"), [("x\x1b", "y"), ("longer", "z\n")])
    assert capsys.readouterr().out == "A       B\nx\\x1b   y\nlonger  z\\n\n"


def test_json_of_values_stays_what_msgspec_makes_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"a": LINES, "b": [1.5, None, True], "c": Path("x")}
    output.json_line(value)
    said = capsys.readouterr().out
    assert msgspec.json.decode(said) == {**value, "c": "x"}
