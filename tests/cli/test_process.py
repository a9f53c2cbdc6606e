"""The command line as a process: what stands around it is a terminal, a pipe, a person with Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# A terminal that says when the command has come to read from it, and where nobody types.
SLOW_INPUT = """
import os, sys
class Terminal:
    encoding = "utf-8"
    def isatty(self): return False
    def read(self, size): os.write(2, b"waiting\\n"); return os.read(0, size).decode()
sys.stdin = Terminal()
from sanderling.cli import main
main()
"""


# Tests that run in the background inherit that Ctrl-C is ignored, and so would their children.
HEAR_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


def started(code: str, *arguments: object, **streams: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", HEAR_CTRL_C + code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


def test_json_is_all_there_is_on_stdout(process) -> None:
    listed = process("models", "list", "--json")
    assert (listed.code, listed.err) == (0, "")
    assert listed.out.count("\n") == 1
    assert {"lfm2-350m", "smollm2-135m"} <= {model["id"] for model in listed.json}


def test_an_error_is_one_line_on_stderr_and_with_json_a_value_on_stdout(process, tmp_path: Path) -> None:
    absent = tmp_path / "absent.sanderling"
    plain = process("ask", "Who?", "-m", absent)
    assert (plain.code, plain.out) == (2, "")
    assert plain.err == f"error: there is no memory at {absent}: run  sanderling ingest FOLDER  first\n"
    with_json = process("ask", "Who?", "-m", absent, "--json")
    assert (with_json.code, with_json.err) == (2, plain.err)
    assert with_json.json["error"] == {"type": "UsageError", "message": plain.err.removeprefix("error: ").strip()}
    misspelt = process("ask", "Who?", "--jsno", "--json")
    assert (misspelt.code, misspelt.json["error"]["type"]) == (2, "UsageError")
    assert "--jsno" in misspelt.json["error"]["message"] and "--jsno" in misspelt.err


def test_ctrl_c_is_quiet_and_exits_with_130(home: Path) -> None:
    with started(SLOW_INPUT, "ask", "-") as process:
        assert process.stderr.readline() == b"waiting\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["profile", "list"], ["profile", "list", "--json"], ["models", "pull", "nope", "--json"]]
)
def test_a_reader_who_left_is_no_error(home: Path, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        code = "from sanderling.cli import main; main()"
        with started(code, *arguments, stdout=writer) as process:
            _, err = process.communicate(timeout=30)
    finally:
        os.close(writer)
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err
    assert process.returncode in {1, 2}


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
def test_a_disk_full_under_the_output_is_said_in_one_line(home: Path, json: list[str]) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("/dev/full is a device of Linux")
    code = "from sanderling.cli import main; main()"
    with full.open("wb") as stdout, started(code, "profile", "list", *json, stdout=stdout) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 7
    assert err.startswith(b"error: ")
    assert err.count(b"\n") == 1


def test_json_is_utf8_and_text_survives_a_terminal_that_cannot_show_it(process, tmp_path: Path) -> None:
    path = tmp_path / "Ofotfjörd.sanderling"
    result = process("ask", "Who?", "-m", path, "--json", PYTHONIOENCODING="ascii")
    assert "Ofotfjörd" in result.json["error"]["message"]
    shown = process("--help", PYTHONIOENCODING="ascii")
    assert (shown.code, shown.err) == (0, "")


@pytest.mark.parametrize("encoding", ["utf-8:strict", "utf-8:surrogateescape"])
def test_a_question_of_bytes_that_are_no_text(process, refused, encoding: str) -> None:
    refused(process("ask", "-", stdin=b"\xff\xfe\x00bad", PYTHONIOENCODING=encoding), 2, "not text")


def test_an_error_over_several_lines_is_shown_in_one(process, tmp_path: Path, refused) -> None:
    result = process("ask", "Who?", "-m", tmp_path / "two\nlines", "--json")
    refused(result, 2, r"two\nlines")
    assert "two\nlines" in result.json["error"]["message"]


LOGS = """
import logging
from sanderling import cli
def run(command):
    try:
        raise ValueError("told")
    except ValueError as error:
        logging.getLogger("sanderling.server").error("a bug", exc_info=error)
        logging.getLogger("pypdf").warning("a doubt", exc_info=error)
cli.entry.run = run
cli.main()
"""


def test_a_logged_bug_shows_its_traceback_and_a_closed_stderr_is_no_second_one(home: Path) -> None:
    with started(LOGS) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b"")
    assert err.startswith(b"note: a bug\nTraceback")
    assert err.endswith(b"ValueError: told\nnote: a doubt\n")
    reader, writer = os.pipe()
    os.close(reader)
    with started(LOGS, stderr=writer) as process:
        os.close(writer)
        assert process.wait(30) in {0, 120}  # 120 where Python cannot flush at the end


LEAVES = """
import atexit, sys, threading, time
from sanderling import __main__, cli
def run():
    atexit.register(lambda: print("registered"))
    if "thread" in sys.argv:
        threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
    print("said" * 10_000)
    sys.exit({code})
cli.main = run
__main__.main()
"""


@pytest.mark.parametrize(("code", "expected"), [("3", 3), ("None", 0), ("0", 0), ("'words'", 1)])
@pytest.mark.parametrize("arguments", [[], ["thread"]], ids=["alone", "beside a thread"])
def test_the_quick_exit_loses_no_output_and_no_exit_code(
    home: Path, code: str, expected: int, arguments: list[str]
) -> None:
    with started(LEAVES.format(code=code), *arguments, stdout=subprocess.PIPE) as process:
        out, _ = process.communicate(timeout=30)
    lines = out.decode().splitlines()
    assert process.returncode == expected
    assert lines[0] == "said" * 10_000
    assert sorted(lines[1:]) == ["registered", *arguments]


NEXT_FILE = """
import os
from sanderling import __main__, cli
cli.main = lambda: os._exit(os.open(os.devnull, os.O_RDONLY))
__main__.main()
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_the_null_device_and_its_number_is_no_file_s(home: Path, closed: str) -> None:
    script = 'exec "$0" -m sanderling ask - ' + closed
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(["sh", "-c", script, sys.executable], check=False, env=env, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") == (0 if "2>&-" in closed else 1)
    command = f'exec "$0" -c "$1" {closed}'
    done = subprocess.run(["sh", "-c", command, sys.executable, NEXT_FILE], check=False, env=env, timeout=60)
    assert done.returncode > 2
