from __future__ import annotations

import logging
import os
import socket
import stat
from pathlib import Path

import pytest

from sanderling import config
from sanderling.disk.files import create_private, irregular, of_user, open_to_all, resolved
from sanderling.disk.whole_file import write_whole
from sanderling.errors import UsageError


def test_what_is_no_regular_file_is_named(tmp_path: Path) -> None:
    file, fifo, link = tmp_path / "file", tmp_path / "fifo", tmp_path / "link"
    file.touch()
    os.mkfifo(fifo)
    link.symlink_to(fifo)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        assert irregular(tmp_path / "socket") == "a socket"
    assert [irregular(path) for path in (tmp_path, fifo, link, Path("/dev/null"))] == [
        "a folder",
        "a named pipe",
        "a named pipe",
        "a device",
    ]
    assert irregular(file) == irregular(tmp_path / "absent") == ""


def test_a_private_file_is_its_owners_whatever_the_umask(tmp_path: Path, modes) -> None:
    create_private(tmp_path / "made")
    write_whole(tmp_path / "written", b"1", private=True)
    write_whole(tmp_path / "written", b"2", private=True)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    create_private(tmp_path / "link")
    assert modes(tmp_path) == {name: 0o600 for name in ("link", "made", "target", "written")}
    assert (tmp_path / "written").read_bytes() == b"2"


def test_a_file_that_is_there_keeps_content_and_mode(tmp_path: Path, modes) -> None:
    (tmp_path / "there").write_bytes(b"words")
    (tmp_path / "there").chmod(0o644)
    create_private(tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == b"words"
    assert modes(tmp_path) == {"there": 0o644}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modes) -> Path:
    """A data folder as an earlier version left it, under a umask that lets everybody read."""
    folder = tmp_path / "home"
    monkeypatch.setenv("SANDERLING_HOME", str(folder))
    (folder / "states").mkdir(parents=True)
    (folder / "models").mkdir()
    for name in (
        *("telemetry.sqlite", "telemetry.sqlite-wal", "telemetry.sqlite-shm", "telemetry.salt"),
        *(
            "conversations.sqlite",
            "responses.sqlite",
            "notes.sanderling",
            "notes.sanderling.idx",
            "forgotten-notes-1.jsonl",
        ),
        *("notes.sanderling.damaged-1", "telemetry.sqlite.damaged-1", "config.toml", "calibration.json"),
        *("states/1.state", "models/m.gguf", "mine.txt"),
    ):
        (folder / name).touch()
        (folder / name).chmod(0o666)
    config._restricted.clear()
    return folder


def test_loose_modes_of_the_data_folder_are_mended_and_said_once(home, modes, caplog) -> None:
    config.home()
    config._restricted.clear()  # the next process
    config.home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    loose = {name for name, mode in modes(home).items() if mode != 0o600}
    assert loose == {"models/m.gguf", "mine.txt"}
    (said,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert str(home) in said
    assert "telemetry.sqlite" in said
    assert len(said.splitlines()) == 1


def test_a_file_in_a_closed_folder_is_mended_without_a_word(home, modes, caplog) -> None:
    home.chmod(0o700)
    config.home()
    assert modes(home)["config.toml"] == 0o600
    assert not caplog.records


def test_a_folder_that_everybody_writes_to_is_not_taken_away_from_them(home, modes) -> None:
    home.chmod(0o1777)
    config.home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o1777
    assert modes(home)["telemetry.sqlite"] == 0o600


def test_a_folder_that_holds_nothing_of_ours_is_not_taken_away_from_others(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    (tmp_path / "lib").mkdir()
    for more, mode in (("lib", 0o755), ("telemetry.salt", 0o700)):
        (tmp_path / more).touch()
        tmp_path.chmod(0o755)
        config._restricted.clear()
        config.home()
        assert stat.S_IMODE(tmp_path.stat().st_mode) == mode


def test_a_data_folder_that_is_reached_by_a_link_is_mended(home, tmp_path, monkeypatch, modes) -> None:
    (tmp_path / "link").symlink_to(home)
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "link"))
    config.home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_what_a_link_names_is_left_alone(home, tmp_path, modes) -> None:
    (tmp_path / "elsewhere").touch()
    (tmp_path / "elsewhere").chmod(0o644)
    (home / "linked.sanderling").symlink_to(tmp_path / "elsewhere")
    config.home()
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o644


def test_a_data_folder_is_made_for_its_owner_alone(tmp_path, monkeypatch, modes, caplog) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "new" / "home"))
    assert stat.S_IMODE(config.made_home().stat().st_mode) == 0o700
    assert not caplog.records


def test_a_file_is_open_to_all_only_if_every_folder_above_it_is(tmp_path: Path) -> None:
    file = Path("/etc/passwd")
    assert open_to_all(file)
    inner = tmp_path / "notes"
    inner.touch()
    inner.chmod(0o644)
    tmp_path.chmod(0o700)
    assert not open_to_all(inner)
    assert not open_to_all(tmp_path / "absent")


def test_a_circle_of_links_and_an_unknown_user_are_no_error(tmp_path: Path) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    (tmp_path / "link").symlink_to(tmp_path)
    assert resolved(circle) == tmp_path.resolve() / "circle"
    assert resolved(tmp_path / "link" / "a") == tmp_path.resolve() / "a"
    assert of_user("~nobody-of-this-name/a") == Path("~nobody-of-this-name/a")
    with pytest.raises(UsageError, match="no path"):
        resolved("a\0b")
