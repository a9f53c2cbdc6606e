"""The command as a user runs it: sockets, key, idleness, signals, a second one, a watched folder."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sanderling.cli.serve import _page as page_address

# A service over a memory of three notes, with a scripted model in place of a real one.
START = """
import sys
sys.path[:0] = {helpers!r}
from pathlib import Path
import pytest
from gguf_files import lfm2_header
from hash_embedder import HashEmbedder
from scripted_model import model
from sanderling import cli
from sanderling.models import embedder, fit, registry, pick_quant
from sanderling.engines import choose
from sanderling.engines.model_pool import ModelPool
folder = Path({folder!r})
small = model(folder, "small", 1, {{"when": "long", "say": "x" * 3000, "token_ms": 10}}, say="Ada Lind")
fit.header_of = lambda path: lfm2_header()
fit.require = lambda *a, **k: None
pick_quant.resolve = lambda *a, **k: small
embedder.open_for_memory = lambda *a, **k: (HashEmbedder(), "")
begin = ModelPool.__init__
ModelPool.__init__ = lambda self, engine, config=None: begin(self, "scripted", config)
sys.argv = ["sanderling", *{arguments!r}]
cli.main()
"""


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    folder.mkdir(exist_ok=True)
    notes = folder / "notes"
    notes.mkdir(exist_ok=True)
    (notes / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Ada Lind.")
    memory = str(folder / "m.sanderling")
    words = ["serve", "--model", "small", "-m", memory, "--json", "--watch", str(notes), "--port", "0", *arguments]
    helpers = [str(Path(__file__).parents[1] / "helpers")]
    code = START.format(helpers=helpers, folder=str(folder), arguments=words)
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SANDERLING_HOME": str(folder / "home"), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        line = process.stdout.readline()
        yield process, json.loads(line) if line else {}
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    assert true()


ASK = {"messages": [{"role": "user", "content": "Who repairs the feed pump?"}]}


def test_a_folder_is_looked_at_where_nobody_tells_of_changes(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-key", "--poll", "1") as (_, where), httpx2.Client(base_url=where["url"]) as client:
        until(lambda: client.get("/v1/memory/stats").json()["nodes"] == 1)
        (tmp_path / "notes" / "ada.md").write_text("# Ada\n\nShe comes from Narvik.")
        until(lambda: client.get("/v1/memory/stats").json()["nodes"] == 2)


def test_the_port_wants_the_key_that_was_made_and_the_socket_none(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, where):
        key = Path(where["key_file"])
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        headers = {"authorization": f"Bearer {key.read_text().strip()}"}
        with httpx2.Client(base_url=where["url"], timeout=30) as tcp:
            assert tcp.get("/v1/models").status_code == 401
            assert tcp.post("/v1/chat/completions", json=ASK, headers=headers).status_code == 200
        socket = Path(where["socket"])
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(socket)), base_url="http://sanderling") as unix:
            assert unix.get("/v1/models").status_code == 200
            until(lambda: unix.get("/v1/memory/stats").json()["nodes"] == 1)
            (tmp_path / "notes" / "ada.md").write_text("# Ada\n\nShe comes from Narvik.")
            until(lambda: unix.get("/v1/memory/stats").json()["nodes"] == 2)
        with serving(tmp_path) as (second, nothing):
            assert nothing == {} or "error" in nothing
            assert second.wait(30) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert not socket.exists()
        assert (tmp_path / "m.sanderling.idx").exists()  # closed as it should be


def test_a_signal_ends_a_service_that_answers(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-key") as (process, where):
        assert where["key_file"] is None
        long = {"messages": [{"role": "user", "content": "Tell a long one"}], "stream": True}
        with (
            httpx2.Client(timeout=30) as client,
            client.stream("POST", f"{where['url']}/v1/chat/completions", json=long) as response,
        ):
            lines = response.iter_lines()
            next(lines)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            told = ""
            with suppress(httpx2.HTTPError):  # cut off, or ended as if whole
                told = "".join(lines)
            assert "[DONE]" not in told
            assert process.wait(30) == 0
            assert time.monotonic() - began < 20  # of the 30 s that it would have taken


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_clients_of_a_service_that_ends_are_told_so(tmp_path: Path, number: signal.Signals) -> None:
    long = {"messages": [{"role": "user", "content": "Tell a long one"}]}
    with serving(tmp_path, "--no-key") as (process, where):
        url = f"{where['url']}/v1/chat/completions"
        with httpx2.Client(timeout=30) as client, ThreadPoolExecutor(1) as other:
            with client.stream("POST", url, json={**long, "stream": True}) as response:
                lines = response.iter_lines()
                next(lines)
                whole = other.submit(httpx2.post, url, json={**long, "seed": 1}, timeout=30)
                time.sleep(0.3)
                process.send_signal(number)
                told = [line for line in lines if line]
            assert json.loads(told[-1].removeprefix("data: "))["error"]["code"] == "service_ended"
            refused = whole.result(30)
        assert (refused.status_code, refused.headers["x-should-retry"]) == (503, "true")
        assert refused.json()["error"]["code"] == "service_ended"
        assert process.wait(30) == 0
        assert not Path(where["socket"]).exists()
        assert "Exception" not in process.stderr.read()


def test_nobody_asks_and_it_ends(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-key", "--idle-exit", "2s", "--unix-only") as (process, where):
        assert where["url"] == ""
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("terminal", "keys", "address"),
    [
        (True, (b"a/+ #b", b"other"), "http://127.0.0.1:1/#key=a%2F%2B%20%23b"),
        (False, (b"a/+ #b",), "http://127.0.0.1:1/"),  # a log, perhaps
        (True, (), "http://127.0.0.1:1/"),
    ],
)
def test_the_page_is_named_with_its_key_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, keys: tuple[bytes, ...], address: str
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert page_address("http://127.0.0.1:1", keys) == address


def test_a_new_key_is_printed_and_replaces_the_old(call, home: Path) -> None:
    first, second = (call("serve", "--new-key") for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert first.out != second.out
    assert (home / "service.key").read_text() == second.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--no-key", "--new-key"), "--no-key"),
        (("--idle-exit", "soon"), "15m"),
        (("--idle-exit", "0"), "15m"),
        (("--port", "70000"), "65,535"),
        (("--api-key-file", "absent.key"), "--new-key"),
        (("--allow-host", "http://notes.example"), "a name or an address alone"),
        (("--allow-origin", "*"), "as browsers send them"),
        (("--allow-origin", "notes.example"), "as browsers send them"),
        (("--poll", "5"), "--watch FOLDER"),
        ((), "no memory"),
    ],
)
def test_wrong_options_are_named(call, arguments, says: str) -> None:
    result = call("serve", *arguments)
    assert result.code == 2
    assert says in result.err
