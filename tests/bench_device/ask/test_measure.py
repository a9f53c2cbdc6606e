"""A whole run, with two stand-in versions that answer at once: real processes, no model."""

from __future__ import annotations

from pathlib import Path

import pytest
from ask_samples import sample
from stand_in_version import stand_in_version

from sanderling.bench_device.ask import measure as module
from sanderling.bench_device.ask.markdown import markdown
from sanderling.bench_device.ask.measure import judged, measure, one_note
from sanderling.bench_device.ask.options import AskOptions
from sanderling.bench_device.ask.report import SettingReport, version_report
from sanderling.bench_device.ask.subject import Subject
from sanderling.bench_device.ask.version import other
from sanderling.bench_device.sensors.verdict import Verdict
from sanderling.bench_device.workloads import load
from sanderling.errors import SanderlingError, UsageError

WAYS = ("cold", "warm", "busy")


@pytest.fixture
def before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    new, old = (stand_in_version(tmp_path / name, name) for name in ("new", "old"))

    def this(folder: Path):
        version = other(new, folder)
        version.name = "this"
        return version

    monkeypatch.setattr(module, "this", this)
    subject = Subject(label="m Q4_0", profile="auto", model="m", ladder=None, model_bytes=10**8, parameters=10**8)
    monkeypatch.setattr(module, "subjects", lambda wanted: [subject] if wanted.models else [])
    return old


def test_both_versions_are_asked_in_turn_in_every_setting(before: Path, tmp_path: Path) -> None:
    report = measure(AskOptions(models=("m",), ways=WAYS, against=before, questions=3))
    assert [each.setting for each in report.results] == ["cold", "warm", "busy 1", "busy 2"]
    for each in report.results:
        order = [sample.version for sample in report.samples if sample.setting == each.setting]
        assert order == ["this", "before", "before", "this", "this", "before"]
        assert [version.n for version in each.versions] == [3, 3]
        assert [version.failed for version in each.versions] == [0, 0]
        assert each.comparison.n == 3 and each.comparison.p50.ratio > 0
        assert (each.busy_share is None) == (not each.setting.startswith("busy"))
    said = {(sample.version, sample.said.text) for sample in report.samples}
    assert said == {("this", "new knows"), ("before", "old knows")}
    assert report.before == {"sanderling": "0.2.0", "commit": "abc"}
    assert len(report.questions) == 3 and {target.tier for target in report.targets} == {"A", "B"}
    assert {each.label for each in report.computed} == {"m Q4_0"}
    text = markdown(report)
    for words in ("this / before over 3 questions", "| outside the request |", "not measured", "too few questions"):
        assert words in text


def test_questions_need_one_note_and_have_an_answer() -> None:
    station = load("station")
    found = one_note(station)
    assert len(found) == 50
    assert all(question.hops == 1 and question.answers for question in found)


def test_what_fails_is_left_out_and_said(before: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Subject(label="absent", profile="auto", model="absent", ladder=None)
    there = Subject(label="m", profile="auto", model="m", ladder=None, model_bytes=1, parameters=1)
    monkeypatch.setattr(module, "subjects", lambda wanted: [absent, there])
    report = measure(AskOptions(models=("m",), ways=("warm",), questions=1))
    assert [each.label for each in report.results] == ["m"]
    assert [each.what for each in report.left_out] == ["absent warm"]
    assert "Left out: absent warm: this: RuntimeError: absent is not here" in markdown(report)
    monkeypatch.setattr(module, "subjects", lambda wanted: [absent])
    with pytest.raises(SanderlingError, match="absent is not here"):
        measure(AskOptions(models=("m",), ways=("warm",), questions=1))


def test_ctrl_c_keeps_whole_questions(before: Path) -> None:
    def interrupt(done: int, _total: int, what: str) -> None:
        if what.endswith("warm") and done == 2:
            raise KeyboardInterrupt

    report = measure(AskOptions(models=("m",), ways=("warm", "busy"), against=before, questions=9), interrupt)
    assert report.interrupted
    assert [(each.setting, each.versions[0].n) for each in report.results] == [("warm", 2)]


def test_nobody_to_ask_is_refused(before: Path) -> None:
    with pytest.raises(UsageError, match="name a --model or a --ladder"):
        measure(AskOptions())


@pytest.mark.parametrize(("device_class", "own", "other_tier"), [("laptop", "A", "B"), ("phone", "B", "A")])
def test_targets_are_judged_cold_and_warm_and_where_they_apply(device_class: str, own: str, other_tier: str) -> None:
    def result(setting: str) -> SettingReport:
        samples = [sample(number, wall_ms=300.0 + number) for number in range(9)]
        return SettingReport(
            label="m",
            profile="auto",
            setting=setting,
            busy_share=None,
            verdict=Verdict(),
            versions=(version_report(samples, 0),),
            comparison=None,
        )

    found = list(judged([result(setting) for setting in ("cold", "warm", "busy 1")], device_class))
    assert [(each.label, each.tier, each.outcome) for each in found] == [
        ("m, cold", own, "met"),
        ("m, warm", own, "met"),
        ("m, warm", other_tier, "not judged here"),
    ]
