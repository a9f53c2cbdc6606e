"""The whole comparison through the command line, with our own index only."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from sanderling.bench_device.ann import compare
from sanderling.bench_device.ann.churn import Case
from sanderling.bench_device.ann.domains import measure_domains
from sanderling.bench_device.ann.measure import CLOCKS, in_turn
from sanderling.bench_device.ann.peer import Spec
from sanderling.bench_device.ann.peers.hnswlib import Hnswlib
from sanderling.bench_device.ann.report import Index, IndexReport
from sanderling.bench_device.ann.sanderling_index import Sanderling
from sanderling.bench_device.ann.vectors import generate
from sanderling.cli.bench import app
from sanderling.errors import UsageError

SMALL = ("memory", "--generate", "400", "--queries", "30", "--quick", "--peer", "sanderling")


def test_quick_from_end_to_end(tmp_path: Path) -> None:
    plot, raw = tmp_path / "recall.svg", tmp_path / "raw.jsonl"
    result = CliRunner().invoke(app, [*SMALL, "--plot", str(plot), "--raw", str(raw)], catch_exceptions=False)
    assert result.exit_code == 0
    run, index = raw.read_text().splitlines()
    ours = msgspec.json.decode(index, type=Index)
    # The first line is all of the report but its indexes.
    report = msgspec.json.decode(msgspec.json.encode({**json.loads(run), "indexes": [ours]}), type=IndexReport)
    assert (report.n, report.dim, report.n_queries, ours.name) == (400, 384, 30, "sanderling")
    assert [point.ef for point in ours.points] == [10, 32, 128]
    # 400 vectors and a beam of 128: the search passes a third of them, and all of a cluster of 20.
    assert ours.points[-1].recall >= 0.99
    assert all(len(point.qps_samples) == 3 and min(point.qps_samples) > 0 for point in ours.points)
    assert len(ours.insert_ms) == 40 and len(ours.build_s) == 1
    assert ours.file_bytes is not None and ours.file_bytes > 400 * 384
    assert len(ours.openings) == 1
    assert ours.churn is not None and ours.churn.after >= 0.95
    # Of 400 vectors a two-hundredth is fewer than 10.
    assert ours.filtered is not None and [(one.share, one.allowed) for one in ours.filtered] == [(0.5, 200), (0.05, 20)]
    assert all(one.recall >= 0.99 and len(one.qps_samples) == 3 for one in ours.filtered)
    assert ours.parallel is not None and len(ours.parallel.two_threads) == 3
    # An index that holds the GIL through its build leaves the counter standing.
    assert min(ours.parallel.count_searching, ours.parallel.count_building, *ours.parallel.two_threads) > 0
    assert "| sanderling | " in result.stdout and "kernels" in result.stdout
    assert ElementTree.fromstring(plot.read_text()).tag.endswith("svg")
    assert list(report.settings.ef_search) == [10, 32, 128]
    assert "{" not in result.stdout.splitlines()[-1], "JSON comes with --json only"


def test_json_is_one_line() -> None:
    result = CliRunner().invoke(app, [*SMALL, "--json", "--churn-vectors", "0"], catch_exceptions=False)
    (line,) = result.stdout.splitlines()
    assert msgspec.json.decode(line, type=IndexReport).indexes[0].churn is None


def test_search_only_builds_and_searches() -> None:
    result = CliRunner().invoke(app, [*SMALL, "--search-only", "--json"], catch_exceptions=False)
    report = msgspec.json.decode(result.stdout, type=IndexReport)
    (ours,) = report.indexes
    assert ours.points[-1].recall >= 0.99 and len(ours.build_s) == 1
    assert (ours.insert_ms, ours.churn, ours.parallel, report.own) == ((), None, None, None)
    assert ours.filtered == ()
    # Opening is measured too: at a million vectors it tells what stays on the disk.
    assert ours.openings and ours.file_bytes is not None and ours.file_bytes > 0


def test_what_refuses_this_cpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere(Sanderling):
        cpu = "Abacus"

    monkeypatch.setattr(compare, "by_name", {"sanderling": Elsewhere}.__getitem__)
    result = CliRunner().invoke(app, [*SMALL, "--search-only"], catch_exceptions=False)
    assert "sanderling is left out: it runs on CPUs of Abacus only" in result.stdout


def test_an_index_built_once_gets_all_vectors_and_no_single_inserts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Once(Sanderling):
        inserts = False

    monkeypatch.setattr(compare, "by_name", {"sanderling": Once}.__getitem__)
    arguments = [*SMALL, "--churn-vectors", "0", "--json"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    (once,) = msgspec.json.decode(result.stdout, type=IndexReport).indexes
    # Were a tenth of the vectors left out, no beam would find more than nine in ten.
    assert once.insert_ms == () and once.points[-1].recall >= 0.99


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent(Hnswlib):
        modules = ("no_such_module_anywhere",)

    monkeypatch.setattr(compare, "by_name", {"hnswlib": Absent, "sanderling": Sanderling}.__getitem__)
    arguments = [*SMALL, "--peer", "hnswlib", "--churn-vectors", "0"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert "hnswlib is not installed: pip install hnswlib" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["memory"], "say what to search"),
        (["memory", "--quick", "--peer", "annoy"], "no index 'annoy'"),
        (["memory", "--generate", "400", "--vectors", "x.npy"], "one of"),
        (["memory", "--quick", "--clock", "cpu", "--threads", "2"], "--threads at 1"),
        (["memory", "--generate", "100", "--k", "50"], "too few"),
    ],
)
def test_wrong_options_are_told(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_every_index_takes_the_lead_in_turn() -> None:
    assert [in_turn("abc", turn) for turn in range(4)] == [list("abc"), list("bca"), list("cab"), list("abc")]
    assert in_turn([], 3) == []


def test_churn_replaces_half_and_keeps_the_number() -> None:
    drawn = generate(300, 10, seed=1)
    case = Case(drawn.base, drawn.queries, 5, 64, 0, CLOCKS["wall"])
    assert case.before.live.sum() == case.after.live.sum() == 200
    assert (case.before.live & case.after.live).sum() == 100
    spec = Spec(dim=384, capacity=1, m=8, ef_construction=50, threads=1, seed=0)
    result = case.run(Sanderling, spec)
    # A beam of 64 among 200 vectors passes nearly all that matter; a churn that mixed keys up would find almost none.
    assert np.all(np.array([result.before, result.after, result.fresh]) >= 0.95)


def test_domains_cost_no_recall() -> None:
    drawn = generate(3000, 40, seed=3)
    spec = Spec(dim=384, capacity=3000, m=16, ef_construction=100, threads=1, seed=0)
    none, placed, random = measure_domains(spec, drawn.base, drawn.queries, 10, 0, CLOCKS["cpu"])
    assert (none.kind, placed.kind, random.kind) == ("none", "by place", "at random")
    for one in (placed, random):
        # 2 of 400 hits; the order of insertion moves so many by chance.
        assert one.recall >= none.recall - 0.005
        # A domain of 60 nodes is compared one by one.
        assert one.within_recall == 1.0
