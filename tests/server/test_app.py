"""The application as a whole: errors of all kinds in one form, and libraries that nothing else imports."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from pump_notes import Opens
from served import client
from starlette.testclient import TestClient
from tree import texts


def test_what_is_not_here_is_said_in_the_form_of_all_errors(http: TestClient) -> None:
    for method, path, status in (
        ("GET", "/v1/absent", 404),
        ("DELETE", "/v1/models", 405),
        ("GET", "/v1/models/", 404),
    ):
        response = http.request(method, path)
        assert response.status_code == status
        assert response.json()["error"]["type"] == "invalid_request_error"
        assert response.headers["x-sanderling-path"] == "refused"


def test_a_bug_is_an_error_in_the_same_form(http: TestClient, monkeypatch) -> None:
    from sanderling.memory.memory import Memory

    monkeypatch.setattr(Memory, "stats", lambda self: 1 / 0)
    response = http.get("/v1/memory/stats")
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert "division" not in response.text


def test_a_memory_that_was_replaced_is_answered_from_no_longer(open_runtime: Opens) -> None:
    runtime = open_runtime()
    path = runtime.memory.store.path
    away, copy = path.with_name("away"), path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    with client(runtime) as http:
        assert http.post("/v1/memory/search", json={"query": "feed pump"}).status_code == 200
        path.rename(away)
        for there in (False, True):
            if there:
                copy.rename(path)
            refused = http.post("/v1/memory/search", json={"query": "feed pump"})
            assert (refused.status_code, refused.json()["error"]["code"]) == (500, "memory_file")
            assert "restart the service" in refused.json()["error"]["message"]
            assert http.get("/ready").status_code == 503
            assert http.get("/health").status_code == 200
        away.replace(path)
        assert http.post("/v1/memory/search", json={"query": "feed pump"}).status_code == 200
        assert http.get("/ready").status_code == 200


def test_starlette_and_uvicorn_are_imported_by_the_service_alone() -> None:
    importing = re.compile(r"^\s*(?:from|import) (?:starlette|uvicorn|prometheus_client)\b", re.MULTILINE)
    apart = ("tests/", "build/clients/")  # which are no part of the package
    names = [name for name, text in texts(".py") if importing.search(text) and not name.startswith(apart)]
    assert names
    assert [name for name in names if not name.startswith("python/sanderling/server/")] == []


def test_a_client_that_looks_for_the_socket_imports_no_library_of_the_service() -> None:
    code = (
        "import sys; import sanderling.server.address, sanderling.cli.serve; "
        "sys.exit(bool({'starlette', 'uvicorn', 'prometheus_client'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/health", {"GET", "HEAD"}),
        ("/v1/memory/notes/x", {"GET", "HEAD", "DELETE"}),
        ("/v1/chat/completions", {"POST"}),
    ],
)
def test_a_method_that_a_path_lacks_is_refused_with_those_it_has(http: TestClient, method, path, allowed) -> None:
    response = http.request(method, path)
    assert (response.status_code, response.json()["error"]["code"]) == (405, "method_not_allowed")
    assert set(response.headers["allow"].split(", ")) == allowed


def test_the_head_of_what_can_be_read_can_be_asked_for(http: TestClient) -> None:
    response = http.head("/health")
    assert (response.status_code, response.content) == (200, b"")
    assert http.get("/v1/memory/notes/x").status_code == http.delete("/v1/memory/notes/x").status_code == 404
