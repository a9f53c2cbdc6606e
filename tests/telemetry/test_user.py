from __future__ import annotations

import hashlib
import stat
import threading

import pytest

from sanderling.telemetry.user import SALT_BYTES, user_hash


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    return tmp_path


def test_the_hash_is_stable_salted_and_private(home) -> None:
    first = user_hash("ada")
    assert user_hash("ada") == first
    assert user_hash("bob") != first
    assert first != hashlib.sha256(b"ada").hexdigest()
    salt = home / "telemetry.salt"
    assert first == hashlib.sha256(salt.read_bytes() + b"ada").hexdigest()
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600
    assert len(salt.read_bytes()) == SALT_BYTES


def test_the_salt_is_private_from_the_moment_it_is_made(home, monkeypatch, modes) -> None:
    seen = []
    replace = type(home).replace

    def looking(path, target):
        seen.append(stat.S_IMODE(path.stat().st_mode))
        return replace(path, target)

    monkeypatch.setattr(type(home), "replace", looking)
    user_hash("ada")
    assert seen == [0o600]
    assert modes(home) == {"telemetry.lock": 0o600, "telemetry.salt": 0o600}


def test_another_installation_gives_another_hash(home, monkeypatch, tmp_path_factory) -> None:
    first = user_hash("ada")
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path_factory.mktemp("other")))
    assert user_hash("ada") != first


def test_a_truncated_salt_is_made_anew(home) -> None:
    (home / "telemetry.salt").write_bytes(b"short")
    user_hash("ada")
    assert len((home / "telemetry.salt").read_bytes()) == SALT_BYTES


def test_a_user_without_a_name_still_has_a_hash(monkeypatch) -> None:
    def nameless() -> str:
        raise OSError("no username set in the environment")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert len(user_hash()) == 64


def test_first_requests_at_once_agree_on_the_salt() -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(user_hash("ada"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_salt_that_is_there_is_read_where_nothing_can_be_written(home, monkeypatch) -> None:
    first = user_hash("ada")
    monkeypatch.setattr("sanderling.telemetry.user.locked", None)
    assert user_hash("ada") == first


def test_a_salt_that_cannot_be_read_is_an_error_of_the_disk(home) -> None:
    (home / "telemetry.salt").mkdir()
    with pytest.raises(OSError, match="is a folder"):
        user_hash("ada")
