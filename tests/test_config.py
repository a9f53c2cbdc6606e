"""Settings: what may stand in ``config.toml``, and the data folder's modes."""

from __future__ import annotations

import ast
import stat
from typing import get_args

import msgspec
import pytest
from imports import modules

from sanderling import config
from sanderling.errors import UsageError
from sanderling.models import configured

BAD = ("-1", "-5", "nan", "inf", "-inf", "1" + "0" * 20, "-1" + "0" * 20, "1" + "0" * 400, "1e+300")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    return config.made_home()


def test_every_number_among_the_settings_has_a_range():
    kinds = {field.name: field.type for field in msgspec.structs.fields(config.Config)}
    numbers = {name for name, kind in kinds.items() if {int, float} & {kind, *get_args(kind)}}
    assert numbers == config.RANGES.keys()


@pytest.mark.parametrize("key", config.RANGES)
@pytest.mark.parametrize("value", BAD)
def test_a_number_out_of_range_is_one_line_that_names_key_value_and_range(home, key, value):
    (home / "config.toml").write_text(f"{key} = {value}\n")
    with pytest.raises(UsageError) as refused:
        config.load()
    said = str(refused.value)
    assert len(said.splitlines()) == 1
    assert f"{key} = " in said
    assert str(config.RANGES[key]) in said
    if len(value) < 8:
        assert value in said


@pytest.mark.parametrize("key", config.RANGES)
def test_both_ends_of_a_range_are_taken(home, key):
    bounds = config.RANGES[key]
    for end in (bounds.low, bounds.high):
        (home / "config.toml").write_text(f"{key} = {int(end) if bounds.whole else end}\n")
        assert getattr(config.load(), key) == end


def test_settings_made_in_python_have_the_same_ranges():
    with pytest.raises(ValueError, match="n_threads = 1000000: must be a whole number from 1 to"):
        config.Config(n_threads=1_000_000)
    with pytest.raises(ValueError, match="stall_timeout_s = nan"):
        config.Config(stall_timeout_s=float("nan"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('ladder = "nope"', "no ladder is called 'nope'"),
        ('ladder = ""', "no ladder"),
        ('embedder = "../../etc"', "no model is called"),
        ('embedder = "smollm2-135m"', "no embedder"),
        ('engine = "magic"', "engine"),
        ('n_threads = "four"', "n_threads"),
        ("n_threads = true", "n_threads"),
        ("n_threads = 1.5", "n_threads"),
        ('clusters = "never"', "clusters"),
        ("clusters = 1000.5", "clusters"),
        ("largest_for = 3", "largest_for"),
        ("a = " + "[" * 100_000, "config.toml"),
        ("\udcff", "config.toml"),
    ],
)
def test_what_nothing_is_called_is_refused_at_load(home, line, said):
    (home / "config.toml").write_bytes(line.encode(errors="surrogateescape"))
    with pytest.raises(UsageError, match=said) as refused:
        configured.load()
    assert len(str(refused.value).splitlines()) == 1


def test_an_unknown_ladder_is_refused_beside_an_option_that_names_another(home):
    from sanderling.runtime import Runtime

    (home / "config.toml").write_text('ladder = "nope"\n')
    with pytest.raises(UsageError, match="nope"):
        Runtime.open(home / "m.sanderling", ladder="open-small")


def test_numbers_of_calls_have_ranges(home):
    from sanderling.runtime import Runtime

    for n_threads in (0, -5, 10**20, 1_000_000):
        with pytest.raises(ValueError, match="n_threads"):
            Runtime.open(home / "m.sanderling", n_threads=n_threads)


def test_the_data_folder_is_for_its_owner_alone(home):
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_whatever_opens_a_memory_of_the_user_tells_it_the_users_clusters():
    told = {}
    for name, path in modules().items():
        if name.startswith("sanderling.cli.") or name == "sanderling.opening":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "Memory.open":
                    told[name] = ast.unparse(
                        next((each.value for each in node.keywords if each.arg == "clusters"), node)
                    )
    assert len(told) >= 8
    assert {value.partition(".")[2] for value in told.values()} == {"clusters"}, told


def test_a_byte_order_mark_is_no_setting(home):
    (home / "config.toml").write_bytes(b'\xef\xbb\xbfladder = "open-small"\r\n')
    assert configured.load().ladder == "open-small"


def test_a_link_to_no_file_is_not_the_defaults(home):
    (home / "config.toml").symlink_to(home / "gone.toml")
    with pytest.raises(UsageError, match="leads to no file"):
        configured.load()


def test_a_tilde_that_no_shell_expanded_is_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SANDERLING_HOME", "~/notes")
    assert config.home() == tmp_path / "notes"
