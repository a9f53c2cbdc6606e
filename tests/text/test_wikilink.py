from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.wikilink import Target, distance, paths, stored, suffixes, target_of


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("File", ("file", "")),
        ("Dir/File.md#A  Heading#Sub|alias", ("dir/file", "sub")),
        ("File#^id", ("file", "^id")),
        ("File\\|alias", ("file", "")),
        ("./File", ("/v/a/file", "")),
        ("../File", ("/v/file", "")),
        ("picture.png", ("picture.png", "")),
        ("dir\\file", ("dir/file", "")),
    ],
)
def test_what_a_link_names(link, target):
    assert target_of(stored(link, "/v/a")) == Target(*target)


@pytest.mark.parametrize("link", ["", "#heading", " ", "https://a.example", "|x"])
def test_what_names_no_note(link):
    assert stored(link, "/v") == ""
    assert target_of("/v/a.md") is None


def test_names_of_a_file():
    assert paths("/V/A b.md") == ("/v/a b",)
    assert paths("/v/a.pdf") == ("/v/a", "/v/a.pdf")
    assert paths("/v/a___b%2Fc.md") == ("/v/a___b%2fc", "/v/a/b/c")
    assert suffixes("/v/a") == ["/v/a", "v/a", "a"]


def test_distance():
    assert [distance("/a/b/x", other) for other in ("/a/b/y", "/a/y", "/a/b/c/y", "/z/y", "/a/c/y")] == [0, 1, 1, 3, 2]


@given(st.text("a./", max_size=9))
def test_the_suffix_of_a_path_is_that_of_pathlib(path):
    whole, suffix = f"/{path}", PurePosixPath(f"/{path}").suffix
    assert paths(whole)[0] == whole.removesuffix(suffix)
    assert (whole in paths(whole)[1:] or whole == paths(whole)[0]) or suffix in (".md", ".markdown")
