"""The models that a client may name, those of other machines among them, and a chat with one of these."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from scripted_server import ScriptedServer, answer, scripted_server
from served import client
from tiered import edge, tiered

from sanderling.privacy import PrivacySettings

ASK = {"messages": [{"role": "user", "content": "Who repairs the feed pump?"}]}
OWN = {"x-sanderling-privacy": "own"}


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        server.scripts = [answer("Ada Lind [1].")]
        yield server


def test_models_of_tiers_are_listed_where_the_configuration_lets_anything_leave(scripted, tmp_path, monkeypatch):
    for limit, there in (("any", True), ("own", True), ("local", False)):
        folder = tmp_path / limit
        folder.mkdir()
        with (
            tiered(folder, monkeypatch, edge(scripted.url), settings=PrivacySettings(limit=limit)) as runtime,
            client(runtime) as http,
        ):
            listed = {each["id"]: each for each in http.get("/v1/models").json()["data"]}
            assert ("edge/m" in listed, "sanderling:edge/m" in listed) == (there, there)
            assert http.get("/v1/models/edge/m").status_code == (200 if there else 404)
            if there:
                assert (listed["edge/m"]["tier"], listed["small"]["tier"]) == ("edge", "local")
                assert [listed[name]["from_notes"] for name in ("edge/m", "sanderling:edge/m")] == [False, True]
            else:
                assert http.post("/v1/chat/completions", json={"model": "edge/m", **ASK}).status_code == 404
    assert scripted.seen == []


def test_a_model_of_a_tier_answers_without_notes_and_from_them(scripted, tmp_path, monkeypatch):
    with tiered(tmp_path, monkeypatch, edge(scripted.url)) as runtime, client(runtime) as http:
        refused = http.post("/v1/chat/completions", json={"model": "edge/m", **ASK})
        assert refused.status_code >= 400
        assert "privacy is local" in refused.json()["error"]["message"]
        assert scripted.seen == []
        plain = http.post("/v1/chat/completions", json={"model": "edge/m", **ASK}, headers=OWN)
        assert plain.json()["choices"][0]["message"]["content"] == "Ada Lind [1]."
        names = ("x-sanderling-tier", "x-sanderling-path", "x-sanderling-left-device")
        assert [plain.headers[name] for name in names] == ["edge", "tier", "true"]
        assert plain.json()["sanderling"]["left_device"] is True
        (message,) = json.loads(scripted.seen[0][2])["messages"]
        assert message["content"] == ASK["messages"][0]["content"], "no notes"
        streamed = http.post("/v1/chat/completions", json={"model": "edge/m", "stream": True, **ASK}, headers=OWN)
        assert streamed.headers["x-sanderling-tier"] == "edge"
        assert "Lind" in streamed.text
        noted = http.post("/v1/chat/completions", json={"model": "sanderling:edge/m", **ASK}, headers=OWN)
        assert noted.json()["sanderling"]["route"]["tier"] == "edge"
        assert "is repaired by" in scripted.seen[-1][2].decode()
        # What continues a text, and no chat, is for this device's models.
        assert http.post("/v1/completions", json={"model": "edge/m", "prompt": "x"}, headers=OWN).status_code == 404
