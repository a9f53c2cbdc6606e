"""Each conversation is answered in its arm, and the telemetry says in which."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling.arms import arms_of
from sanderling.config import Config
from sanderling.errors import UsageError
from sanderling.experiment import Arm, Experiment
from sanderling.router.rule import RuleRouter
from sanderling.telemetry.store import TelemetryStore

LARGEST = Config(ab=Experiment(name="size", b=Arm(always_largest=True)))


@pytest.fixture
def opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as build:
        yield build


def test_questions_go_to_both_arms_and_conversations_stay(opens: Opens, tmp_path: Path) -> None:
    small, large = model(tmp_path, "small", 1, say="Ada Lind"), model(tmp_path, "large", 4, say="It is Ada Lind")
    runtime = opens(small, large, config=LARGEST)
    for number in range(12):
        runtime.ask(f"Who repairs the feed pump number {number}?")
    conversations = [runtime.chat() for _ in range(3)]
    for number, conversation in enumerate(conversations):
        for turn in range(3):
            conversation.ask(f"Who repairs pump {number} in winter {turn}?")
    with TelemetryStore() as store:
        rows = list(store.rows())
    arms = [row.experiment for row in rows]
    assert set(arms) == {"size/a", "size/b"}
    # What b differs by is done in b, and only there: nothing but the largest model could be chosen.
    could_be = {row.experiment: {each.model_id for each in row.arms} for row in rows}
    assert could_be == {"size/a": {"small", "large"}, "size/b": {"large"}}
    talks = [arms[12 + 3 * number : 15 + 3 * number] for number in range(3)]
    assert [len(set(each)) for each in talks] == [1, 1, 1]


def test_a_route_is_explained_as_it_is_taken(opens: Opens, tmp_path: Path) -> None:
    small, large = model(tmp_path, "small", 1, say="Ada Lind"), model(tmp_path, "large", 4, say="It is Ada Lind")
    every = Config(ab=Experiment(name="size", share=1.0, b=Arm(always_largest=True)))
    runtime = opens(small, large, config=every)
    explained = runtime.explain("Who repairs the feed pump?")
    assert {each.model_id for each in explained.choices if not each.masked} == {"large"}
    assert explained.route.model_id == runtime.ask("Who repairs the feed pump?").route.model_id == "large"


def test_without_a_comparison_no_row_names_one(opens: Opens) -> None:
    runtime = opens()
    runtime.ask("Who repairs the feed pump?")
    with TelemetryStore() as store:
        (row,) = store.rows()
    assert row.experiment == ""
    assert row.declined is False
    assert len(row.sources) > 0


def test_a_router_that_cannot_be_used_is_refused(opens: Opens, tmp_path: Path) -> None:
    absent = Config(ab=Experiment(b=Arm(router=str(tmp_path / "absent.bin"))))
    runtime = opens()
    with pytest.raises(UsageError, match=r"config.toml, \[ab.b\]: .*absent.bin"):
        arms_of(absent, RuleRouter(), runtime._inventory)
