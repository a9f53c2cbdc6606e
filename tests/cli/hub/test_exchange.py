"""``sanderling hub``: what its commands print and how they end. What they do is in ``tests/hub``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres import Server, debian_binaries


@pytest.fixture
def filled(call, notes, tmp_path, words, fleet, monkeypatch):
    path = tmp_path / "m.sanderling"
    assert call("ingest", notes, "-m", path).code == 0
    monkeypatch.setenv("SANDERLING_HUB", fleet.server.dsn(database=fleet.database))
    return path


def test_from_the_beginning_to_a_conflict_copy(call, filled, tmp_path, fleet, monkeypatch):
    done = call("hub", "init", "--space", "team", "--role", "device", "-m", filled)
    assert done == (0, "space team is open to device; pgvector searches it\n", "")
    monkeypatch.setenv("SANDERLING_HUB", fleet.dsn())
    monkeypatch.setenv("SANDERLING_HUB_SPACE", "team")
    assert call("hub", "status", "-m", filled).out.splitlines()[1] == "to pull 0, to push 3, private 0, waiting 0"
    assert call("hub", "push", "-m", filled).out == "0 pulled, 0 removed, 3 pushed\n"
    other = tmp_path / "other.sanderling"
    assert call("hub", "pull", "-m", other).out == "3 pulled, 0 removed, 0 pushed\n"
    assert call("hub", "sync", "-m", other, "--json").json["pushed"] == 0
    assert call("hub", "search", "lentil soup", "-k", "1", "-m", other, "--json").json[0]["uri"].endswith("menu.txt")
    for path, text in ((filled, "one"), (other, "two")):
        assert call("memory", "add", text, "-m", path, "--type", "doc").code == 0
    assert call("hub", "sync", "-m", filled).code == 0
    status = call("hub", "status", "-m", other, "--json").json
    assert (status["to_pull"], status["to_push"], status["conflicts"]) == (1, 1, [])
    assert call("hub", "status", "--copy", "1", "-m", other) == (
        2,
        "",
        "error: there is no conflict copy 1: sanderling hub status  lists them\n",
    )


@pytest.fixture(params=["no extension", "Debian's server", "not allowed"])
def bare(request: pytest.FixtureRequest, server: Server) -> Iterator[tuple[str, str]]:
    """The address of a database where pgvector is not, and what ``hub init`` says of that."""
    if request.param == "not allowed":
        for line in ("CREATE ROLE plain LOGIN", "CREATE DATABASE plain OWNER plain TEMPLATE template0"):
            server.program("psql", "-qc", line, "postgres")
        yield server.dsn("plain", "plain"), "a superuser runs  CREATE EXTENSION vector"
        return
    programs = debian_binaries() if request.param == "Debian's server" else None
    if request.param == "Debian's server" and programs is None:
        pytest.skip("Debian's PostgreSQL is not installed")
    running = Server(programs, vector=programs is not None)
    yield running.dsn(), "without the extension pgvector"
    running.remove()


def test_every_verb_works_without_pgvector(call, notes, tmp_path, words, bare, monkeypatch):
    (address, why), path, other = bare, tmp_path / "m.sanderling", tmp_path / "other.sanderling"
    assert call("ingest", notes, "-m", path).code == 0
    monkeypatch.setenv("SANDERLING_HUB", address)
    done = call("hub", "init", "-m", path)
    if done.code == 0 and "pgvector searches it" in done.out:
        pytest.skip("this server has pgvector")
    assert done.code == 0, done
    assert why in done.out + done.err
    assert call("hub", "push", "-m", path).out == "0 pulled, 0 removed, 3 pushed\n"
    assert call("hub", "pull", "-m", other).out == "3 pulled, 0 removed, 0 pushed\n"
    assert call("memory", "forget", notes / "menu.txt", "-m", other).code == 0
    assert call("hub", "sync", "-m", other, "--json").json["pushed"] == 1
    assert call("hub", "sync", "-m", path).out == "0 pulled, 1 removed, 0 pushed\n"
    assert call("hub", "status", "-m", path).out.splitlines()[1] == "to pull 0, to push 0, private 0, waiting 0"
    near = call("hub", "search", "Who repairs the feed pump?", "-k", "9", "-m", path, "--json").json
    assert len(near) == len({each["node_id"] for each in near})
    assert near[0]["uri"].endswith("pump.md"), "exact, by reading all vectors"
    assert not [each for each in near if each["uri"].endswith("menu.txt")]


def test_what_is_wrong_is_said_in_one_line(call, filled, fleet, monkeypatch, home):
    monkeypatch.setenv("SANDERLING_HUB", fleet.dsn())
    done = call("hub", "sync", "-m", filled, "--space", "strangers")
    assert (done.code, done.err.count("\n")) == (11, 1)
    assert "you may use notes" in done.err
    done = call("hub", "sync", "-m", filled, "--only", "boats")
    assert (done.code, "domain=NAME" in done.err) == (2, True)
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('[privacy]\nlimit = "local"\n')
    assert call("hub", "push", "-m", filled).code == call("hub", "search", "soup", "-m", filled).code == 2
    assert call("hub", "pull", "-m", filled).code == 0
    (home / "config.toml").write_text('[privacy]\nnever_leave = ["folder:/"]\n')
    assert call("hub", "push", "-m", filled).out == "0 pulled, 0 removed, 0 pushed, 3 notes stay here\n"
    monkeypatch.setenv("SANDERLING_HUB", "host=/nowhere/at-all")
    done = call("hub", "sync", "-m", filled)
    assert (done.code, done.err.count("\n")) == (11, 1)
    monkeypatch.delenv("SANDERLING_HUB")
    assert call("hub", "sync", "-m", filled).code == 2
