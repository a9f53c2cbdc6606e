"""Shell commands written in prose, and whether ``sanderling`` would understand them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any

import typer

from sanderling import cli

# Settings of the environment before a command, and the other way to call this one.
_BEFORE = re.compile(r"^(\w+=\S* )*(python3? -m )?")


@cache
def root() -> Any:
    """The command ``sanderling``; making it takes a tenth of a second."""
    return typer.main.get_command(cli.app)


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each shell command in the fenced blocks of a Markdown text."""
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if language not in ("", "sh", "bash", "console", "shell"):
            continue
        for line in block.replace("\\\n", " ").splitlines():
            lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars="|&;")
            lexer.whitespace_split = True
            try:
                words = list(lexer)
            except ValueError:
                continue  # an apostrophe in the output that a block shows
            while words:
                end = next((i for i, word in enumerate(words) if set(word) <= set("|&;")), len(words))
                yield words[:end]
                words = words[end + 1 :]


def inline_commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each ``sanderling`` or ``make`` command that stands in backticks within a line or two."""
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for match in re.finditer(r"`((?:sanderling|make)\s[^`]+)`", outside):
        yield shlex.split(match[1].replace("\n", " "))


def unknown_in(words: list[str]) -> str:
    """Return what ``sanderling WORDS`` would not understand, or an empty string."""
    command = root()
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            return name
        command = command.commands[name]
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    return next(
        (word for word in rest if word.startswith("-") and word != "-" and word.split("=")[0] not in options), ""
    )


def wrong(line: list[str], targets: set[str]) -> str:
    """Return what is wrong with a command: an unknown word of ``sanderling``, or no target of the Makefile."""
    program, *rest = _BEFORE.sub("", " ".join(line)).split() or [""]
    if program.rsplit("/")[-1] == "sanderling":
        return unknown_in(rest)
    if program == "make":
        return next((word for word in rest if "=" not in word and word not in targets), "")
    return ""


def command_names() -> Iterator[tuple[str, ...]]:
    """Yield every command that does something by itself, such as ``("memory", "verify")``."""
    pending = [((), root())]
    while pending:
        name, command = pending.pop()
        inner = getattr(command, "commands", {})
        pending += [((*name, word), each) for word, each in inner.items()]
        if name and (not inner or command.invoke_without_command):
            yield name
