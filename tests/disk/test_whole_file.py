from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import media
import pytest

from sanderling.disk.whole_file import whole_file, write_whole
from sanderling.errors import StorageFull


def test_the_new_takes_the_old_one_s_place_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_whole(path, "ä")
    assert path.read_bytes() == "ä".encode()
    path.chmod(0o600)
    write_whole(path, b"two")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"two", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "f")
    write_whole(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "f").read_text() == "text"


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(errno.ENOSPC, "full"), StorageFull),
        (OSError(errno.EFBIG, "too large"), StorageFull),
        (OSError(errno.EIO, "sick"), OSError),
        (ValueError("of the caller"), ValueError),
    ],
)
def test_nothing_half_written_stays(tmp_path: Path, error: Exception, raised: type[Exception]) -> None:
    path = tmp_path / "f"
    path.write_text("before")
    with pytest.raises(raised), whole_file(path) as file:
        file.write(b"half")
        raise error
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_really_full_disk(tmp_path: Path) -> None:
    with media.small(tmp_path / "disk", "64k") as disk:
        (disk / "f").write_text("before")
        media.fill(disk)
        with pytest.raises(StorageFull, match="f: no space left to write it: free disk space"):
            write_whole(disk / "f", bytes(100_000))
        assert sorted(each.name for each in disk.iterdir()) == ["f", "filler"]
        assert (disk / "f").read_text() == "before"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, "text")
    reader.join()
    assert heard == [b"text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
