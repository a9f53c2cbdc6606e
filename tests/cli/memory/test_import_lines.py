from __future__ import annotations

import os
import stat

import pytest


@pytest.fixture
def filled(call, notes, tmp_path, words):
    path = tmp_path / "m.sanderling"
    assert call("ingest", notes, "-m", path).code == 0
    call("memory", "add", "A step.", "--type", "trace", "--to", "pump.md", "-m", path)
    return path


def test_there_and_back(call, filled, tmp_path):
    out, other = tmp_path / "out.jsonl", tmp_path / "other.sanderling"
    done = call("memory", "export", out, "-m", filled)
    assert done.out == f"{out}: 4 notes and {call('memory', 'stats', '-m', filled, '--json').json['edges']} edges\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    done = call("memory", "import", out, "-m", other)
    assert done.code == 0 and done.out.startswith("4 notes added (3 documents), "), done
    assert call("memory", "export", "-", "-m", other).out == out.read_text(encoding="utf-8")
    done = call("memory", "import", "-", "-m", other, "--json", stdin=out.read_text(encoding="utf-8"))
    assert (done.json["nodes"], done.json["edges"], done.json["unchanged"]) == (0, 0, 4)


def test_bad_lines_are_named(call, filled, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "good"}\n' + "{\n" * 5)
    done = call("memory", "import", bad, "-m", filled)
    assert done.code == 2
    said = done.err.splitlines()
    assert [line.partition(":")[2].split(":")[0].strip() for line in said[:2]] == ["line 5", "line 6"]
    assert said[2].startswith("error: ") and "line 2: " in said[2] and "and 2 more" in said[2] and len(said) == 3
    assert call("memory", "stats", "-m", filled, "--json").json["nodes"] == 4


@pytest.mark.parametrize("name", ["nowhere.jsonl", ".", "pipe"])
def test_what_is_no_file(call, filled, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    done = call("memory", "import", name, "-m", filled)
    assert done.code == 2 and done.err.count("\n") == 1 and name in done.err


def test_an_export_that_cannot_be_written(call, filled, tmp_path):
    done = call("memory", "export", tmp_path / "none" / "x.jsonl", "-m", filled)
    assert done.code == 2 and "cannot be written" in done.err
    assert call("memory", "export", "-", "-m", tmp_path / "none.sanderling").code == 2


def test_control_characters_stay_in_the_file(call, filled, tmp_path):
    line = '{"text": "red \\u001b[31m and \\u009b31m"}\n'
    assert call("memory", "import", "-", "-m", filled, stdin=line).code == 0
    shown = call("memory", "export", "-", "-m", filled).out
    assert "\x1b" not in shown and "\x9b" not in shown and "red " in shown
