"""``sanderling ask`` and ``chat`` where a question counts or lists the notes themselves, or is in another language."""

from __future__ import annotations

import json


def test_a_count_needs_no_model_and_is_said_with_its_rule(call, memory, scripted) -> None:
    said = call("ask", "How many notes mention Ada Lind?", "-m", memory, "--model", "small")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("2 notes with the words Ada and Lind.\n\n  counted in the memory, no model was asked")


def test_a_list_is_paged_with_limit_and_start(call, memory, scripted) -> None:
    first = call("ask", "List all notes", "-m", memory, "--model", "small", "--limit", 2, "--json").json
    assert (first["kind"], first["total"], first["start"], first["next"]) == ("list", 3, 1, 3)
    rest = call(
        "ask", "List all notes", "-m", memory, "--model", "small", "--limit", 2, "--start", first["next"], "--json"
    ).json
    assert (rest["next"], len(rest["sources"])) == (None, 1)
    shown = call("ask", "List all notes", "-m", memory, "--model", "small", "--limit", 2).out
    assert "(1 to 2 of 3; the next page starts at 3.)" in shown and shown.count("\n- ") == 2
    assert call("ask", "List all notes", "-m", memory, "--model", "small", "--limit", 0).code == 2


def test_a_list_in_a_chat(call, memory, scripted) -> None:
    said = call("chat", "-m", memory, "--model", "small", "--limit", 2, "--json", stdin="List all notes\nmore\n/quit\n")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [(line["start"], line["next"]) for line in lines] == [(1, 3), (3, None)]


def test_notes_in_a_language_that_the_embedder_does_not_know(
    call, notes, memory, scripted, hash_embedder, home
) -> None:
    hash_embedder.id = "minilm-l6-v2-int8@0123456789ab"
    for number in range(3):
        (notes / f"g{number}.md").write_text(f"Die Pumpe {number} steht im Keller und wird jeden Montag geprüft.")
    mine = memory.with_name("mine.sanderling")
    ingested = call("ingest", notes, "-m", mine)
    assert ingested.err.count("3 are in German, which is not the language of the embedder") == 1
    assert "German" not in call("ingest", notes, "-m", mine).err
    asked = call("ask", "Who checks the pump?", "-m", mine, "--model", "small", "--json").json
    assert any("3 are in German" in warning for warning in asked["warnings"])
    asked = call("ask", "Wer prüft die Pumpe im Keller?", "-m", mine, "--model", "small")
    assert "the question seems to be in German" in asked.err and "3 are in German" in asked.err
    found = {finding["part"]: finding for finding in call("doctor", "-m", mine, "--json").json}
    assert found["languages"]["status"] == "note" and "3 are in German" in found["languages"]["message"]
    found = {finding["part"]: finding for finding in call("doctor", "-m", memory, "--json").json}
    assert (found["languages"]["status"], found["memory"]["status"]) == ("ok", "ok")
