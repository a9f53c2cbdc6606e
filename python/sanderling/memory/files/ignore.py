"""Decide which files and folders to leave out, by the user's rules, ``.gitignore`` and defaults.

Three voices are asked in this order:

=======================================  ===========================================================================
``--exclude`` and ``.sanderlingignore``  the user's own rules; ``!pattern`` takes in what the others would leave out
:func:`is_clutter`                       what no one writes notes in, such as hidden files and ``node_modules``
``.gitignore``                           can only leave out: its ``!*/`` is not meant to open ``node_modules``
=======================================  ===========================================================================

Patterns are those of gitignore(5) (``ignore_pattern.py``): a file in a deeper folder overrules one above it, and
nothing is taken in from a folder that is left out. Files above the root count as well, ``.gitignore`` up to the folder
of the repository, unless they leave out the root itself, which the user named.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ...disk.files import content
from .ignore_pattern import Pattern, parse

OWN, GIT = ".sanderlingignore", ".gitignore"
NAMES = (OWN, GIT)

CLUTTER = (
    ".*",  # hidden: .git, .obsidian, .trash, .venv, Emacs' .#lock, LibreOffice's .~lock
    "node_modules",
    "bower_components",
    "__pycache__",
    "venv",
    "site-packages",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    "@eaDir",
    # What an editor writes beside a file until it is saved: Emacs, Word, most others.
    "#*#",
    "~$*",
    "*~",
)
"""Names of files and folders that are left out by default."""
_CLUTTER = re.compile("|".join(map(fnmatch.translate, CLUTTER)))
_BUILD_FILES = ("Cargo.toml", "pom.xml", "build.sbt")
_CACHE_TAG = b"Signature: 8a477f597d28d172789f06886806bc55"
"""First bytes of a CACHEDIR.TAG, by which programs mark folders that they can make again (bford.info/cachedir)."""

MAX_FILE_BYTES = 1 << 20
MAX_PATTERNS = 1000
"""Rules of one file: each is tried for each file of a vault."""


class Rules(NamedTuple):
    """The ignore rules for the contents of one folder."""

    folder: str
    own: tuple[Pattern, ...] = ()
    git: tuple[Pattern, ...] = ()
    outer: Rules | None = None
    """The rules of the parent folder; None at the outermost folder that counts."""
    given: tuple[Pattern, ...] = ()
    """At the root: those of ``--exclude``, which overrule all others."""

    def leave_out(self, name: str, *, is_folder: bool) -> bool:
        """Whether to leave out the file or folder ``name`` in :attr:`folder`."""
        path = f"{self.folder.rstrip('/')}/{name}"
        own = self.said(path, name, is_folder, own=True)
        if own is not None:
            return own
        return is_clutter(path, name, is_folder) or bool(self.said(path, name, is_folder, own=False))

    def said(self, path: str, name: str, is_folder: bool, *, own: bool) -> bool | None:
        """Return whether a rule leaves ``path`` out; None if no rule matches.

        ``own``: ask the user's rules instead of git's.
        """
        chain: list[Rules] = []
        rules: Rules | None = self
        while rules is not None:
            chain.append(rules)
            rules = rules.outer
        spoken = [(rules.folder, rules.given) for rules in chain] if own else []
        spoken += [(rules.folder, rules.own if own else rules.git) for rules in chain]
        for folder, patterns in spoken:
            if not patterns:
                continue
            below = path[len(folder.rstrip("/")) + 1 :]
            for pattern in reversed(patterns):
                if pattern.folders_only and not is_folder:
                    continue
                if pattern.matches.fullmatch(name if pattern.name_only else below):
                    return not pattern.takes_in
        return None


def is_clutter(path: str, name: str, is_folder: bool) -> bool:
    """Return whether a file or folder is left out by default.

    Beside :data:`CLUTTER` these are folders of a Python environment, folders with a CACHEDIR.TAG, Logseq's backups, and
    ``target`` beside a build file.
    """
    if _CLUTTER.match(name):
        return True
    if not is_folder:
        return False
    if name == "bak" and os.path.basename(os.path.dirname(path)) == "logseq":  # noqa: PTH119, PTH120
        return True
    folder = Path(path)
    if name == "target" and any((folder.parent / file).exists() for file in _BUILD_FILES):
        return True
    return (folder / "pyvenv.cfg").exists() or _is_cache(folder / "CACHEDIR.TAG")


class IgnoreFiles:
    """Reads the ignore files at, above and below one root."""

    def __init__(self, root: Path, exclude: Sequence[str] = ()) -> None:
        """``root``: a resolved folder or file. ``exclude``: patterns of the user, relative to it."""
        self.warnings: list[str] = []
        self._root = root
        self._of: dict[Path, Rules | None] = {}
        given = self._parsed(exclude, "--exclude")
        at = str(root)
        self.at_root = Rules(at, self._read(root, OWN), self._read(root, GIT), self._above(), given)
        """The rules for what lies in the root."""

    def below(self, rules: Rules, name: str) -> Rules:
        """Return the rules for the folder ``name`` inside the folder of ``rules``."""
        folder = Path(rules.folder, name)
        own, git = self._read(folder, OWN), self._read(folder, GIT)
        return Rules(str(folder), own, git, rules)

    def of(self, folder: Path) -> Rules | None:
        """Return the rules in ``folder``; None if ``folder`` itself is ignored. ``folder``: the root or one below."""
        rules: Rules | None = self.at_root
        at = self._root
        for name in folder.relative_to(self._root).parts:
            at /= name
            if rules is None:
                break
            if at not in self._of:
                left_out = rules.leave_out(name, is_folder=True)
                self._of[at] = None if left_out else self.below(rules, name)
            rules = self._of[at]
        return rules

    def _above(self) -> Rules | None:
        """Return the rules of the folders above the root, unless they exclude the root."""
        above = self._root.parents
        repository = next((at for at in (self._root, *above) if (at / ".git").exists()), None)
        rules: Rules | None = None
        for folder in reversed(above):
            inside = repository is not None and folder.is_relative_to(repository)
            own, git = self._read(folder, OWN), self._read(folder, GIT) if inside else ()
            if own or git:
                rules = Rules(str(folder), own, git, rules)
        if rules is not None:
            for part in (*above, self._root):
                if any(rules.said(str(part), part.name, True, own=own) for own in (True, False)):
                    return None
        return rules

    def _read(self, folder: Path, name: str) -> tuple[Pattern, ...]:
        path = folder / name
        try:
            data = content(path)
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            self.warnings.append(f"{path}: {error.strerror or error}: its rules are not used")
            return ()
        if len(data) > MAX_FILE_BYTES:
            self.warnings.append(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB: its rules are not used")
            return ()
        return self._parsed(data.decode("utf-8-sig", "replace").splitlines(), str(path))

    def _parsed(self, lines: Sequence[str], where: str) -> tuple[Pattern, ...]:
        patterns: list[Pattern] = []
        for line in lines:
            try:
                pattern = parse(line)
            except ValueError as error:
                self.warnings.append(f"{where}: {line[:80]}: {error}: this rule is not used")
                continue
            if pattern is not None:
                patterns.append(pattern)
        if len(patterns) > MAX_PATTERNS:
            self.warnings.append(f"{where}: has {len(patterns):,} rules: only the last {MAX_PATTERNS:,} are used")
        return tuple(patterns[-MAX_PATTERNS:])


def _is_cache(tag: Path) -> bool:
    try:
        return tag.exists() and content(tag).startswith(_CACHE_TAG)
    except OSError:
        return False
