"""From a collection's file to policies judged: the arrays agree with the labels, and the command runs end to end."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from collection_header import HEADER, LADDER, TOKENS, asked

from sanderling import cli
from sanderling.bench_device.policies import from_rows
from sanderling.bench_device.policies.fixed import Rule
from sanderling.device import profiles
from sanderling.errors import UsageError
from sanderling.records import CONTEXT_BINS
from sanderling.router import fastgrnn, features, installed
from sanderling.router.labels import arrays, labels, rows, settings, table
from sanderling.router.learned import FastGrnnRouter
from sanderling.router.training import card
from sanderling.router.training.examples import of_arrays
from sanderling.router.training.settings import Settings
from sanderling.router.training.train import train


def collected(questions: int) -> list[rows.Line]:
    """Long questions need the largest model; how sure a draft is tells whether it is right."""
    rng = np.random.default_rng(0)
    lines: list[rows.Line] = [HEADER]
    for number in range(questions):
        hard = bool(rng.random() < 0.5)
        raw = features.of_query("Who repairs the pump" + " of the station that stands by the sea" * hard + "?")
        question = asked(number, raw)
        lines.append(question)
        for model, name in enumerate(LADDER):
            for bin in CONTEXT_BINS:
                right = float(rng.random() < (0.1 + 0.4 * model if hard else 0.8))
                sure = -0.2 if right else -1.5
                lines.append(
                    rows.Tried(
                        question=question.question,
                        model_id=name,
                        context_bin=bin,
                        temperature=0.0,
                        top_p=1.0,
                        prompt_tokens=96 + TOKENS[bin],
                        context_tokens=TOKENS[bin],
                        blocks=1,
                        cached_tokens=0,
                        prefill_ms=1.0,
                        decode_ms=1.0,
                        finish_reason="stop",
                        scores=rows.Scores(em=right, f1=right, contains=right, declined=0.0),
                        logprobs=(sure, 2 * sure),
                        margins=(1.0, 2.0),
                        entropies=(0.25, 0.75),
                        overlap=0.5,
                    )
                )
    return lines


def test_a_board_holds_what_the_labels_hold() -> None:
    made = table.tabulate(rows.gather(collected(12)))
    setting = from_rows.at_home(made, profiles.load("x86_laptop"), None)
    known = labels.label(made, setting)
    board = from_rows.board(made, setting, np.arange(12))
    assert board.quality.shape == (12, 4, 4)
    assert not board.allowed[:, 3].any()
    np.testing.assert_array_equal(board.allowed[:, :3], known.allowed)
    np.testing.assert_allclose(board.utility[:, :3][known.allowed], known.utility[known.allowed])
    np.testing.assert_array_equal(board.examples(0).y_model, known.y_model)
    np.testing.assert_array_equal(board.examples(0).y_context, known.y_context)
    np.testing.assert_array_equal(board.second[3, 1, 2], labels.second_step(made, known, 3, 1, 2))
    # What the next model is worth is said in both places, by the same rule.
    gain = board.gain(np.zeros(12, dtype=np.int64), np.ones(12, dtype=np.int64))
    np.testing.assert_allclose(gain, known.gain[:, 0, 1])


def test_many_settings_keep_the_questions_apart() -> None:
    made = table.tabulate(rows.gather(collected(12)))
    board = from_rows.in_many_settings(made, np.array([2, 5, 7]), 4, seed=0)
    assert set(board.question.tolist()) == {2, 5, 7}
    assert len(board) == 12


@pytest.mark.usefixtures("smallest_first")
def test_the_rule_on_a_board_is_the_rule(tmp_path: Path) -> None:
    made = table.tabulate(rows.gather(collected(12)))
    setting = from_rows.at_home(made, profiles.load("x86_laptop"), None)
    board = from_rows.board(made, setting, np.arange(12))
    chosen = Rule().choose(board)
    # Nothing was found for these questions: the smallest model, the smallest context.
    assert (chosen.model == 0).all() and (chosen.context == 0).all()
    assert (board.scenario == 0).all() and np.isnan(board.rest_ms).all()


def test_only_questions_that_every_model_was_asked_are_judged() -> None:
    lines = collected(20)
    last = LADDER[-1]
    skipped = {f"t/{n}" for n in range(0, 20, 4)}
    kept = [
        each
        for each in lines
        if not (isinstance(each, rows.Tried) and each.model_id == last and each.question in skipped)
    ]
    made = table.tabulate(rows.gather(kept))
    setting = from_rows.at_home(made, profiles.load("x86_laptop"), None)
    parts = list(from_rows.folds(made, [setting], 4, 2, seed=1))
    judged = np.concatenate([board.question for _, board in parts])
    names = sorted(made.asked[row].question for row in judged.tolist())
    assert names == sorted({f"t/{n}" for n in range(20)} - skipped)
    for learned, held in parts:
        assert not set(learned.question.tolist()) & set(held.question.tolist())


def test_the_command_judges_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, plot = tmp_path / "rows.jsonl", tmp_path / "front.svg"
    file.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in collected(40)))
    arguments = ["bench", "router", "--rows", str(file), "--settings", "2", "--folds", "3", "--epochs", "5"]
    cli.app([*arguments, "--plot", str(plot), "--json"], standalone_mode=False)
    found = json.loads(capsys.readouterr().out)
    assert (found["fitted_on"], found["judged_on"]) == (27, 40)
    names = {worth["policy"] for worth in found["worths"]}
    assert {"rule", "oracle", "confidence only", "FastGRNN, two steps", "random at equal share"} <= names
    assert plot.read_text().startswith("<svg")
    naive = tmp_path / "naive.jsonl"
    kept = [
        line
        for line in collected(40)
        if not isinstance(line, rows.Tried) or line.cell[1:3] == ("qwen2.5-coder-0.5b", "medium")
    ]
    naive.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in kept))
    cli.app([*arguments, "--naive", str(naive), "--json"], standalone_mode=False)
    for beside in json.loads(capsys.readouterr().out)["beside"]:
        assert beside["questions"] == 40
        assert beside["difference"]["mean"] == pytest.approx(
            beside["quality"]["mean"] - beside["naive_quality"]["mean"]
        )
        assert beside["latency_ratio"]["mean"] == pytest.approx(beside["p50_ms"] / beside["naive_p50_ms"])
    with pytest.raises(UsageError, match="one model and one context"):
        cli.app([*arguments, "--naive", str(file)], standalone_mode=False)
    cli.app([*arguments, "--sizes", "--json"], standalone_mode=False)
    assert {each["settings"]["hidden"] for each in json.loads(capsys.readouterr().out)} == {16, 32, 64}
    cli.app([*arguments, "--sizes"], standalone_mode=False)
    assert capsys.readouterr().out.count("\n| ") == 4
    weights = tmp_path / "shipped.grnn"
    cli.app([*arguments, "--everywhere", "--ship", str(weights)], standalone_mode=False)
    assert card.decode(FastGrnnRouter(weights).card).models == LADDER
    said = weights.with_suffix(".md").read_text()
    assert "from 40 questions of t with 480 answers" in said
    assert ("accept every draft" in said) is not FastGrnnRouter(weights).may_escalate
    assert "utility of FastGRNN, two steps over" in capsys.readouterr().out


def test_each_set_is_judged_by_the_others_and_kinds_of_questions_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = []
    for each in collected(40):
        if isinstance(each, rows.Asked):
            number = int(each.question.partition("/")[2])
            raw = features.of_query("Is the pump red?") if number % 4 == 0 else each.raw
            lines.append(msgspec.structs.replace(each, set="st"[number % 2], raw=raw))
        elif isinstance(each, rows.Tried) and (each.model_id, each.context_bin) == (LADDER[-1], "large"):
            perfect = rows.Scores(em=1.0, f1=1.0, contains=1.0, declined=0.0)
            lines.append(msgspec.structs.replace(each, scores=perfect))
        else:
            lines.append(each)
    file, full = tmp_path / "rows.jsonl", tmp_path / "full.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    some = [
        line
        for line in lines
        if not isinstance(line, rows.Tried)
        or (line.cell[1:3] == (LADDER[-1], "large") and int(line.question.partition("/")[2]) % 3 == 0)
    ]
    full.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in some))
    arguments = ["bench", "router", "--rows", str(file), "--full", str(full), "--settings", "2", "--epochs", "2"]
    cli.app([*arguments, "--leave-set-out", "--json"], standalone_mode=False)
    found = json.loads(capsys.readouterr().out)
    assert (found["fitted_on"], found["judged_on"]) == (20, 30)
    by_name = {each["policy"]: each for each in found["targets"]}
    big = by_name[f"{LADDER[-1]} large"]
    assert (big["questions"], big["quality"]["mean"]) == (30, 1.0)
    assert big["regret"]["mean"] == big["regret_full"]["mean"] == 0.0
    assert {(each["kind"], each["questions"]) for each in found["apart"]} == {("yes or no", 10)}
    with pytest.raises(UsageError, match="one set"):
        one = tmp_path / "one.jsonl"
        one.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in collected(40)))
        cli.app(["bench", "router", "--rows", str(one), "--leave-set-out"], standalone_mode=False)


def test_collected_rows_train_a_router_that_routes(tmp_path: Path) -> None:
    made = table.tabulate(rows.gather(collected(30)))
    found = arrays.arrays(made, settings.drawn(LADDER, made.context_tokens, 4, seed=0), seed=0)
    trained = train(of_arrays(found), LADDER, features.VERSION, settings=Settings(epochs=5), source="a test")
    file = tmp_path / "r.grnn"
    file.write_bytes(fastgrnn.to_bytes(trained.weights, int8=True))
    assert FastGrnnRouter(file).id.startswith("fastgrnn:")
    assert card.decode(fastgrnn.from_bytes(file.read_bytes()).card).questions == 30


@pytest.mark.usefixtures("smallest_first")
def test_a_router_of_collected_rows_is_installed_or_refused_with_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in collected(120)))
    command = ["router", "train", "--rows", str(file), "--settings", "6"]
    with pytest.raises(UsageError, match=r"not better than rule beyond chance: on 36 held-out questions collected"):
        cli.app([*command, "--epochs", "1"], standalone_mode=False)
    assert installed.state() == installed.State()
    cli.app([*command, "--epochs", "30", "--json"], standalone_mode=False)
    (judgement,) = json.loads(capsys.readouterr().out)["current"]["judgements"]
    assert judgement["against"] == "rule"
    assert judgement["difference"]["low"] > 0
    assert installed.state().previous is None
    assert FastGrnnRouter(installed.weights()).id == installed.state().current.id


def test_too_few_questions_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in collected(4)))
    with pytest.raises(UsageError, match="too few to split"):
        cli.app(["bench", "router", "--rows", str(file)], standalone_mode=False)
