"""Every number that the command line takes has a range, and what is outside is refused in one line."""

from __future__ import annotations

import inspect
import typing

import pytest
import typer
from typer.models import OptionInfo

from sanderling import cli, ranges
from sanderling.cli import options


def _commands(app: typer.Typer, path: tuple[str, ...] = ()):
    if app.registered_callback is not None:
        yield path, app.registered_callback.callback
    for command in app.registered_commands:
        yield (*path, command.name), command.callback
    for group in app.registered_groups:
        yield from _commands(group.typer_instance, (*path, group.name))


def _parameters():
    for path, function in _commands(cli.app):
        hints = typing.get_type_hints(function, include_extras=True)
        for name, parameter in inspect.signature(function).parameters.items():
            yield path, name, parameter, hints[name]


def _kinds(hint: object) -> set[object]:
    inner = typing.get_args(hint)
    return set().union(*map(_kinds, inner)) if inner else {hint}


def _numbers():
    """(command, option, its reader) of every parameter that is annotated as a number."""
    for path, name, _, hint in _parameters():
        if typing.get_origin(hint) is not typing.Annotated:
            continue
        kind, *about = typing.get_args(hint)
        if _kinds(kind) & {int, float}:
            info = next(each for each in about if isinstance(each, OptionInfo))
            flags = [each for each in info.param_decls or () if each.startswith("--")]
            flag = flags[0] if flags else "--" + name.replace("_", "-")
            yield path, flag, info.parser


NUMBERS = list(_numbers())
# What a command asks for before it looks at its numbers.
ARGUMENTS = {"ask": ["q"], "route": ["q"], "ingest": ["x"], "models synth": ["x"], "bench compare": ["x", "y"]}


def test_the_walk_finds_the_numbers_there_are():
    found = {(" ".join(path), flag) for path, flag, _ in NUMBERS}
    assert len(found) > 60
    assert found >= {("ask", "--threads"), ("memory prune", "--older-than"), ("bench memory", "--ef")}


@pytest.mark.parametrize(("path", "flag", "reader"), NUMBERS, ids=lambda each: each if isinstance(each, str) else "")
def test_every_number_has_a_range_with_two_ends(path, flag, reader):
    assert isinstance(reader, options.Number), f"{' '.join(path)} {flag}: declare it with options.number"
    for bad in ("nan", "inf", "-inf", "-1", "1" + "0" * 20, "9" * 5000, "1e400", "", "x"):
        with pytest.raises(typer.BadParameter) as refused:
            reader(bad)
        assert len(str(refused.value).splitlines()) == 1
        assert str(reader.bounds) in str(refused.value)
    for end in (reader.bounds.low, reader.bounds.high):
        assert reader(end) == end


def test_no_default_is_out_of_range():
    for path, name, parameter, hint in _parameters():
        if isinstance(parameter.default, (int, float)) and not isinstance(parameter.default, bool):
            info = next(each for each in typing.get_args(hint) if isinstance(each, OptionInfo))
            assert info.parser.bounds.has(parameter.default), (path, name)


@pytest.mark.parametrize(("path", "flag", "reader"), NUMBERS, ids=lambda each: each if isinstance(each, str) else "")
def test_a_number_out_of_range_ends_the_command_with_2(path, flag, reader, call):
    for bad in ("nan", "1" + "0" * 20):
        result = call(*path, f"{flag}={bad}", *ARGUMENTS.get(" ".join(path), []))
        assert result.code == 2, result
        said = [line for line in result.err.splitlines() if line.startswith(("Error:", "error:"))]
        assert len(said) == 1, result.err
        assert flag in said[0], result.err
        assert "Traceback" not in result.err


@pytest.mark.parametrize("bad", ["0", "-1", "nan", "1" + "0" * 20, "1,x", ""])
def test_counts_between_commas_have_the_same_range(bad, call, refused):
    refused(call("bench", "model", f"--threads={bad}"), 2, "--threads", str(ranges.THREADS))


def test_tests_of_the_benchmark_are_bounded(call, refused):
    for bad in ("pp0", "tg-1", "pp" + "9" * 20, "ppnan"):
        refused(call("bench", "model", "--tests", bad), 2, "ppN")


@pytest.mark.parametrize("bad", ["0", "6", "nan", "inf", "-1", "1" + "0" * 20, "1e400"])
def test_ratings_are_from_1_to_5(bad, call, refused):
    refused(call("log", "rate", "--", bad), 2, "1 to 5")
