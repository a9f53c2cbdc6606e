from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from sanderling.errors import UsageError
from sanderling.server import address


def test_the_socket_is_beside_the_memory_and_its_users_alone(tmp_path: Path) -> None:
    memory = tmp_path / "m.sanderling"
    before = os.umask(0)
    try:
        listener, path = address.listen(memory)
    finally:
        os.umask(before)
    with listener:
        assert path == tmp_path / "m.sanderling.sock"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert address.running(memory) == path
    assert address.running(memory) is None


def test_a_socket_that_a_killed_service_left_is_replaced_and_one_in_use_is_not(tmp_path: Path) -> None:
    memory = tmp_path / "m.sanderling"
    left, path = address.listen(memory)
    left.close()
    again, _ = address.listen(memory)
    with again:
        other, elsewhere = address.listen(memory)
        with other:
            assert elsewhere != path
        assert address.answers(path)
        elsewhere.unlink()


def test_a_long_path_has_a_folder_of_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = Path(os.environ.get("TMPDIR", "/tmp")) / f"sl-{os.getpid()}"  # pytest's own folder may be too long
    short.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    memory = tmp_path / ("long" * 30) / "m.sanderling"
    listener, path = address.listen(memory)
    with listener:
        assert path.parent.parent == short
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert address.running(memory) == path
        assert address.running(memory.with_name("other.sanderling")) is None
    path.parent.chmod(0o755)
    with pytest.raises(UsageError, match="alone"):
        address.listen(memory)
    path.unlink()
    path.parent.rmdir()
    short.rmdir()


def test_what_is_no_socket_is_left_and_links_are_not_followed(tmp_path: Path) -> None:
    memory = tmp_path / "m.sanderling"
    (tmp_path / "m.sanderling.sock").write_text("mine")
    listener, path = address.listen(memory)
    with listener:
        assert path != tmp_path / "m.sanderling.sock"
    path.unlink()
    assert (tmp_path / "m.sanderling.sock").read_text() == "mine"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as real:
        real.bind(str(tmp_path / "real.sock"))
        real.listen()
        (tmp_path / "n.sanderling.sock").symlink_to(tmp_path / "real.sock")
        assert address.running(tmp_path / "n.sanderling") is None
