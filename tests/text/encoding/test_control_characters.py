from __future__ import annotations

import gzip
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from sanderling.text.clean import Unreadable
from sanderling.text.encoding.control_characters import refuse_signature, without_control_characters
from sanderling.text.encoding.encoding import decode


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\tb\nc\fd\r\n", "a\tb\nc\fd\r\n"),
        ("<\x02ana\x02> \x0304,12red\x03 and \x1funder\x0f", "<ana> red and under"),
        ("\x03" + "4x", "x"),
        ("\x1b[1;31merror\x1b[0m: \x1b[Kpump", "error: pump"),
        ("\x1b]0;title of the window\x07$ ls\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", "$ lshere"),
        ("N\bNA\bAM\bME\bE  _\bp_\bu_\bm_\bp", "NAME  pump"),
        ("end of a DOS file\x1a", "end of a DOS file"),
        ("it\x92s \x93quoted\x94 \x85", "it’s “quoted” …"),
    ],
)
def test_formatting_is_left_out_without_a_word(text, read):
    assert without_control_characters(text) == (read, 0)


@pytest.mark.parametrize("text", ["one NUL \0 here", "\x01ACTION waves\x01 to all", "x" * 500 + "\x10" * 5])
def test_a_few_others_are_left_out_and_counted(text):
    read = without_control_characters(text)
    assert read.text == "".join(char for char in text if char >= " ")
    assert read.left_out == len(text) - len(read.text)


def test_a_hole_that_a_crash_left_in_a_log_counts_once():
    read = decode(b"12:00 pump on\n" * 9 + b"\0" * 9000 + b"12:30 pump off\n")
    assert read.text.endswith("on\n12:30 pump off\n")
    assert read.doubts == ("1 control character is left out",)


def database(tmp_path: Path) -> bytes:
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("CREATE TABLE note (text)")
        connection.execute("INSERT INTO note VALUES (?)", ("A long text. " * 9000,))
    connection.close()
    return (tmp_path / "x.db").read_bytes()


PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
BINARIES = {
    "a program": lambda _: Path(sys.executable).resolve().read_bytes()[:200_000],
    "a database of a long text": database,
    "a picture": lambda _: PNG,
    "an archive": lambda _: gzip.compress(b"text " * 1000),
    "a PDF of text": lambda _: b"%PDF-1.4\n1 0 obj\n(" + b"words " * 1000 + b")\nendobj",
    "random bytes": lambda _: os.urandom(4096),
    "numbers of two bytes": lambda _: b"".join(n.to_bytes(2, "little") for n in range(4096)),
    "numbers of four bytes": lambda _: b"".join(n.to_bytes(4, "big") for n in range(4096)),
    "zeros": lambda _: bytes(4096),
    "three bytes": lambda _: b"\0\1\2",
    "a mark and a zero": lambda _: b"\xff\xfe\0",
    "colours without text": lambda _: b"\x02\x03\x0f" * 20,
}


@pytest.mark.parametrize("name", BINARIES)
def test_binary_data_is_refused(name, tmp_path):
    with pytest.raises(Unreadable, match="binary"):
        decode(BINARIES[name](tmp_path))


def test_a_known_kind_is_named():
    with pytest.raises(Unreadable, match="PNG image"):
        refuse_signature(PNG)
    refuse_signature(b"BZh is what bzip2 begins with, and PK is a name")
