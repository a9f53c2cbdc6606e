from __future__ import annotations

import os

import pytest

from sanderling.memory.files import ignore
from sanderling.memory.files.ignore import IgnoreFiles
from sanderling.memory.files.walk import File, Walk


def found(root, exclude=()):
    walk = Walk(root, rules=IgnoreFiles(root.resolve(), exclude))
    return sorted(str(item.path.relative_to(walk.root)) for item in walk.files() if isinstance(item, File))


def test_what_programs_leave_is_left_out(folder):
    root = folder(
        {
            "a.md": "x",
            "node_modules/x/README.md": "x",
            ".venv/lib/LICENSE.txt": "x",
            ".obsidian/plugins/p.md": "x",
            ".trash/old.md": "x",
            "venv/lib/LICENSE.txt": "x",
            "env/pyvenv.cfg": "home = /usr",
            "env/lib/LICENSE.txt": "x",
            "rust/Cargo.toml": "[package]",
            "rust/target/doc/index.html": "<p>x",
            "cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n",
            "cache/x.md": "x",
            "logseq/bak/pages/x.md": "x",
            "__pycache__/x.txt": "x",
            "~$report.txt": "x",
            "#a.txt": "kept",
        }
    )
    assert found(root) == ["#a.txt", "a.md"]


def test_folders_of_notes_that_only_sound_alike_are_kept(folder):
    kept = ["bak/x.md", "env/x.md", "target/goals.md", "templates/letter.md", "cache/x.md", "fixtures/CACHEDIR.TAG.md"]
    root = folder({**dict.fromkeys(kept, "x"), "cache/CACHEDIR.TAG": "not a signature"})
    assert found(root) == sorted(kept)


def test_nested_rules_and_exceptions(folder):
    root = folder(
        {
            ".gitignore": "*.log.txt\nbuild/\n!keep.log.txt\n",
            "a.log.txt": "x",
            "keep.log.txt": "x",
            "build/x.md": "x",
            "sub/.gitignore": "secret.md\n!b.log.txt\n",
            "sub/secret.md": "x",
            "sub/b.log.txt": "x",
            "sub/deeper/secret.md": "x",
            "secret.md": "x",
        }
    )
    assert found(root) == ["keep.log.txt", "secret.md", "sub/b.log.txt"]


def test_our_own_file_overrules_git_and_the_defaults(folder):
    root = folder(
        {
            ".gitignore": "journal/\n",
            ".sanderlingignore": "!journal/\nprivate/\n!.zettel\n",
            "journal/day.md": "x",
            "private/p.md": "x",
            ".zettel/z.md": "x",
            ".other/o.md": "x",
        }
    )
    assert found(root) == [".zettel/z.md", "journal/day.md"]


def test_exceptions_of_git_open_nothing_that_is_left_out_by_default(folder):
    """A white list for git, as people write it."""
    root = folder({".gitignore": "*\n!*/\n!*.md\n", "a.md": "x", "b.txt": "x", "node_modules/c.md": "x"})
    assert found(root) == ["a.md"]


def test_patterns_of_the_command_line_come_first(folder):
    root = folder({".sanderlingignore": "*.txt\n", "a.txt": "x", "T/b.md": "x", "c.md": "x", "deep/T/d.md": "x"})
    assert found(root, ["T/"]) == ["c.md"]
    assert found(root, ["/T/", "!a.txt"]) == ["a.txt", "c.md", "deep/T/d.md"]


def test_rules_above_the_root_count_inside_a_repository(folder):
    root = folder({".gitignore": "out/\n*.tmp.md", ".git/HEAD": "x", "docs/out/x.md": "x", "docs/y.md": "x"})
    folder({"docs/z.tmp.md": "x"})
    assert found(root / "docs") == ["y.md"]
    (root / ".git" / "HEAD").unlink()
    (root / ".git").rmdir()
    assert found(root / "docs") == ["out/x.md", "y.md", "z.tmp.md"]
    folder({".sanderlingignore": "y.md"})
    assert found(root / "docs") == ["out/x.md", "z.tmp.md"]


def test_a_root_that_is_left_out_itself_was_meant_by_who_named_it(folder):
    root = folder({".gitignore": "*\n", ".git/HEAD": "x", "notes/a.md": "x", "b.md": "x"})
    assert found(root / "notes") == ["a.md"]
    assert found(root) == []


def test_rules_that_cannot_be_used_are_named(folder, monkeypatch):
    root = folder(
        {".gitignore": "[z-a]\n*.txt\n", "a.txt": "x", "b.md": "x", "sub/c.md": "x", "d/.gitignore": b"c" * 99}
    )
    os.mkfifo(root / "sub" / ".gitignore")
    monkeypatch.setattr(ignore, "MAX_FILE_BYTES", 50)
    rules = IgnoreFiles(root)
    walk = Walk(root, rules=rules)
    assert [item.path.name for item in walk.files() if isinstance(item, File)] == ["b.md", "c.md"]
    bad, large, pipe = sorted(rules.warnings)
    assert "[z-a]" in bad
    assert "bad character range" in bad
    assert "larger than" in large
    assert "named pipe" in pipe


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_files_of_rules_from_windows(folder, mark):
    root = folder({".gitignore": mark + b"old/\r\n*.txt\r\n", "old/a.md": "x", "b.txt": "x", "c.md": "x"})
    assert found(root) == ["c.md"]


def test_a_single_file_is_read_whatever_the_rules(folder):
    root = folder({".gitignore": "a.md", "a.md": "x"})
    assert [item.path.name for item in Walk(root / "a.md").files()] == ["a.md"]
