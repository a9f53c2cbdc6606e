"""The checks of wheels and platforms find what they are for. Building a wheel is `build/wheel.sh`."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
VERSION = tomllib.loads((TOP / "Cargo.toml").read_text())["workspace"]["package"]["version"]
WHEEL = f"sanderling-{VERSION}-cp311-abi3-manylinux_2_34_x86_64.whl"
BOUNDED = re.compile(r"[\w-]+(?:\[\w+\])?>=[\d.]+,<[\d.]+(?:; .+)?").fullmatch
METADATA = f"sanderling-{VERSION}.dist-info"
THIRD_PARTY = f"{METADATA}/licenses/build/THIRD_PARTY_LICENSES"
BILL = f"{METADATA}/sboms/sanderling-py.cyclonedx.json"
SOURCES = (
    "python/sanderling/__init__.py",
    "python/sanderling/_core.pyi",
    "python/sanderling/py.typed",
    "python/sanderling/engines/chat_formats.toml",
    "python/sanderling/models/models.toml",
    "python/sanderling/device/published.toml",
    "python/sanderling/memory/retrieve/attention.md",
    "python/sanderling/memory/retrieve/attention.weights",
    "python/sanderling/router/verifier/shipped.json",
    "python/sanderling/server/page.html",
    "device_profiles/SCHEMA.md",
    "device_profiles/generic.toml",
    "bench_device/__init__.py",
    "bench_device/routing/open-small.jsonl.gz",
    "bench_device/workloads/station/questions.jsonl",
    "bench_device/workloads/station/notes/pump.md",
    "bench_device/workloads/vault/questions.jsonl",
    "bench_device/workloads/tasks/extraction.jsonl",
    "bench_device/workloads/vault/notes/People/Tío Anselmo.md",
)


def script(name: str):
    # pytest collects nothing below a folder named build, and Python should not import from one by accident either.
    spec = importlib.util.spec_from_file_location(name, TOP / "build" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def check_wheel():
    return script("check_wheel")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree in small, with the leftovers of a build in it."""
    built = ("_core.abi3.so", "bench_device/__init__.py", "__pycache__/x.pyc")
    for name in (*SOURCES, *(f"python/sanderling/{name}" for name in built)):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "tree"


@pytest.fixture
def names() -> set[str]:
    """What a good wheel of that tree holds."""
    metadata = {f"{METADATA}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")} | {
        THIRD_PARTY,
        BILL,
    }
    own = {name.removeprefix("python/") if name.startswith("python/") else f"sanderling/{name}" for name in SOURCES}
    return {"sanderling/_core.abi3.so"} | own | metadata


@pytest.fixture
def problems(check_wheel, tree: Path, tmp_path: Path):
    def check(
        names: set[str],
        name: str = WHEEL,
        extension: bytes = b"",
        crates: tuple[tuple[str, str], ...] = (),
        platform: str | None = None,
    ) -> list[str]:
        components = [
            {"name": crate, "scope": scope, "licenses": [{"expression": terms}]}
            for crate, terms in crates
            for scope in ("required", "excluded")
        ]
        content = {
            BILL: json.dumps({"components": components}).encode(),
            THIRD_PARTY: b"numpy (BSD-2-Clause)\n---\nits text\n",
        }
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for entry in sorted(names):
                archive.writestr(entry, extension if entry.endswith((".so", ".pyd")) else content.get(entry, b""))
        return check_wheel.problems(tmp_path / name, tree, platform)

    return check


def test_a_whole_wheel_passes(problems, names) -> None:
    assert problems(names) == []
    assert problems((names - {"sanderling/_core.abi3.so"}) | {"sanderling/_core.pyd"}) == []


@pytest.mark.parametrize("name", [name for name in SOURCES if not name.startswith("python/sanderling/__init__")])
def test_a_missing_file_is_named(problems, names, name: str) -> None:
    name = name.removeprefix("python/") if name.startswith("python/") else f"sanderling/{name}"
    assert problems(names - {name}) == [f"missing: {name}"]


@pytest.mark.parametrize(
    "name", ["build/wheel.sh", "tests/test_x.py", "sanderling/__pycache__/x.pyc", "sanderling/old.py", "notes.md"]
)
def test_a_stray_file_is_named(problems, names, name: str) -> None:
    assert problems(names | {name}) == [f"astray: {name}"]


def test_extension_and_licence(problems, names) -> None:
    assert "found none" in problems(names - {"sanderling/_core.abi3.so"})[0]
    assert "expected, found [" in problems(names | {"sanderling/_core.so"})[0]
    assert "licence" in problems(names - {f"{METADATA}/licenses/LICENSE"})[0]
    assert "licence" in problems(names - {THIRD_PARTY})[0]
    assert "bill of materials" in problems(names - {BILL})[0]


def test_a_crate_under_other_terms_is_named(problems, names) -> None:
    free = (("libc", "MIT OR Apache-2.0"), ("bytemuck", "Zlib OR Apache-2.0 OR MIT"), ("numpy", "BSD-2-Clause"))
    assert problems(names, crates=free) == []
    for terms in ("MIT", "(MIT OR Apache-2.0) AND Unicode-3.0", "GPL-3.0-only", ""):
        assert problems(names, crates=(*free, ("x", terms))) == [
            "x is not under Apache-2.0: its licence belongs into build/THIRD_PARTY_LICENSES"
        ]


def test_tag_and_size(problems, names, check_wheel) -> None:
    assert "cp311-abi3" in problems(names, name=f"sanderling-{VERSION}-cp312-cp312-linux_x86_64.whl")[0]
    assert "bytes" in problems(names, extension=os.urandom(check_wheel.MAX_BYTES + 1))[0]


def test_platform_and_machine(problems, names) -> None:
    arm = b"\x7fELF".ljust(18, b"\0") + (183).to_bytes(2, "little")
    wheel = f"sanderling-{VERSION}-cp311-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
    for platform in (None, "manylinux_2_17_aarch64", "manylinux2014_aarch64"):
        assert problems(names, name=wheel, extension=arm, platform=platform) == []
    assert "not manylinux_2_28_aarch64" in problems(names, name=wheel, platform="manylinux_2_28_aarch64")[0]
    assert "machine" in problems(names, extension=arm)[0]


def test_a_tree_that_lost_a_file_is_noticed(problems, names, tree: Path) -> None:
    (tree / "device_profiles" / "generic.toml").unlink()
    assert problems(names - {"sanderling/device_profiles/generic.toml"}) == [
        "missing: sanderling/device_profiles/generic.toml"
    ]


def test_exit_codes(check_wheel, tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        check_wheel.main([])
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as archive:
        archive.writestr("stray.txt", b"")
    assert check_wheel.main([str(tmp_path / WHEEL)]) == 1
    assert f"{WHEEL}: astray: stray.txt" in capsys.readouterr().err
    assert check_wheel.main(["--platform", "manylinux_2_28_aarch64", str(tmp_path / WHEEL)]) == 1
    assert f"{WHEEL}: the platform is manylinux_2_34_x86_64" in capsys.readouterr().err


def test_every_requirement_of_users_is_bounded_below_and_above() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    extras = {extra: lines for extra, lines in project["optional-dependencies"].items() if extra not in {"all", "dev"}}
    loose = [each for lines in (project["dependencies"], *extras.values()) for each in lines if not BOUNDED(each)]
    assert loose == []


def test_all_extras_of_all_are_checked_and_developed_with() -> None:
    """What tests need and is not installed for them is left out silently."""
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (all_,) = (set(re.findall(r"\w+", each.partition("[")[2])) for each in extras["all"])
    (developed,) = re.findall(r"--extras (\S+)", (TOP / "Makefile").read_text())
    assert set(script("check_platforms").EXTRAS) == all_
    assert set(developed.split(",")) >= all_ | {"dev"}


def test_a_platform_without_wheels_is_named(monkeypatch, capsys) -> None:
    check = script("check_platforms")
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    (embedder,) = (each for each in project["optional-dependencies"]["embed"] if each.startswith("onnxruntime"))
    musl_has_no = {embedder: "ERROR: none"}

    def lacking(requirements: list[str], tags: list[str], python: str) -> str:
        return next((musl_has_no[each] for each in requirements if each in musl_has_no and "musl" in tags[0]), "")

    monkeypatch.setattr(check, "lacking", lacking)
    assert check.main() == 0
    said = capsys.readouterr().out.splitlines()
    rest = "server, download, templates, tiers"
    assert f"Linux aarch64, musl, Python 3.14: base, prebuilt, documents, watch, {rest}" in said
    assert said.count("    not embed: ERROR: none") == 2 * len(check.PYTHONS)
    assert len([line for line in said if line.endswith(f": base, prebuilt, embed, documents, watch, {rest}")]) == 6
    monkeypatch.setattr(
        check, "lacking", lambda requirements, *_: "ERROR: none" if requirements == project["dependencies"] else ""
    )
    assert check.main() == 1
