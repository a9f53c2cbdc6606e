from __future__ import annotations

import pytest

from sanderling.memory.learn import learn as module
from sanderling.memory.learn.judge import Gain, Verdict
from sanderling.memory.retrieve import learned

WORDS = tuple(f"{a}{b}" for a in ("oak", "ash", "elm", "fir") for b in ("er", "in", "ut", "ow", "el"))


@pytest.fixture
def gardens(call, tmp_path, words):
    folder = tmp_path / "gardens"
    folder.mkdir()
    for number in range(60):
        a, b = WORDS[number % 20], WORDS[(number * 7 + 3) % 20]
        (folder / f"garden-{number}.md").write_text(
            f"# Garden {number}\nThe {a} tree of row {number} stands beside Garden {(number + 7) % 60} under {b} "
            f"leaves. Every {b} of season {number} was cut by the people of that {a} place.\n"
        )
    path = tmp_path / "g.sanderling"
    assert call("ingest", folder, "-m", path).code == 0
    return path


@pytest.fixture
def better(monkeypatch):
    gain = Gain(mean=0.1, low=0.02, high=0.2)
    verdict = Verdict(gain=gain, of_kind={"one": gain}, before=0.5, after=0.6)
    monkeypatch.setattr(module, "judge", lambda *_: verdict)


def test_what_it_says(call, gardens):
    done = call("memory", "learn", "-m", gardens, "--questions", 40, "--dry-run")
    assert done.code == 0 and "questions made (" in done.out and "by the weights that ship" in done.out
    done = call("memory", "learn", "-m", gardens, "--questions", 40, "--dry-run", "--json").json
    assert done["installed"] is False and done["verdict"]["gain"]["low"] <= done["verdict"]["gain"]["mean"]


def test_installed_shown_rolled_back_and_forgotten(call, gardens, better):
    ranked = lambda: call("memory", "stats", "-m", gardens, "--json").json["ranked_by"]  # noqa: E731 - asked five times
    checked = lambda: {each["part"]: each for each in call("doctor", "-m", gardens, "--json").json}["ranking"]  # noqa: E731
    assert ranked() == "the weights that ship"
    done = call("memory", "learn", "-m", gardens, "--questions", 40)
    assert done.code == 0 and "installed: better beyond chance" in done.out
    assert ranked().startswith("weights learned here on 2") and checked()["status"] == "ok"
    assert call("search", "the oak tree", "-m", gardens).code == 0
    done = call("memory", "learn", "--rollback", "-m", gardens)
    assert (done.code, ranked()) == (0, "the weights that ship") and "the weights that ship" in done.out
    assert call("memory", "learn", "--rollback", "-m", gardens, "--json").json["current"].startswith("weights learned")
    assert call("memory", "learn", "--forget", "-m", gardens, "--json").json["forgotten"] is True
    assert ranked() == "the weights that ship"
    assert "nothing had been learned" in call("memory", "learn", "--forget", "-m", gardens).out
    done = call("memory", "learn", "--rollback", "-m", gardens)
    assert done.code == 2 and done.err.count("\n") == 1


def test_a_damaged_file_is_one_line_and_answers_go_on(call, gardens, better):
    assert call("memory", "learn", "-m", gardens, "--questions", 40).code == 0
    (file,) = learned.folder().glob("*.json")
    file.write_bytes(b"{")
    found = call("search", "the oak tree", "-m", gardens)
    assert found.code == 0 and found.out
    stats = call("memory", "stats", "-m", gardens)
    assert "is damaged" in stats.err and stats.err.count("\n") == 1 and "the weights that ship" in stats.out
    found = {each["part"]: each for each in call("doctor", "-m", gardens, "--json").json}["ranking"]
    assert found["status"] == "fail" and "learn --forget" in found["message"]
    assert call("memory", "learn", "--forget", "-m", gardens).code == 0
    assert call("memory", "stats", "-m", gardens).err == ""


def test_what_is_refused(call, gardens, tmp_path, notes):
    for arguments in (("--forget", "--rollback"), ("--forget", "--dry-run")):
        done = call("memory", "learn", "-m", gardens, *arguments)
        assert done.code == 2 and "give one of them" in done.err
    assert call("ingest", notes, "-m", tmp_path / "few.sanderling").code == 0
    done = call("memory", "learn", "-m", tmp_path / "few.sanderling")
    assert done.code == 2 and "ingest more notes" in done.err and done.err.count("\n") == 1
