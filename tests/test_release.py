"""``build/release``: the steps of the release's workflow, each with a command or a reason, and their checks."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from tree import TOP

RELEASE = TOP / "build" / "release"
# Steps that only move files in and out, or set Python up, are named by nobody.
PLATFORMS = {"Wheel": "platform", "Engine": "arch"}


def script(name: str):
    spec = importlib.util.spec_from_file_location(f"release_{name}", RELEASE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def check():
    return script("check")


@pytest.fixture(scope="module")
def audit():
    return script("audit")


@pytest.fixture(scope="module")
def workflow() -> dict:
    return yaml.safe_load((TOP / ".github/workflows/wheels.yml").read_text())["jobs"]


def test_every_named_step_of_the_workflow_stands_in_the_table(check, workflow) -> None:
    there = {(job, step["name"]) for job, body in workflow.items() for step in body["steps"] if "name" in step}
    assert {(each.job, each.step) for each in check.steps() if each.job != "elsewhere"} == there


def test_every_step_that_does_something_is_named(workflow) -> None:
    plumbing = ("actions/checkout", "actions/setup-python", "actions/upload-artifact", "actions/download-artifact")
    bare = [
        step
        for body in workflow.values()
        for step in body["steps"]
        if "name" not in step and not step.get("uses", "").startswith(plumbing)
    ]
    assert bare == []


@pytest.mark.parametrize("step", PLATFORMS)
def test_every_platform_of_the_matrix_stands_in_the_table(check, workflow, step: str) -> None:
    (job,) = {each.job for each in check.steps() if each.step == step}
    matrix = workflow[job]["strategy"]["matrix"]
    platforms = matrix.get("arch") or [each["platform"] for each in matrix["include"]]
    assert [each.on for each in check.steps() if each.step == step] == platforms


def test_the_table_of_the_documentation_is_that_of_the_steps(check) -> None:
    assert check.table(check.steps()) in (TOP / "RELEASING.md").read_text()


def test_what_was_seen_is_said_of_each_command(check) -> None:
    assert [each.name for each in check.steps() if each.here and not each.seen.startswith(("passed", "not run"))] == []


def test_commands_of_steps_exist(check) -> None:
    for each in check.steps():
        first = each.here.removeprefix("python3 ").split(" ")[0]
        assert not first.startswith("build/") or (TOP / first).is_file(), each.name


@pytest.mark.parametrize("keys", ["", 'here = "true"\nnot_here = "no Mac"'])
def test_a_step_has_a_command_or_a_reason(check, tmp_path: Path, keys: str) -> None:
    (tmp_path / "steps.toml").write_text(f'[[step]]\njob = "a"\nstep = "b"\n{keys}\n')
    with pytest.raises(ValueError, match="a: b: either"):
        check.steps(tmp_path / "steps.toml")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo whole", ("passed", "whole")),
        ("echo no such index; exit 77", ("not run", "no such index")),
        ("echo broken >&2; exit 3", ("failed", "broken")),
        ("true", ("passed", "")),
    ],
)
def test_a_step_says_what_came_of_it(check, tmp_path: Path, command: str, expected: tuple[str, str]) -> None:
    state, said = check.run(check.Step("a", "b", here=command), tmp_path, tmp_path)
    assert (state, said.split(" (all of it")[0]) == expected


def test_a_step_without_a_command_is_not_run(check, tmp_path: Path) -> None:
    assert check.run(check.Step("a", "b", not_here="no Mac"), tmp_path, tmp_path) == ("not run", "no Mac")


def test_an_unknown_job_is_refused(check, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        check.main(["nope"])
    assert "no such job: nope" in capsys.readouterr().err


FINE = {"name": "numpy", "version": "2.0", "vulns": []}
SKIPPED = {"name": "x", "skip_reason": "Dependency not found"}
FLAWED = {"name": "y", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([FINE], 0, "1 packages without a known vulnerability, none skipped"),
        ([FINE, SKIPPED], 1, "x was skipped: Dependency not found"),
        ([FINE, FLAWED], 1, "y 1: PYSEC-1, mended in 1.1"),
        ([SKIPPED, SKIPPED], 77, "the index in use knows no vulnerabilities: all 2 packages were skipped"),
        ([], 1, "no package was audited: install what is to be released first"),
    ],
)
def test_an_audit_that_skipped_a_package_fails(audit, packages, code: int, said: str) -> None:
    assert audit.verdict({"dependencies": packages}) == (code, [said])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("Cargo.toml", "Cargo.lock", "rust_core/fuzz/Cargo.lock", "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / name, tmp_path / name)
    return tmp_path


@pytest.fixture(scope="module")
def version():
    return script("version")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_lock_files_have_the_version_of_the_workspace(version) -> None:
    assert [each for each in version.problems(TOP) if "CHANGELOG" not in each] == []


def test_another_version_is_named_wherever_it_stands(version, tree: Path) -> None:
    (tree / "CHANGELOG.md").write_text("# Changelog\n\n## 7.0.0 - 2026-01-02\n")
    replace(tree / "Cargo.toml", "[workspace.package]\nversion = ", '[workspace.package]\nversion = "7.0.0" # ')
    found = version.problems(tree, "v7.0.1")
    assert found[0] == "the tag is v7.0.1, Cargo.toml has 7.0.0: tag v7.0.0"
    assert sum(each.startswith("Cargo.lock has sanderling-") for each in found) == 2
    assert sum(each.startswith("rust_core/fuzz/Cargo.lock has sanderling-") for each in found) == 1
    assert len(found) == 4


def test_an_undated_section_is_no_release(version, tree: Path) -> None:
    (tree / "CHANGELOG.md").write_text("# Changelog\n\n## 9.9.9 (unreleased)\n")
    assert version.problems(tree)[-1].startswith("CHANGELOG.md begins with ['## 9.9.9 (unreleased)']")
