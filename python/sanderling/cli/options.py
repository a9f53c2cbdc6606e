"""Options that several commands share.

Functions here turn them into a memory file or a filter.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar

import typer

from .. import ranges
from ..disk.files import irregular, of_user, resolved
from ..errors import UsageError
from ..ranges import Range

if TYPE_CHECKING:
    from ..filter import Filter


class Number:
    """A parser that accepts only numbers within a range.

    Other values end the command with exit code 2.
    """

    def __init__(self, bounds: Range, suffix: str = "") -> None:
        """``suffix``: letters that may follow the number, such as the d of 180d."""
        self.bounds, self.suffix = bounds, suffix
        low, high = bounds.ends
        self.__name__ = f"{low}..{high}{suffix}"  # shown by --help

    def __call__(self, text: object) -> Any:
        """Parse ``text`` and return the number. Raises BadParameter, which typer prints behind the option's name."""
        value = self.bounds.read(str(text).strip().removesuffix(self.suffix))
        if value is None:
            written = f", such as 180{self.suffix}" if self.suffix else ""
            raise typer.BadParameter(f"{str(text)[:80]}: must be {self.bounds}{written}")
        return value


class Duration(Number):
    """A parser of durations in seconds, minutes, hours or days, such as ``90``, ``15m`` and ``1h``."""

    _UNITS: ClassVar = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

    def __init__(self, bounds: Range) -> None:
        """``bounds``: in seconds."""
        super().__init__(bounds)
        self.__name__ = "90s|15m|1h"

    def __call__(self, text: object) -> Any:
        """Parse ``text`` as a duration, and return it in seconds.

        Raises BadParameter, which typer prints behind the option's name.
        """
        written = str(text).strip()
        seconds = Range(0, float("inf"), whole=False).read(written[:-1] if written[-1:] in self._UNITS else written)
        value = None if seconds is None else seconds * self._UNITS.get(written[-1:], 1)
        if value is None or not self.bounds.has(value):
            raise typer.BadParameter(f"{written[:80]}: must be {self.bounds}, such as 90s, 15m or 1h")
        return float(value)


def duration(bounds: Range, *names: str, help: str) -> Any:
    """Return an option that accepts a duration within ``bounds``, in seconds."""
    parser = Duration(bounds)
    return typer.Option(*names, help=help, parser=parser, metavar=parser.__name__)


def number(bounds: Range, *names: str, help: str, suffix: str = "") -> Any:
    """Return an option that accepts a number within ``bounds``.

    The error for other values names both bounds. Bounds of typer's own accept nan, and their message does not name both
    ends.
    """
    parser = Number(bounds, suffix)
    return typer.Option(*names, help=help, parser=parser, metavar=parser.__name__)


def age(*, help: str) -> Any:
    """Return the option ``--older-than``. It takes a number of days, written as 180 or 180d."""
    return number(ranges.DAYS, "--older-than", help=help, suffix="d")


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Also print times, counts, all sources and what was left out.")
]
MemoryOption = Annotated[
    Path | None,
    typer.Option(
        "--memory",
        "-m",
        envvar="SANDERLING_MEMORY",
        readable=False,  # an unreadable file is refused where it is opened, with our message and exit code
        help="Memory file. Default: notes.sanderling in the data folder (`sanderling doctor` shows it).",
    ),
]
LadderOption = Annotated[
    str | None, typer.Option("--ladder", help="Models to choose from: lfm2, lfm2.5, open-small, or your own.")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Use this model, an id or a .gguf file, instead of routing.")
]
EngineOption = Annotated[
    Literal["auto", "sanderling_engine", "llama_cpp", "xllamacpp"],
    typer.Option("--engine", help="auto: sanderling_engine, else llama_cpp, else xllamacpp."),
]
ProfileOption = Annotated[str, typer.Option("--profile", help="Device profile, or auto.")]
RouterOption = Annotated[
    str,
    typer.Option(
        "--router",
        help="auto (learned if `router train` installed one, else rule), rule, learned, shipped, or a weights file.",
    ),
]
BudgetOption = Annotated[float | None, number(ranges.BUDGET_MS, "--budget-ms", help="Time wished for the answer.")]
PrivacyOption = Annotated[
    Literal["local", "own", "any"] | None,
    typer.Option(
        "--privacy",
        help="local: no socket is opened; own: my own tiers may answer; any: all tiers. Default: config.toml.",
    ),
]
ThreadsOption = Annotated[
    int | None, number(ranges.THREADS, "--threads", help="Default: what the device profile says.")
]
ContextOption = Annotated[
    Literal["tiny", "small", "medium", "large"] | None,
    typer.Option("--context", help="Notes to show; default: the router's choice."),
]
MaxTokensOption = Annotated[int, number(ranges.TOKENS, "--max-tokens", help="Upper bound of generated tokens.")]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", help="Leave out what fits this pattern, as in .gitignore; !PATTERN takes in. Repeat it."),
]

LimitOption = Annotated[
    int, number(ranges.COUNT, "--limit", help="Most notes on a page, where the question asks for a list of notes.")
]
StartOption = Annotated[
    int, number(ranges.COUNT, "--start", help="Number of the first note on the page of such a list.")
]

TypeOption = Annotated[
    list[str] | None, typer.Option("--type", help="Only notes of this type: doc, memory, trace, tool_result, summary.")
]
SourceOption = Annotated[
    list[str] | None, typer.Option("--source", help="Only notes of this source: kb (files), user, agent, system.")
]
TagOption = Annotated[list[str] | None, typer.Option("--tag", help="Only notes with this tag, or any of several.")]
DomainOption = Annotated[list[str] | None, typer.Option("--domain", help="Only notes of this domain.")]
SinceOption = Annotated[str, typer.Option("--since", help="Only notes from this date or time on: 2026-03-01.")]
UntilOption = Annotated[str, typer.Option("--until", help="Only notes up to this time, or the end of this date.")]
InOption = Annotated[list[str] | None, typer.Option("--in", help="Only notes of this folder, file or address.")]


NoServerOption = Annotated[
    bool, typer.Option("--no-server", help="Do it in this process, even if `sanderling serve` runs for the memory.")
]


def filter_fields(
    type: list[str] | None,
    source: list[str] | None,
    tag: list[str] | None,
    domain: list[str] | None,
    since: str,
    until: str,
    under: list[str] | None,
) -> dict[str, Any]:
    """Return the fields of a filter from a command's options."""
    return {
        "types": type or [],
        "sources": source or [],
        "tags": tag or [],
        "domains": domain or [],
        "since": since,
        "until": until,
        # The memory stores the absolute path of a file.
        "under": [each if "://" in each else str(resolved(of_user(each))) for each in under or ()],
    }


def filter_of(
    type: list[str] | None,
    source: list[str] | None,
    tag: list[str] | None,
    domain: list[str] | None,
    since: str,
    until: str,
    under: list[str] | None,
) -> Filter:
    """Return a filter from a command's options. Raises UsageError for a value that no note can have."""
    from ..filter import Filter

    return Filter(**filter_fields(type, source, tag, domain, since, until, under))


def memory_path(given: Path | None) -> Path:
    """Return the path of the memory file. ``given``: None: the one in the data folder."""
    from .. import config
    from ..disk.home import MEMORY

    return given or config.home() / MEMORY


def memory_to_fill(given: Path | None) -> Path:
    """Return the path of the memory file to write to.

    ``given``: None: the one in the data folder, which is created first.
    """
    if given is None:
        from .. import config

        config.made_home()
    return memory_path(given)


def require_writable(given: Path | None) -> None:
    """Raise UsageError if the result file ``given`` cannot be written.

    ``given``: None: nothing happens. Called before the work whose result the file is to hold.
    """
    if given is None:
        return
    # A regular file is written beside its name and renamed; a terminal or a pipe is written to directly.
    touched = given if irregular(given) else given.resolve().parent
    if given.is_dir() or not touched.exists() or not os.access(touched, os.W_OK):
        raise UsageError(f"{given} cannot be written: name a file in a folder that exists and can be written")


def begin_worker(given: Path | None) -> None:
    """Start a model's worker process early, if the memory file exists.

    It starts while this process still imports modules. It is handed to the first model that is loaded, and ends with
    this process.
    """
    from .. import child_process

    if memory_path(given).exists():
        child_process.begin("sanderling.engines.serve")


def existing_memory(given: Path | None) -> Path:
    """Return the path of an existing memory file. Raises UsageError if it does not exist."""
    path = memory_path(given)
    if not path.exists():
        raise UsageError(f"there is no memory at {path}: run  sanderling ingest FOLDER  first")
    return path


def counts(option: str, given: Sequence[str], form: str, *, alone: int | None = None) -> dict[str, int]:
    """Parse options of the form ``NAME=N``, and return each count by name.

    ``form``: how the option is written, for the error. ``alone``: the count of a name by itself; None: it is refused.
    """
    found: dict[str, int] = {}
    for each in given:
        name, equals, n = each.partition("=")
        count = ranges.COUNT.read(n) if equals else alone
        if not name or count is None:
            raise UsageError(f"{option} {each[:80]}: write {form}; N is {ranges.COUNT}")
        found[name] = int(count)
    return found


Value = TypeVar("Value")


def some_of(option: str, given: Sequence[str], known: Mapping[str, Value]) -> tuple[Value, ...]:
    """Return the values of the names in ``given``, in order and without repeats. Typer reads no lists of literals.

    Raises UsageError for a name that is not among ``known``.
    """
    if unknown := [each for each in given if each not in known]:
        raise UsageError(f"{option} {unknown[0][:80]}: give some of {', '.join(known)}")
    return tuple(known[each] for each in dict.fromkeys(given))
