"""Only one module imports an HTTP client for answers, and only the downloads have another one."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap

from imports import modules

CLIENTS = {
    "httpx2",
    "httpx",
    "httpcore2",
    "httpcore",
    "requests",
    "urllib3",
    "aiohttp",
    "http.client",
    "urllib.request",
}
HUB = {"huggingface_hub"}
ALLOWED = {
    "sanderling.remote.http": {"httpx2"},
    "sanderling.models.download.hub": HUB,
    "sanderling.models.download.repository": HUB,
    "sanderling.models.download.remote_header": {*HUB, "http.client", "urllib.request"},
    # Asks our own service on loopback, with a client that adds little to what it measures.
    "sanderling.bench_device.service.calling": {"http.client"},
}
"""What may be imported where. ``sanderling.client`` speaks HTTP over a Unix socket by itself."""


def clients_of(source: str) -> set[str]:
    """Return the HTTP clients that a module imports anywhere, also for types."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        found |= {
            client for name in names for client in CLIENTS | HUB if name == client or name.startswith(f"{client}.")
        }
    return found


def test_no_other_module_imports_one() -> None:
    found = {name: clients_of(path.read_text(encoding="utf-8")) for name, path in modules().items()}
    assert {name: clients for name, clients in found.items() if clients - ALLOWED.get(name, set())} == {}
    assert {name for name in ALLOWED if not found[name]} == set(), "the table is out of date"


def test_an_import_is_found_wherever_it_stands() -> None:
    assert clients_of("def f():\n    from http import client") == {"http.client"}
    assert clients_of("if True:\n    import httpx2._client as x") == {"httpx2"}
    assert clients_of("from .http import Server") == set()


def test_a_host_program_connects_as_it_likes_after_a_question(tmp_path) -> None:
    """The guard belongs to our own processes: to a program that imports the package it would be an imposition."""
    code = """
        import pathlib, socket, sys
        import pytest
        from tiered import edge, tiered
        listener = socket.create_server(("127.0.0.1", 0))
        with pytest.MonkeyPatch.context() as patch, tiered(pathlib.Path(sys.argv[1]), patch) as runtime:
            assert runtime.ask("Who repairs the feed pump?").text == "here"
            socket.create_connection(listener.getsockname()).close()
            print("connected")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**__import__("os").environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == "connected", done.stderr
