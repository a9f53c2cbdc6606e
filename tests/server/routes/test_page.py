from __future__ import annotations

import base64
import hashlib
import re

import httpx2
import pytest
from served import client

from sanderling.runtime import Runtime
from sanderling.server.settings import Settings

MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def page(http: httpx2.Client) -> httpx2.Response:
    found = http.get("/")
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/html")
    return found


def test_it_is_one_small_file_that_names_no_other(page: httpx2.Response) -> None:
    assert len(page.content) <= MOST_BYTES
    loaded = re.findall(r"""(?:src|href)=["']([^"']*)|url\(([^)]*)\)|@import|\bimport\(""", page.text)
    assert {one or other for one, other in loaded} <= {"#question", loaded[0][0]}
    assert loaded[0][0].startswith("data:image/svg+xml,")
    assert {each for each in re.findall(r"https?://[^'\" )]*", page.text)} == {"http://www.w3.org/2000/svg"}


def test_only_its_own_script_and_style_run(page: httpx2.Response) -> None:
    policy = {each.split()[0]: each.split()[1:] for each in page.headers["content-security-policy"].split("; ")}
    for kind in ("script", "style"):
        parts = re.findall(f"<{kind}>(.*?)</{kind}>", page.text, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in parts]
        assert policy[f"{kind}-src"] == [f"'sha256-{each}'" for each in digests] != []
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["connect-src"] == ["'self'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"""<[^>]*\s(style|on\w+)\s*=""", page.text.partition("<script>")[0])
    assert page.headers["referrer-policy"] == "no-referrer"


def test_texts_of_strangers_never_become_markup(page: httpx2.Response) -> None:
    sinks = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "srcdoc",
        "DOMParser",
    )
    assert [sink for sink in sinks if sink in page.text] == []


def test_it_is_read_without_the_key_that_it_asks_for(runtime: Runtime) -> None:
    with client(runtime, Settings(keys=(b"sk-sanderling-right",))) as guarded:
        found = guarded.get("/")
        assert found.status_code == 200
        assert "sk-sanderling-right" not in found.text
        assert guarded.get("/v1/memory/stats").status_code == 401
        assert guarded.get("/", headers={"host": "evil.example"}).status_code == 421


def test_a_page_under_an_allowed_name_may_call_its_own_service(runtime: Runtime) -> None:
    with client(runtime, Settings(hosts=frozenset({"notes.lan"}))) as named:
        own = {"host": "notes.lan:8737", "origin": "http://notes.lan:8737"}
        assert named.get("/v1/memory/stats", headers=own).status_code == 200
        for origin in ("http://notes.lan:1", "http://evil.example", "null"):
            assert named.get("/v1/memory/stats", headers={**own, "origin": origin}).status_code == 403
        rebound = {"host": "evil.example", "origin": "http://evil.example"}
        assert named.get("/v1/memory/stats", headers=rebound).status_code == 421
