from __future__ import annotations

import json
import re
from pathlib import Path

from starlette.testclient import TestClient

from sanderling.server.routes.table import TABLE

DOCS = Path(__file__).parents[2] / "docs" / "service.md"


def test_every_route_is_described_and_every_reference_leads_somewhere(http: TestClient) -> None:
    response = http.get("/openapi.json")
    said = response.json()
    assert said["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, each in said["paths"].items() for method in each}
    assert described == {(entry.method, entry.path.replace(":path", "")) for entry in TABLE}
    schemas = said["components"]["schemas"]
    references = set(re.findall(r'"#/components/schemas/(\w+)"', response.text))
    assert references <= set(schemas)
    ids = [operation["operationId"] for each in said["paths"].values() for operation in each.values()]
    assert len(set(ids)) == len(ids)
    for entry in TABLE:
        operation = said["paths"][entry.path.replace(":path", "")][entry.method.lower()]
        assert ("requestBody" in operation) == (entry.body is not None) == (entry.method == "POST")
        assert (operation.get("security") == []) == entry.keyless
    assert "messages" in schemas["ChatRequest"]["required"]


def test_every_route_is_in_the_documentation() -> None:
    text = DOCS.read_text(encoding="utf-8")
    missing = [entry.path for entry in TABLE if f"`{entry.method} {entry.path.replace(':path', '')}`" not in text]
    assert missing == []


def test_the_document_is_json_without_python(http: TestClient) -> None:
    assert "sanderling.server" not in json.dumps(http.get("/openapi.json").json())


def test_bounds_are_documented_and_checked_by_the_handlers(http: TestClient) -> None:
    schemas = http.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["ChatRequest"]["properties"]["messages"]["minItems"] == 1
    low, high = (schemas["ChatRequest"]["properties"]["temperature"][end] for end in ("minimum", "maximum"))
    ask = {"messages": [{"role": "user", "content": "Who?"}], "max_tokens": 2}
    for temperature, status in ((low, 200), (high, 200), (high + 1, 400), (low - 1, 400)):
        response = http.post("/v1/chat/completions", json={**ask, "temperature": temperature})
        assert response.status_code == status
    for limit in (0, schemas["SearchRequest"]["properties"]["limit"]["maximum"] + 1):
        response = http.post("/v1/memory/search", json={"query": "pump", "limit": limit})
        assert response.json()["error"]["param"] == "limit"
