"""Kept conversations over HTTP: begun, gone on with by another service, listed, shown, forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import openai
from disk_words import draw, left
from pump_notes import Opens
from served import client

from sanderling import config
from sanderling.runtime import Runtime

URL = "/v1/chat/completions"
FIRST, SECOND = "Who repairs the feed pump?", "And where does she come from?"


def asked(text: str, conversation: str, **more: object) -> dict:
    message = {"role": "user", "content": text}
    return {"messages": [message], "model": "sanderling:small", "sanderling": {"conversation": conversation}, **more}


def test_a_conversation_begun_in_python_goes_on_after_a_restart_of_the_service(open_runtime: Opens) -> None:
    begun = open_runtime().conversation()
    first = begun.ask(FIRST)
    with client(open_runtime()) as http:
        second = http.post(URL, json=asked(SECOND, begun.id)).json()
    assert second["sanderling"]["conversation"] == begun.id
    with client(open_runtime()) as http:
        (listed,) = http.get("/v1/conversations").json()["data"]
        assert (listed["id"], listed["title"], listed["turns"]) == (begun.id, FIRST, 2)
        shown = http.get(f"/v1/conversations/{begun.id}").json()
        third = http.post(URL, json=asked("And what else?", begun.id))
    one, two = shown["turns"]
    assert (one["question"], one["answer"], one["request_id"]) == (FIRST, "Ada Lind", first.request_id)
    source = one["sources"][0]
    assert (source["id"], source["sentence"]) == (first.sources[0].node_id, "The feed pump is repaired by Ada Lind.")
    assert source["url"] == f"sanderling://note/{source['id']}"  # the client is no program of this machine
    assert two["request_id"] == second["sanderling"]["request_id"]
    assert third.json()["usage"]["prompt_tokens"] > second["usage"]["prompt_tokens"] > first.tokens.prompt
    # The process that began it reads what the services added.
    assert begun.ask("And who is he?").tokens.prompt > third.json()["usage"]["prompt_tokens"]
    assert len(begun.turns) == 4


def test_a_service_begins_one_and_names_it_before_the_answer(http: httpx2.Client) -> None:
    said = http.post(URL, json=asked(FIRST, "new"))
    id = said.json()["sanderling"]["conversation"]
    assert id == said.headers["x-sanderling-conversation"] != ""
    streamed = http.post(URL, json=asked(SECOND, id, stream=True))
    assert streamed.headers["x-sanderling-conversation"] == id
    last = json.loads(streamed.text.split("\n\n")[-3].removeprefix("data: "))
    assert last["sanderling"]["conversation"] == id
    again = http.post(URL, json=asked(FIRST, "new")).json()["sanderling"]["conversation"]
    assert again != id  # equal questions are turns of different conversations
    assert len(http.get(f"/v1/conversations/{id}").json()["turns"]) == 2


def test_openai_goes_on_by_an_extra_field(client: openai.OpenAI) -> None:
    ids = set()
    for text, id in ((FIRST, "new"), (SECOND, None)):
        said = client.chat.completions.create(
            model="sanderling:small",
            messages=[{"role": "user", "content": text}],
            extra_body={"sanderling": {"conversation": id or ids.copy().pop()}},
        )
        ids.add(said.sanderling["conversation"])
    assert len(ids) == 1


def test_a_forgotten_conversation_leaves_no_word_and_is_not_found(open_runtime: Opens, tmp_path: Path) -> None:
    words = draw(31, 2)
    runtime = open_runtime()
    with client(runtime) as http:
        id = http.post(URL, json=asked(f"Who is {words[0]}?", "new")).json()["sanderling"]["conversation"]
        http.post(URL, json=asked(f"Where is {words[1]}?", id))
        home = config.home()
        assert left(home, words) == set(words)
        gone = http.delete(f"/v1/conversations/{id}")
        assert gone.json() == {"id": id, "object": "conversation.deleted", "deleted": True}
        assert left(home, words) == set()
        assert left(tmp_path, words) == set()
        for answer in (
            http.get(f"/v1/conversations/{id}"),
            http.delete(f"/v1/conversations/{id}"),
            http.post(URL, json=asked(SECOND, id)),
        ):
            assert answer.status_code == 404
            assert answer.json()["error"]["code"] == "not_found"
        assert http.get("/v1/conversations").json()["data"] == []


def test_what_a_conversation_cannot_be_asked_is_refused(http: httpx2.Client) -> None:
    two = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    forced = {"type": "function", "function": {"name": "f"}}
    for body, param in (
        (asked(FIRST, "new", messages=two), "messages"),
        (asked(FIRST, "new", messages=[{"role": "system", "content": "Be brief."}]), "messages"),
        (asked(FIRST, "new", model="small"), "sanderling.conversation"),
        (asked(FIRST, "new", tools=tools, tool_choice=forced), "sanderling.conversation"),
    ):
        refused = http.post(URL, json=body)
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == param
    body = {"input": FIRST, "model": "sanderling:small", "sanderling": {"conversation": "new"}}
    assert http.post("/v1/responses", json=body).json()["error"]["param"] == "sanderling.conversation"


def test_the_beginning_of_an_id_is_none_over_http(http: httpx2.Client) -> None:
    id = http.post(URL, json=asked(FIRST, "new")).json()["sanderling"]["conversation"]
    for part in (id[0], id[:-1], f"{id}0"):
        assert http.get(f"/v1/conversations/{part}").status_code == 404
        assert http.delete(f"/v1/conversations/{part}").status_code == 404
        refused = http.post(URL, json=asked(SECOND, part))
        assert (refused.status_code, refused.json()["error"]["param"]) == (404, "sanderling.conversation")
    assert http.get(f"/v1/conversations/{id}").status_code == 200


def test_a_question_that_failed_is_forgotten_with_its_conversation(http: httpx2.Client, runtime: Runtime) -> None:
    (word,) = draw(33, 1)
    id = http.post(URL, json=asked(FIRST, "new")).json()["sanderling"]["conversation"]
    failed = http.post(URL, json=asked(f"Please refuse {word}", id))
    assert failed.status_code >= 500
    assert left(config.home(), [word])
    http.delete(f"/v1/conversations/{id}")
    assert not left(config.home(), [word])
