from __future__ import annotations

import pytest

from sanderling.memory.retrieve import beam
from sanderling.tune import idle
from sanderling.tune.search import SearchWidth


@pytest.fixture
def many(call, tmp_path, words):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(60):
        (folder / f"n{number}.md").write_text(
            f"# Row {number}\nThe pump of row {number} stands beside tree {number * 7}."
        )
    path = tmp_path / "many.sanderling"
    assert call("ingest", folder, "-m", path).code == 0
    return path


@pytest.fixture
def poor(monkeypatch, many):
    """A memory whose search was left with a beam that is wider than it must be."""
    beam.install(many, beam.Beam(ef_search=512, recall=(1.0, 1.0, 1.0), when=""))
    return many


def test_each_part_says_what_was_found_or_what_is_missing(call, many) -> None:
    done = call("tune", "-m", many)
    assert done.code == 0
    search, nprobe, _, router = done.out.splitlines()
    assert nprobe.startswith("nprobe: the index of this memory is one graph")
    assert search.startswith("search: recall 1.0000 [1.0000, 1.0000] with a beam of 64, over 60 notes: kept as it is")
    assert router.startswith("router: nothing was measured: ") and "rate more answers" in router


def test_a_dry_run_a_tuning_and_the_way_back(call, poor) -> None:
    assert "dry run: better beyond chance, and not installed" in call("tune", "search", "-m", poor, "--dry-run").out
    assert beam.search_params(poor).ef_search == 512
    done = call("tune", "search", "-m", poor, "--json")
    assert (done.json["what"], done.json["installed"]) == ("search", True)
    assert beam.search_params(poor).ef_search == 64
    back = call("tune", "search", "--rollback", "-m", poor)
    assert "a beam of 512 nodes; --rollback again undoes this" in back.out
    assert call("tune", "--rollback", "-m", poor, "--json").json == {
        "what": "search",
        "now": "searches have a beam of 64 nodes",
    }


def test_a_busy_device_is_left_alone(call, many, monkeypatch) -> None:
    monkeypatch.setattr(SearchWidth, "propose", lambda self: pytest.fail("it was measured"))
    monkeypatch.setattr(idle, "busy_with", lambda: "it runs on its battery")
    done = call("tune", "--if-idle", "-m", many)
    assert (done.code, done.out) == (0, "nothing was tuned, since the device is not idle: it runs on its battery\n")
    assert call("tune", "--if-idle", "-m", many, "--json").json == {"busy": "it runs on its battery"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("probes",), "probes cannot be tuned: choose among search, nprobe, attention, router"),
        (("--rollback", "--dry-run"), "leave out --dry-run and --if-idle"),
        (("--rollback",), "nothing was ever tuned here"),
        (("search", "--rollback"), "nothing to go back to"),
    ],
)
def test_what_is_refused(call, many, arguments, said: str) -> None:
    done = call("tune", *arguments, "-m", many)
    assert done.code == 2 and said in done.err and done.err.count("\n") == 1
