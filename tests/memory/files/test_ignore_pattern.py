from __future__ import annotations

import random
import re
import shutil
import subprocess

import pytest

from sanderling.memory.files.ignore_pattern import parse


def matches(line, path, folder=False):
    """Whether a walk that meets each folder of ``path`` in turn leaves it out."""
    pattern = parse(line)
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        if pattern.folders_only and depth == len(parts) and not folder:
            continue
        met = parts[depth - 1] if pattern.name_only else "/".join(parts[:depth])
        if pattern.matches.fullmatch(met):
            return True
    return False


@pytest.mark.parametrize(
    ("line", "path", "expected"),
    [
        ("draft.md", "a/b/draft.md", True),
        ("/draft.md", "a/draft.md", False),
        ("/draft.md", "draft.md", True),
        ("a/*.md", "a/x.md", True),
        ("a/*.md", "a/b/x.md", False),
        ("a/**/x.md", "a/x.md", True),
        ("a/**/x.md", "a/b/c/x.md", True),
        ("**/tmp/*.md", "u/tmp/x.md", True),
        ("a/**", "a/b/c", True),
        ("old/", "old/x.md", True),
        ("old/", "old", False),
        ("*.sync-conflict-*.md", "n.sync-conflict-2024.md", True),
        ("[Tt]emp?", "Temp1", True),
        ("[!a-c]x", "bx", False),
        ("[]x]", "]", True),
        ("[&&a]", "&", True),
        (r"\#x", "#x", True),
        (r"\!x", "!x", True),
        (r"x\ ", "x ", True),
        ("x  ", "x", True),
        ("[open", "[open", True),
        ("ä*", "äöü.md", True),
        ("*", "a\nb", True),
    ],
)
def test_patterns_match_as_in_git(line, path, expected):
    assert matches(line, path) is expected


@pytest.mark.parametrize("line", ["", "   ", "# a comment", "#"])
def test_blank_lines_and_comments_are_no_rules(line):
    assert parse(line) is None


@pytest.mark.parametrize("line", ["!", "/", "//", "a//b", "[z-a]", "a\\", "x" * 1001])
def test_what_is_no_pattern_is_refused(line):
    with pytest.raises(ValueError, match=r"\w"):
        parse(line)


def test_random_patterns_are_those_of_git(tmp_path):
    """The reference is git itself."""
    if shutil.which("git") is None:
        pytest.skip("git is the reference, and is not here")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    draw = random.Random(16)
    for _ in range(80):
        line = "".join(
            draw.choice(["a", "b", "*", "**", "/", "?", "c.md", "[ab]", "[!a]", "**/", "/**/", "\\*"])
            for _ in range(draw.randint(1, 5))
        )
        if re.search(r"[^/]\*\*|\*\*[^/]", line):
            # Undefined in gitignore(5); git cuts off what stands before, and takes the rest for a pattern of its own.
            continue
        try:
            pattern = parse(line)
        except ValueError:
            continue
        (tmp_path / ".gitignore").write_text(line + "\n")
        paths = [
            "/".join(
                "".join(draw.choice("ab*") for _ in range(draw.randint(1, 3))) + draw.choice(["", "c.md"])
                for _ in range(draw.randint(1, 4))
            )
            for _ in range(60)
        ]
        said = subprocess.run(
            ["git", "check-ignore", "--no-index", "--stdin", "-z"],
            input="\0".join(paths) + "\0",
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        ).stdout.split("\0")
        assert pattern is not None
        assert {path for path in paths if matches(line, path)} == set(said) - {""}, line


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "line", ["*a*a*a*a*a*a*a*b", "**/a/**/a/**/a/**/a/**/b", "/*a*a*/**/*a*a*a*b", "[a]*?*?*?*?*?b"]
)
def test_no_pattern_takes_long(line):
    """With pathspec 1.1 the first of these took more than a minute for a name of 254 letters."""
    assert not matches(line, "a" * 254 + "c")
    assert not matches(line, "/".join("a" * 500) + "/c")
