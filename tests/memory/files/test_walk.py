from __future__ import annotations

import os

import pytest

from sanderling.memory.files import walk
from sanderling.memory.files.walk import File, Skipped, files


def names(found, root):
    return [str(item.path.relative_to(root)) for item in found if isinstance(item, File)]


def test_files_in_the_order_of_names_hidden_ones_passed_over(folder):
    root = folder({"b.txt": "x", "a/z.md": "x", "a/.hidden.md": "x", ".git/c.txt": "x", "a/b/c.PDF": "x"})
    assert names(files(root), root) == ["a/b/c.PDF", "a/z.md", "b.txt"]
    assert [item.size_bytes for item in files(root)] == [1, 1, 1]


def test_other_kinds_are_named_with_the_reason(folder):
    root = folder({"a.txt": "x", "b.png": b"\x89PNG", "README": "x"})
    skipped = {item.uri: item.reason for item in files(root) if isinstance(item, Skipped)}
    assert set(skipped) == {str(root / "b.png"), str(root / "README")}
    assert ".png: not a kind that can be read" in skipped[str(root / "b.png")]
    assert "no suffix" in skipped[str(root / "README")]


def test_loops_of_links_end_and_a_folder_is_read_once(folder, tmp_path):
    root = folder({"a/x.txt": "x"})
    (root / "a" / "loop").symlink_to(root)
    (root / "again").symlink_to(root / "a")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "y.txt").write_text("y")
    (root / "linked").symlink_to(outside)
    assert names(files(root), root) == ["a/x.txt", "linked/y.txt"]


def test_the_same_folder_by_another_name_gives_the_same_addresses(folder, tmp_path, monkeypatch):
    root = folder({"x.txt": "x"})
    (tmp_path / "link").symlink_to(root)
    monkeypatch.chdir(root)
    assert list(files(tmp_path / "link")) == list(files(root)) == list(files(walk.Path(".")))


def test_things_that_are_not_files(folder):
    root = folder({"a.txt": "x"})
    os.mkfifo(root / "pipe.txt")
    (root / "dangling.txt").symlink_to(root / "nowhere")
    reasons = {item.uri.rsplit("/", 1)[1]: item.reason for item in files(root) if isinstance(item, Skipped)}
    assert reasons == {"pipe.txt": "not a regular file", "dangling.txt": "No such file or directory"}


def test_a_file_too_large_is_skipped(folder, monkeypatch):
    monkeypatch.setattr(walk, "MAX_FILE_BYTES", 3)
    (item,) = files(folder({"a.txt": "four"}))
    assert "split it" in item.reason


def test_the_memory_itself_is_not_read(folder):
    root = folder({"m.sanderling": "x", "m.sanderling-wal": "x", "m.sanderling.idx": "x", "a.txt": "x"})
    found = list(files(root, ignore=[root / "m.sanderling"]))
    assert names(found, root) == ["a.txt"]
    assert len(found) == 1


def test_a_name_that_is_no_text_has_an_address_all_the_same(folder):
    root = folder({"a.txt": "x"})
    odd = os.fsencode(root) + b"/\xff.png"
    try:
        os.close(os.open(odd, os.O_CREAT))
    except OSError:
        pytest.skip("this file system takes only names that are text")
    (skipped,) = (item for item in files(root) if isinstance(item, Skipped))
    assert skipped.uri.encode().endswith(b".png")
