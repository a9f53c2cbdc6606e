from __future__ import annotations

import os
import socket
from pathlib import Path

from sanderling.files import irregular


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
