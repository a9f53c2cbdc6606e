from __future__ import annotations

import zipfile

import pytest
from handmade_office import zipped

from sanderling.memory.read.office import archive as module
from sanderling.memory.read.office.archive import Archive
from sanderling.text.clean import Unreadable


def test_members_are_read():
    archive = Archive(zipped({"a": "x" * 200_000, "b": "y"}))
    assert ("a" in archive, "c" in archive) == (True, False)
    assert archive.read("a") == b"x" * 200_000
    assert archive.read("c") == b""


def test_what_unpacks_to_more_than_can_be_held_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MAX_UNPACKED_BYTES", 1 << 20)
    archive = Archive(zipped({"a": b"\0" * (700 << 10), "b": b"\0" * (700 << 10)}))
    archive.read("a")
    with pytest.raises(Unreadable, match="unpacks to more than 1 MiB"):
        archive.read("b")


def test_a_bomb_is_not_unpacked_to_its_end():
    data = zipped({"a": b"\0" * (256 << 20)})
    assert len(data) < 1 << 20
    with pytest.raises(Unreadable, match="unpacks to more than 128 MiB"):
        for _ in Archive(data).pieces("a"):
            pass


@pytest.mark.parametrize("size", [1, 1 << 31])
def test_a_member_that_lies_about_its_size_is_no_larger_than_it_is(size):
    data = bytearray(zipped({"a": "x" * 5000}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = size.to_bytes(4, "little")
    try:
        assert len(Archive(bytes(data)).read("a")) <= 5000
    except Unreadable as error:
        assert "a broken file" in str(error)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no zip archive"),
        (b"PK\x03\x04" + b"\0" * 100, "no zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "without a password"),
        (zipped({"a": "x" * 5000})[:-200], "no zip archive"),
    ],
)
def test_what_is_no_archive(data, said):
    with pytest.raises(Unreadable, match=said):
        Archive(data)


def test_an_encrypted_or_damaged_member():
    data = bytearray(zipped({"a": "x" * 5000}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Unreadable, match="encrypted"):
        Archive(bytes(data)).read("a")
    data = bytearray(zipped({"a": "x" * 5000}))
    data[zipfile.sizeFileHeader + 4] ^= 0xFF
    with pytest.raises(Unreadable, match="a broken file"):
        Archive(bytes(data)).read("a")
    data = bytearray(zipped({"a": "x" * 5000}))
    data[data.index(b"PK\x01\x02") + 10] = 99
    with pytest.raises(Unreadable, match="a broken file"):
        Archive(bytes(data)).read("a")
