"""``bench answers --systems`` with scripted models: every system in turn, a run that goes on, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import scripted_model

from sanderling.models import registry

ASK = ("bench", "answers", "--model", "tiny", "--model", "middle", "--model", "great")


@pytest.fixture
def ladder(scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three models: the smallest errs, the middle one knows one crane, the largest all."""
    resolve = registry.resolve
    rules = [{"when": f"How much does crane {i} lift?", "say": f"{i} tons"} for i in range(1, 4)]
    models = {
        "tiny": scripted_model.model(tmp_path, "tiny", 1, say="no idea"),
        "middle": scripted_model.model(tmp_path, "middle", 2, rules[0], say="42 tons"),
        "great": scripted_model.model(tmp_path, "great", 3, *rules, say="no idea"),
    }
    monkeypatch.setattr(registry, "resolve", lambda name, quant=None: models.get(name) or resolve(name, quant))


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def test_every_system_is_asked_in_turn(call, ladder, corpus: Path, tmp_path: Path) -> None:
    raw = tmp_path / "rows.jsonl"
    found = call(*ASK, "--systems", "all", "--data", corpus, "--raw", raw, "--json")
    assert found.code == 0, found
    report = found.json["comparison"]
    assert (report["questions"], report["incomplete"]) == (3, 0)
    standings = {each["system"]: each for each in report["standings"]}
    assert list(standings) == ["routed", "naive", "big", "big-1536", "mid", "small"]
    assert [round(3 * standings[name]["em"]) for name in ("naive", "big", "big-1536", "mid", "small")] == [
        1,
        3,
        3,
        1,
        0,
    ]
    contexts = {each["system"]: (each["model_id"], each["context_tokens"]) for each in report["routes"]}
    assert contexts["naive"] == ("middle", 768)
    assert (contexts["big"], contexts["big-1536"]) == (("great", 768), ("great", 1536))
    assert (contexts["mid"], contexts["small"]) == (("middle", 160), ("tiny", 160))
    asked = lines(raw)
    # The order of the systems changes with the question.
    orders = [
        [row["system"] for row in asked if row["question"] == each]
        for each in dict.fromkeys(row["question"] for row in asked)
    ]
    assert len(set(map(tuple, orders))) > 1 and all(sorted(order) == sorted(standings) for order in orders)
    assert all(row["drafts"] == 1 and row["computed_tokens"] > 0 for row in asked if row["system"] != "routed")
    # The naive prompt has the long heads, and more notes than a context of 160 tokens holds.
    by_system = {row["system"]: row for row in asked}
    assert by_system["naive"]["tokens"]["prompt"] > 2 * by_system["mid"]["tokens"]["prompt"]
    shown = call(*ASK, "--systems", "all", "--data", corpus, "--raw", raw).out
    assert "**not shown**: regret at most 0.1 of 5, against big-1536" in shown
    assert "| routed - naive | 3 |" in shown


def test_a_killed_run_goes_on_and_other_systems_join(call, ladder, corpus: Path, tmp_path: Path) -> None:
    raw = tmp_path / "rows.jsonl"
    run = (*ASK, "--data", corpus, "--raw", raw, "--json")
    assert call(*run, "--systems", "routed,mid").code == 0
    whole = raw.read_bytes().splitlines(keepends=True)
    assert len(whole) == 1 + 6
    raw.write_bytes(b"".join(whole[:4]) + whole[4][:50])
    assert call(*run, "--systems", "routed,mid").json["comparison"]["questions"] == 3
    assert [line for line in lines(raw)[:3]] == [json.loads(line) for line in whole[1:4]]
    assert len(lines(raw)) == 6
    joined = call(*run, "--systems", "routed,mid,small").json["comparison"]
    assert [each["system"] for each in joined["standings"]] == ["routed", "mid", "small"]
    assert len(lines(raw)) == 9


def test_a_router_is_measured_in_folds(call, refused, ladder, corpus: Path, tmp_path: Path) -> None:
    raw, ids = tmp_path / "rows.jsonl", tmp_path / "ids.txt"
    run = (*ASK, "--systems", "routed,mid", "--data", corpus, "--raw", raw, "--questions", ids, "--json")
    refused(call(*run), 2, "ids.txt")
    ids.write_text("harbours/none\nharbours/other\n")
    refused(call(*run), 2, "harbours/none", "3 questions", "SET/QUESTION")
    assert not raw.exists()
    ids.write_text("harbours/q1\nharbours/q2\n")
    assert call(*run).json["comparison"]["questions"] == 2
    # As if another fold's weights had answered the first question: it alone is asked anew, of the routed system alone.
    other = raw.read_text().replace('"system":"routed","router":"rule"', '"system":"routed","router":"fastgrnn:1"', 1)
    raw.write_text(other)
    ids.write_text("harbours/q3\n")
    report = call(*run).json
    assert report["comparison"]["questions"] == 3
    assert report["settings"]["routers"] == ["fastgrnn:1", "rule"]
    ids.write_text("harbours/q1\nharbours/q2\nharbours/q3\n")
    before = len(lines(raw))
    assert call(*run).json["settings"]["routers"] == ["rule"]
    assert len(lines(raw)) == before + 1


def test_a_slow_system_is_asked_some_questions(call, refused, ladder, corpus: Path, tmp_path: Path) -> None:
    run = (*ASK, "--systems", "mid,big-1536", "--data", corpus)
    report = call(*run, "--every", "big-1536=2", "--json").json["comparison"]
    assert {each["system"]: each["n"] for each in report["standings"]} == {"big-1536": 2, "mid": 3}
    both = (*run, "--data", shutil.copytree(corpus, tmp_path / "piers"))
    groups = call(*both, "--every", "big-1536=2", "--json").json["comparison"]["groups"]
    slow = {group["name"]: [each["n"] for each in group["standings"]] for group in groups}
    assert (slow["harbours"], slow["piers"]) == ([2, 3], [2, 3])  # of each set alike
    refused(call(*run, "--every", "big=2"), 2, "big-1536")
    refused(call(*run, "--every", "mid=x"), 2, "SYSTEM=N")


def test_scenarios_goes_on_from_the_same_file(call, ladder, corpus: Path, tmp_path: Path) -> None:
    raw = tmp_path / "rows.jsonl"
    assert call(*ASK, "--systems", "mid,small", "--data", corpus, "--raw", raw).code == 0
    models = ("--model", "great", "--model", "middle", "--model", "tiny")  # in any order
    found = call("bench", "scenarios", *models, "--systems", "mid,small", "--data", corpus, "--raw", raw, "--json")
    assert found.json["comparison"]["questions"] == 3
    assert len(lines(raw)) == 6


def test_several_sets_are_mixed_and_told_apart(call, ladder, corpus: Path, notes: Path, tmp_path: Path) -> None:
    other = tmp_path / "people"
    other.mkdir()
    notes.rename(other / "notes")
    question = {
        "id": "1",
        "text": "Who repairs the feed pump?",
        "answers": ["Ada Lind"],
        "gold": ["pump.md"],
        "hops": 1,
    }
    (other / "questions.jsonl").write_text(json.dumps(question) + "\n")
    data = ("--data", corpus, "--data", other)
    report = call(*ASK, "--systems", "mid", *data, "--json").json["comparison"]
    assert {group["name"]: group["n"] for group in report["groups"] if group["name"] in ("people", "harbours")} == {
        "harbours": 3,
        "people": 1,
    }
    assert call(*ASK, "--systems", "mid", *data, "--limit", 2, "--json").json["comparison"]["questions"] == 2


def test_what_cannot_be_is_refused(call, refused, ladder, corpus: Path, tmp_path: Path) -> None:
    refused(call(*ASK, "--systems", "routed,bigger", "--data", corpus), 2, "bigger", "naive")
    refused(call("bench", "answers", "--model", "great", "--systems", "all", "--data", corpus), 2, "two models")
    refused(call(*ASK, "--systems", "all", "--way", "dense"), 2, "--way")
    refused(call("bench", "scenarios", "--data", corpus, "--data", "station"), 2, "--systems")
    refused(call("bench", "answers", "--data", corpus), 2, "--model")
    for named in ("", ",", " , "):
        refused(call(*ASK, "--systems", named, "--data", corpus), 2, "naive")
    for option, value in (("--judge-model", "great"), ("--privacy", "any")):
        refused(call(*ASK, "--systems", "mid", "--data", corpus, option, value), 2, option)
    for option, value in (
        *(("--ladder", "lfm2"), ("--limit", 2), ("--seed", 0), ("--router", "rule")),
        *(("--every", "big=2"), ("--questions", tmp_path / "ids.txt")),
    ):
        refused(call("bench", "scenarios", "--model", "great", option, value), 2, option, "--systems")
    refused(call(*ASK, "--systems", "routed", "--data", corpus, "--router", tmp_path / "no.weights"), 2, "no.weights")
    raw = tmp_path / "rows.jsonl"
    assert call(*ASK, "--systems", "mid", "--data", corpus, "--raw", raw).code == 0
    refused(call(*ASK, "--systems", "mid", "--data", corpus, "--raw", raw, "--threads", 2), 2, "another run")
    (corpus / "queries.jsonl").write_text("")
    (corpus / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n")
    refused(call(*ASK, "--systems", "mid", "--data", corpus), 2, "--data")


def test_rated_questions_of_the_log_are_asked_again(call, refused, ladder, home: Path, notes: Path) -> None:
    replay = (*ASK, "--systems", "mid,big", "--data", "log", "--json")
    refused(call(*replay), 2, "sanderling log rate up")
    assert call("ingest", notes).code == 0
    for question, rating in (("Who repairs the feed pump?", "up"), ("What is for lunch on Fridays?", "down")):
        asked = call("ask", question, "--model", "small", "--json")
        assert asked.code == 0, asked
        assert call("log", "rate", rating).code == 0
    before = len((home / "telemetry.sqlite").read_bytes())
    found = call(*replay)
    assert found.code == 0, found
    report = found.json["comparison"]
    assert report["questions"] == 1
    (row, _) = report["rows"]
    assert row["found"] is True
    # What was right is not known, but which notes the liked answer was made from.
    assert (row["liked"], row["quality"]) == (True, 1.0)
    assert len((home / "telemetry.sqlite").read_bytes()) == before


def test_rated_questions_are_asked_of_the_memory_that_is_set(
    call, refused, ladder, home: Path, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rate(question: str) -> None:
        asked = call("ask", question, "--model", "small", "--json")
        assert asked.code == 0, asked
        assert call("log", "rate", "up").code == 0

    replay = (*ASK, "--systems", "mid,big", "--data", "log", "--json")
    other = tmp_path / "boats"
    other.mkdir()
    (other / "boat.md").write_text("# Boat\n\nThe boat is painted by Bo Berg.")
    assert call("ingest", other).code == 0
    monkeypatch.setenv("SANDERLING_MEMORY", str(tmp_path / "mine.sanderling"))
    refused(call(*replay), 2, "sanderling log rate up")
    assert call("ingest", notes).code == 0
    rate("Who repairs the feed pump?")
    found = call(*replay)
    assert found.code == 0, found
    assert [(row["liked"], row["quality"]) for row in found.json["comparison"]["rows"]] == [(True, 1.0)] * 2
    monkeypatch.delenv("SANDERLING_MEMORY")
    refused(call(*replay), 2, "none of the 1 rated", "SANDERLING_MEMORY")
    rate("Who paints the boat?")
    found = call(*replay)
    assert found.code == 0, found
    assert "1 of 2 rated questions are left out" in found.err
    assert [row["quality"] for row in found.json["comparison"]["rows"]] == [1.0, 1.0]
    monkeypatch.setenv("SANDERLING_MEMORY", str(tmp_path / "absent.sanderling"))
    refused(call(*replay), 2, "absent.sanderling", "SANDERLING_MEMORY")
