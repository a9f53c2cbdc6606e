from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sanderling.errors import UsageError
from sanderling.server.keys import matches, new_key, read_keys


def test_a_new_key_is_long_private_and_alone(tmp_path: Path, modes) -> None:
    path = tmp_path / "service.key"
    path.write_text("old")
    path.chmod(0o644)
    first, second = new_key(path), new_key(path)
    assert first != second
    assert len(second) > 40
    assert read_keys(path) == (second.encode(),)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_holds_a_key_a_line_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("# phone\none\n\n  two  \n#three\n")
    path.chmod(0o600)
    assert read_keys(path) == (b"one", b"two")


@pytest.mark.parametrize(("text", "mode", "says"), [("one", 0o640, "chmod 600"), ("# none\n", 0o600, "holds no key")])
def test_a_file_that_others_can_read_or_without_a_key_is_refused(tmp_path: Path, text: str, mode: int, says) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(UsageError, match=says):
        read_keys(path)


def test_a_link_to_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("one")
    (tmp_path / "link").symlink_to(path)
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        read_keys(tmp_path / "link")
    path.chmod(0o600)
    assert read_keys(tmp_path / "link") == (b"one",)


def test_no_file_a_folder_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    (tmp_path / "huge").write_bytes(b"k" * 100_000)
    (tmp_path / "huge").chmod(0o600)
    for name, says in (("absent", "--new-key"), ("folder", "a folder"), ("huge", "one a line")):
        with pytest.raises(UsageError, match=says):
            read_keys(tmp_path / name)


def test_each_key_has_a_name_of_its_own_that_does_not_tell_it() -> None:
    keys = (b"one", b"two")
    names = {matches([key], keys) for key in keys}
    assert len(names) == 2
    assert not any(key.decode() in name for name in names for key in keys)
    assert matches([b"x", b"two"], keys) == matches([b"two"], keys)
    assert matches([b"on", b"onee", b""], keys) == matches([], keys) == matches([b"one"], ()) == ""
