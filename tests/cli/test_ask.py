"""``sanderling ask`` and ``chat`` where a question counts or lists the notes themselves, or is in another language."""

from __future__ import annotations

import json

from sanderling.runtime import Runtime


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


def test_a_budget_that_is_over_leaves_text_or_notes(call, memory, scripted) -> None:
    ask = ("ask", "Who repairs the feed pump?", "-m", memory, "--model", "small", "--no-server")
    scripted({"when": "feed pump", "say": "one two three " * 40, "token_ms": 20.0})
    cut = call(*ask, "--budget-ms", "2500")
    assert cut.code == 0
    assert "one two" in cut.out and "[1]" in cut.out
    assert "when its 2,500 ms were over: raise --budget-ms" in cut.err
    scripted({"when": "feed pump", "say": "Ada Lind", "read_ms": 60_000.0})
    none = call(*ask, "--budget-ms", "1500", "--json").json
    assert (none["finish_reason"], none["text"]) == ("budget", none["quote"]["text"])
    assert none["sources"]


def test_an_answer_without_a_model_is_a_sentence_or_lists_the_notes(
    call, memory, scripted, tmp_path, monkeypatch
) -> None:
    script = tmp_path / "small.json"
    script.write_text('{"load_ms": 20000, "rules": [{"say": "Ada Lind"}]}')
    ask = ("ask", "Who repairs the feed pump?", "-m", memory, "--model", "small", "--no-server", "--budget-ms", 400)
    done = call(*ask)
    assert done.code == 0
    assert done.out.startswith("The feed pump is repaired by Ada Lind.\n\n  [1] ")
    assert done.out.endswith("/notes/pump.md\n  small could not begin in time\n")
    assert "read the notes, or raise --budget-ms" in done.err
    monkeypatch.setattr("sanderling.stages.quote.LEAST", 1.1)  # no sentence is good enough
    done = call(*ask)
    assert done.code == 0
    assert "/notes/pump.md" in done.out and "/notes/ada.md" in done.out
    assert done.out.endswith("  small could not begin in time\n")
    assert "read the notes, or raise --budget-ms" in done.err


def test_the_end_does_not_wait_until_the_model_is_gone(call, memory, scripted, monkeypatch) -> None:
    waited: list[bool] = []
    close = Runtime.close

    def noted(self: Runtime, *, wait: bool = True) -> None:
        waited.append(wait)
        close(self, wait=wait)

    monkeypatch.setattr(Runtime, "close", noted)
    assert call("ask", "Who repairs the feed pump?", "-m", memory, "--model", "small").code == 0
    assert waited == [False]
