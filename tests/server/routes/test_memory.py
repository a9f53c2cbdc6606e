from __future__ import annotations

from pathlib import Path

import httpx2


def test_a_note_is_added_found_shown_and_forgotten(http: httpx2.Client) -> None:
    before = http.get("/v1/memory/stats").json()["nodes"]
    body = {"text": "The winch was greased on Sunday.", "tags": ["deck"], "title": "Winch"}
    made = http.post("/v1/memory/notes", json=body)
    assert made.status_code == 201
    id = made.json()["id"]
    found = http.post("/v1/memory/search", json={"query": "Was the winch greased?", "limit": 1}).json()
    assert [each["id"] for each in found["results"]] == [id]
    shown = http.get(f"/v1/memory/notes/{id}").json()
    assert (shown["title"], shown["tags"], shown["text"]) == ("Winch", ["deck"], body["text"])
    gone = http.delete(f"/v1/memory/notes/{id}")
    assert (gone.status_code, gone.json()["deleted"]) == (200, True)
    for method in ("GET", "DELETE"):
        assert http.request(method, f"/v1/memory/notes/{id}").json()["error"]["code"] == "not_found"
    assert http.get("/v1/memory/stats").json()["nodes"] == before
    assert id not in http.post("/v1/memory/search", json={"query": "winch greased Sunday"}).text


def test_the_note_of_a_file_has_its_document_and_edges(http: httpx2.Client) -> None:
    found = http.post("/v1/memory/search", json={"query": "Who repairs the feed pump?"}).json()["results"]
    pump = next(each for each in found if each["title"] == "Pump")
    assert pump["url"].startswith("file:///")
    shown = http.get(f"/v1/memory/notes/{pump['id']}").json()
    assert [part["text"] for part in shown["document"]] == [shown["text"]]
    assert {edge["title"] for edge in shown["edges"]} >= {"Ada Lind"}


def test_a_filter_bounds_a_search(http: httpx2.Client) -> None:
    body = {"query": "pump", "filter": {"tags": ["absent"]}}
    assert http.post("/v1/memory/search", json=body).json()["results"] == []


def test_files_are_read_and_their_documents_forgotten(http: httpx2.Client, tmp_path: Path) -> None:
    (tmp_path / "keel.md").write_text("# Keel\n\nThe keel was laid in Bergen.")
    report = http.post("/v1/memory/ingest", json={"paths": [str(tmp_path)], "tags": ["ship"]})
    assert (report.status_code, report.json()["added"]) == (200, 1)
    (found,) = http.post("/v1/memory/search", json={"query": "keel", "limit": 1}).json()["results"]
    gone = http.delete(f"/v1/memory/notes/{found['id']}").json()
    assert (gone["uris"], gone["still_there"]) == ([str(tmp_path / "keel.md")], 1)
    assert (tmp_path / "keel.md").exists()


def test_what_cannot_be_read_is_refused(http: httpx2.Client, tmp_path: Path) -> None:
    for url, body in (
        ("/v1/memory/ingest", {"paths": []}),
        ("/v1/memory/ingest", {"paths": ["notes"]}),
        ("/v1/memory/ingest", {"paths": [str(tmp_path / "absent")]}),
        ("/v1/memory/ingest", {"paths": ["/a\0b"]}),
        ("/v1/memory/ingest", {"paths": ["/" + "a" * 5000]}),
        ("/v1/memory/notes", {"text": "x", "to": ["a\0b"]}),
        ("/v1/memory/search", {"query": "pump", "filter": {"tag": ["private"]}}),
        ("/v1/memory/search", {"query": ""}),
        ("/v1/memory/search", {"query": "x", "limit": 0}),
        ("/v1/memory/notes", {"text": " "}),
        ("/v1/memory/notes", {"text": "x", "to": ["absent"]}),
        ("/v1/memory/notes", {"text": "x", "type": "poem"}),
    ):
        response = http.post(url, json=body)
        assert response.status_code == 400, (url, body, response.text)
        assert response.json()["error"]["type"] == "invalid_request_error"
