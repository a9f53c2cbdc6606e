"""Each command: what it prints for people and for programs, and where."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import typer

from sanderling import cli
from sanderling.cli import commands
from sanderling.device import profiles
from sanderling.errors import MissingExtra
from sanderling.models import embedder, registry
from sanderling.models.entries import FileEntry, ModelEntry, PathSource
from sanderling.telemetry.store import TelemetryStore

COMMANDS = [
    ["ingest"],
    ["watch"],
    ["serve"],
    ["mcp"],
    ["ask"],
    ["search"],
    ["chat"],
    *(["memory", name] for name in ("show", "add", "export", "import", "forget", "verify", "repair", "stats")),
    *(["memory", name] for name in ("compact", "reembed", "prune", "tidy", "train", "learn")),
    *(["models", name] for name in ("list", "add", "fit", "pull", "requantize", "synth", "verify", "rm")),
    *(["profile", name] for name in ("list", "show", "published")),
    ["doctor"],
    ["tune"],
    ["log", "forget"],
    ["log", "rate"],
    ["log", "judge"],
    *(["cache", name] for name in ("stats", "clear")),
    *(
        ["bench", name]
        for name in ("model", "scenarios", "compare", "ask", "parity", "state", "answers", "memory", "demo")
    ),
    *(["hub", name] for name in ("init", "push", "pull", "sync", "status", "search")),
    ["bench", "hub"],
    ["bench", "reuse"],
    ["bench", "quote"],
    ["bench", "retrieval"],
    ["bench", "scripts"],
    ["bench", "ingest"],
    ["bench", "watch"],
    *(["bench", name] for name in ("router", "router-forward", "verifier")),
    ["router", "export"],
    ["route"],
    *(["router", name] for name in ("collect", "components", "train", "show", "rollback")),
    ["bench", "service"],
    ["bench", "startup"],
    ["bench", "contention"],
    ["bench", "concurrency"],
    ["bench", "peers"],
    ["bench", "sanity"],
    ["bench", "tiers"],
    ["bench", "tasks"],
]
CONTENT = bytes(range(256)) * 100


@pytest.fixture
def tiny(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of one model, ``tiny``, that can be pulled from a file."""
    file = tmp_path / "tiny.bin"
    file.write_bytes(CONTENT)
    entry = FileEntry(
        name="tiny.gguf",
        quant="Q4_0",
        bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        sources=(PathSource(path=str(file)),),
    )
    model = ModelEntry(
        id="tiny",
        parameters=10**6,
        licence="Apache-2.0",
        default_quant="Q4_0",
        files=(entry,),
        ladder="open-small",
        rung=1,
        chat_format="chatml",
        context_tokens=4096,
    )
    monkeypatch.setattr(registry, "entries", lambda: {"tiny": model})
    return file


def test_every_command_is_listed_here() -> None:
    root = typer.main.get_command(cli.app)
    groups = {name: getattr(command, "commands", {}) for name, command in root.commands.items()}
    found = [[name, *rest] for name, inner in groups.items() for rest in ([[each] for each in inner] or [[]])]
    assert sorted(found) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_shows_an_example_and_json(call, command: list[str]) -> None:
    shown = call(*command, "--help")
    assert shown.code == 0
    assert shown.err == ""
    assert f"sanderling {' '.join(command)}" in " ".join(shown.out.split("xample")[-1].split())
    assert "--json" in shown.out or command == ["mcp"]  # whose stdout is a protocol, JSON throughout


@pytest.mark.parametrize("group", [[], ["memory"], ["models"], ["profile"]], ids=str)
def test_a_group_alone_shows_its_commands(call, group: list[str]) -> None:
    shown = call(*group)
    assert shown.code == 2
    for command in COMMANDS:
        if command[: len(group)] == group:
            assert command[len(group)] in shown.out + shown.err


def test_version(call) -> None:
    import sanderling

    assert call("--version") == (0, f"sanderling {sanderling.__version__}\n", "")


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "x", "--nope"], ["nope"], ["ask", "x", "--budget-ms", "soon"]])
def test_a_mistyped_command_line_says_where_help_is(call, arguments: list[str]) -> None:
    result = call(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "--help" in result.err
    assert result.err.splitlines()[-1].startswith("Error: ")


def test_ingest(call, words, notes: Path, tmp_path: Path, whole) -> None:
    path = tmp_path / "new.sanderling"
    assert call("ingest", notes, "-m", path, "--json").json["added"] == 3
    (notes / "bin.txt").write_bytes(bytes(range(256)))
    (notes / "menu.txt").unlink()
    shown = call("ingest", "--prune", notes, "-m", path)
    assert shown.code == 0
    assert shown.out.startswith("0 added, 0 changed, 2 unchanged, 1 removed, 1 skipped: 2 nodes")
    assert shown.err.startswith("note: skipped ")
    assert "bin.txt" in shown.err
    whole(path, documents=2)
    (notes / "old.txt").write_bytes("Die Schlüssel hängen über der Tür.".encode("cp1252"))
    shown = call("ingest", notes, "-m", path)
    assert shown.out.startswith("1 added, 0 changed, 2 unchanged, 0 removed, 1 skipped, 1 warned: 3 nodes")
    assert "old.txt: does not say its encoding: read as cp1252" in shown.err


def test_the_memory_is_in_the_home_folder_unless_said(call, words, notes: Path, home: Path, monkeypatch) -> None:
    assert call("ingest", notes).code == 0
    assert (home / "notes.sanderling").is_file()
    monkeypatch.setenv("SANDERLING_MEMORY", str(home / "other.sanderling"))
    assert call("ingest", notes).code == 0
    assert (home / "other.sanderling").is_file()


def test_ask(call, scripted, memory: Path) -> None:
    answer = call("ask", "Who repairs the feed pump?", "--model", "small", "-m", memory, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.count("\n") == 1
    assert answer.json["text"] == "Ada Lind"
    assert answer.json["sources"][0]["title"] == "Pump"
    shown = call("ask", "Who repairs the feed pump?", "--model", "small", "-m", memory)
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert (lines[:3], lines[4]) == (["Ada Lind", "", "  borne out by [1]"], "")
    assert lines[3].startswith("  [1] ")
    assert lines[3].endswith("/notes/pump.md: The feed pump is repaired by Ada Lind.")
    assert lines[5].startswith("  small, tiny context, router rule: ")
    assert len(lines) == 6, "times and counts are said when they are asked for"
    more = call("ask", "Who repairs the feed pump?", "--model", "small", "-m", memory, "--verbose").out
    assert " ms: embed " in more and "tokens: " in more and "(score " in more


def test_a_question_asked_again_is_answered_from_the_cache(call, scripted, memory: Path, home: Path) -> None:
    ask = ("ask", "Who repairs the feed pump?", "--model", "small", "-m", memory)
    off = call("cache", "stats", "--json").json
    assert (off["on"], off["answers"], off["used_bytes"]) == (False, 0, 0)
    assert call("cache", "clear").out == "0 answers forgotten\n"
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text("response_cache_bytes = 1000000")
    assert [call(*ask, "--json", *more).json["cached"] for more in ([], ["--no-cache"], [])] == [False, False, True]
    shown = call(*ask)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("Ada Lind\n\n  borne out by [1]\n  [1] ")
    assert "kept answer, the same question" in shown.out
    assert "2 from the response cache" in call("log").out.splitlines()[0]
    held = call("cache", "stats", "--json").json
    assert (held["on"], held["answers"], held["hits"], held["bound_bytes"]) == (True, 1, 2, 1000000)
    assert "answers            1" in call("cache", "stats").out
    assert call("cache", "clear", "--json").json == {"forgotten": 1}
    assert not call(*ask, "--json").json["cached"]


def test_the_context_can_be_asked_for(call, scripted, memory) -> None:
    ask = ("ask", "Who repairs the feed pump?", "--model", "small", "-m", memory, "--json")
    sizes = [call(*ask, *more).json["route"]["context_bin"] for more in ([], ["--context", "large"])]
    assert sizes == ["tiny", "large"]
    assert call(*ask, "--context", "huge").code == 2


def test_ask_reads_the_question_from_standard_input(call, scripted, memory: Path) -> None:
    answer = call("ask", "-", "--model", "small", "-m", memory, "--json", stdin="Who repairs\nthe feed pump?\n")
    assert answer.json["text"] == "Ada Lind"
    with TelemetryStore() as store:
        assert store.tail(1)[0].query == "Who repairs\nthe feed pump?"


def test_an_answer_cut_short_says_so_beside_the_result(call, scripted, memory: Path) -> None:
    shown = call("ask", "Who?", "--model", "small", "-m", memory, "--context", "small", "--max-tokens", 3)
    assert shown.out.startswith("Ada\n")
    assert shown.err == "note: the answer was cut at 3 tokens: raise --max-tokens (max_tokens)\n"


def test_chat_has_one_value_per_line_also_for_a_turn_that_failed(call, scripted, memory: Path) -> None:
    turns = f"Who repairs the feed pump?\n/new\n \n{'x' * 70_000}\nAnd where is she from?\n/quit\nnot asked\n"
    result = call("chat", "--model", "small", "-m", memory, "--json", stdin=turns)
    first, second, third = map(json.loads, result.out.splitlines())
    assert first["text"] == third["text"] == "Ada Lind"
    assert second["error"]["type"] == "UsageError"
    assert result.err.startswith("note: ")
    assert result.code == 0


def test_chat_for_people(call, scripted, memory: Path) -> None:
    shown = call("chat", "--model", "small", "-m", memory, stdin="Who repairs the feed pump?\n")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("Ada Lind\n\n  borne out by [1]\n  [1] ")


def test_models(call, tiny: Path, refused) -> None:
    assert call("models", "list", "--json").json[0]["installed"] is None
    refused(call("models", "verify", "tiny"), 5, "models pull tiny")
    assert call("models", "pull", "tiny").out.startswith("tiny Q4_0 is here: 0 MiB, sha256 ")
    assert call("models", "pull", "tiny", "--json").json["quant"] == "Q4_0"
    assert call("models", "list").out.splitlines()[1].split()[-3:] == ["MiB", "Q4_0", "Apache-2.0"]
    assert call("models", "verify", "tiny").out == "tiny Q4_0: whole\n"
    assert call("models", "verify", "tiny", "--json").json["bytes"] == len(CONTENT)
    removed = call("models", "rm", "tiny", "--json").json
    assert removed["model_id"] == "tiny"
    assert removed["freed_bytes"] >= len(CONTENT)
    assert call("models", "rm", "tiny").out == "tiny was not here\n"


def test_an_embedder_that_nothing_can_run_here_is_pulled_untested(call, tiny: Path, monkeypatch) -> None:
    def accept(model: object) -> None:
        raise MissingExtra("embedding text", "embed")

    monkeypatch.setattr(embedder, "accept", accept)
    pulled = call("models", "pull", "tiny")
    assert pulled.code == 0
    assert pulled.out.startswith("tiny Q4_0 is here")
    assert "tiny was not tested on this device" in pulled.err
    assert "pip install 'sanderling[embed]'" in pulled.err
    assert call("models", "verify", "tiny").code == 0


def test_profile(call) -> None:
    names = [profile["name"] for profile in call("profile", "list", "--json").json]
    assert names == list(profiles.names())
    assert [line.split()[0] for line in call("profile", "list").out.splitlines()[1:]] == names
    assert call("profile", "show", "raspberry_pi_5", "--json").json["profile"]["name"] == "raspberry_pi_5"
    assert "threads_decode" in call("profile", "show").out
    shown = call("profile", "published", "raspberry_pi_5")
    assert "LFM2-350M Q6_K" in shown.out and "pull request 19360" in shown.out
    (row, *_) = call("profile", "published", "apple_m2", "--json").json
    assert abs(row["decode_off"]) < 0.25
    assert "no speed of an LFM2 model was found for rk3588" in call("profile", "published", "rk3588").out
    assert call("profile", "published", "pdp_11").code == 2


def test_profile_says_what_else_runs_and_how_many_threads_that_leaves(call) -> None:
    found = call("profile", "show", "--explain", "--json").json
    assert found["load"]["cpus"] >= 1
    assert found["load"]["window_s"] > 0
    assert len(found["threads_now"]) == len(found["models"]) > 0
    for now, model in zip(found["threads_now"], found["models"], strict=True):
        assert 1 <= now["decode"] <= model["plan"]["threads_decode"]
        assert now["reason"]
    shown = call("profile", "show", "--explain").out
    assert "at this moment: " in shown
    assert "threads now" in shown


def test_doctor_names_what_is_missing_and_fails(call, home: Path) -> None:
    found = call("doctor", "--json")
    assert (found.code, found.err) == (1, "")
    parts = {finding["part"]: finding for finding in found.json}
    assert parts["core"]["status"] in {"ok", "note"}
    assert parts["embedder"]["status"] == parts["engine"]["status"] == "fail"
    assert parts["engine"]["message"].endswith("sanderling models pull lfm2-350m")
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('ladder = "open-small"')
    in_ladder = {finding["part"]: finding for finding in call("doctor", "--json").json}["engine"]
    assert in_ladder["message"].endswith("sanderling models pull smollm2-135m")
    assert parts["memory"]["status"] == "note"
    shown = call("doctor")
    assert [line.split()[1] for line in shown.out.splitlines()] == list(parts)


def test_log(call, scripted, memory: Path, tmp_path: Path) -> None:
    assert call("log").out.splitlines()[0] == (
        "0 requests, median 0 ms, 0% of it generating, 0 escalated, 0 from the response cache, 0 failed; no models yet"
    )
    assert call("log").out.splitlines()[2:] == []
    for question in ("First?", "Second?"):
        call("ask", question, "--model", "small", "-m", memory)
    shown = call("log")
    assert shown.out.startswith("2 requests, median ")
    assert shown.out.splitlines()[0].endswith(" 0 escalated, 0 from the response cache, 0 failed; small 2")
    assert [line.split()[-1] for line in shown.out.splitlines()[1:]] == ["QUERY", "First?", "Second?"]
    assert json.loads(call("log", "--tail", 1, "--json").out)["query"] == "Second?"
    target = tmp_path / "rows.jsonl"
    assert call("log", "--export", target, "--json").json == {"rows": 2, "path": str(target)}
    assert [json.loads(line)["query"] for line in target.read_text().splitlines()] == ["First?", "Second?"]
    assert call("log", "--export", target).out == f"2 rows written to {target}\n"
    assert call("log", "--export", "-").out == target.read_text()


def test_rating(call, refused, scripted, memory: Path) -> None:
    refused(call("log", "rate", "up"), 2, "no answer to rate")
    call("ask", "First?", "--memory", memory, "--model", "small")
    first = call("log", "--json").json["request_id"]
    call("ask", "Second?", "--memory", memory, "--model", "small")
    assert call("log", "rate", "up").out.endswith("by small: 5 of 5\n")
    assert call("log", "rate", first, "2", "--json").json == {
        "request_id": first,
        "score": 2.0,
        "removed": False,
    }
    rows = [json.loads(line) for line in call("log", "--json").out.splitlines()]
    assert [row["quality"]["score"] for row in rows] == [2, 5]
    refused(call("log", "rate", "7"), 2, "up, down, or a number from 1 to 5")
    refused(call("log", "rate", first, "1", "2"), 2, "one rating")


def test_rating_by_what_the_table_shows(call, refused, scripted, memory: Path, home: Path) -> None:
    for question in ("First?\x1b[2J", "Second?"):
        call("ask", question, "--memory", memory, "--model", "small")
    ids = [json.loads(line)["request_id"] for line in call("log", "--json").out.splitlines()]
    header, first, second = call("log", "--tail", "2").out.splitlines()[1:]
    assert header.split()[0] == "ID"
    assert [first.split()[0], second.split()[0]] == [id[:8] for id in ids]
    rated = call("log", "rate", first.split()[0], "2")
    assert rated.out.splitlines()[:2] == ["First?\\x1b[2J", f"{ids[0]} by small: 2 of 5"]
    assert call("log", "rate", "up").out.splitlines() == ["Second?", f"{ids[1]} by small: 5 of 5"]
    refused(call("log", "rate", "nowhere", "up"), 2, "no request nowhere", "sanderling log")
    (home / "config.toml").write_text("log_query_text = false\n")
    call("ask", "Third?", "--memory", memory, "--model", "small")
    assert len(call("log", "rate", "up").out.splitlines()) == 1


@pytest.mark.parametrize(
    "command", [["log", "--export"], ["bench", "answers", "--model", "small", "--raw"]], ids=["log", "bench"]
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(call, refused, tmp_path, command: list[str]) -> None:
    refused(call(*command, tmp_path / "absent" / "x.jsonl"), 2, "absent", "folder that exists")
    refused(call(*command, tmp_path), 2, "folder that exists")


def test_bench_of_a_model_that_is_not_known(call, refused) -> None:
    refused(call("bench", "model", "--model", "smolm2-135m"), 2, "smollm2-135m")
    refused(call("bench", "answers", "--model", "smolm2-135m"), 2, "smollm2-135m")


@pytest.fixture
def real_home(home: Path, smollm2_path: Path) -> Path:
    """A home of its own with the models of this machine."""
    home.mkdir()
    (home / "models").symlink_to(smollm2_path.parents[1])
    return home


@pytest.mark.model
def test_a_real_model_answers(process, real_home: Path, notes: Path, tmp_path: Path) -> None:
    path = tmp_path / "real.sanderling"
    assert process("ingest", notes, "-m", path).code == 0
    asked = ("Who repairs the feed pump?", "--model", "smollm2-135m", "-m", path, "--max-tokens", 8)
    answer = process("ask", *asked, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["route"]["model_id"] == "smollm2-135m"
    assert "pump.md" in answer.json["sources"][0]["uri"]
    found = process("doctor", "--model", "smollm2-135m", "-m", path, "--json")
    assert found.code == 0, found
    assert {finding["status"] for finding in found.json} <= {"ok", "note"}


@pytest.mark.parametrize("name", commands.NAMES)
def test_a_command_made_alone_is_the_one_made_with_all(name: str) -> None:
    whole, alone = (typer.main.get_command(app) for app in (cli.app, commands.build(name)))
    assert list(alone.commands) == [name]
    shown = [made.commands[name].get_help(typer.Context(made.commands[name])) for made in (whole, alone)]
    assert shown[0] == shown[1]


def test_only_a_command_that_comes_first_is_made_alone() -> None:
    assert commands.named(["ask", "search"]) == "ask"
    for arguments in ([], ["--help"], ["--version", "ask"], ["asks"], [""]):
        assert commands.named(arguments) is None
