from __future__ import annotations

import sys
from pathlib import Path

import pytest
from stand_in_version import stand_in_version

import sanderling
from sanderling.bench_device.ask.version import other, this
from sanderling.errors import SanderlingError, UsageError


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SANDERLING_MEMORY", str(tmp_path / "his.sanderling"))
    return stand_in_version(tmp_path / "tree", "old")


def test_a_source_tree_is_imported_in_place_of_this_package(tree: Path, tmp_path: Path) -> None:
    version = other(tree, tmp_path / "v")
    where = version.command("-c", "import sanderling, os; print(sanderling.__file__, os.environ['SANDERLING_HOME'])")
    found, home = version.run(where, 60).split()
    assert Path(found).is_relative_to(tree)
    assert Path(home) == tmp_path / "v" / "home"
    assert "SANDERLING_MEMORY" not in version.env
    assert (tmp_path / "v" / "home" / "models").is_symlink()
    assert version.describe() == {"sanderling": "0.2.0", "commit": "abc"}
    # The package itself may be named too.
    assert other(tree / "python", tmp_path / "w").env["PYTHONPATH"].startswith(str(tree / "python"))


def test_a_python_brings_its_own_packages(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tree))
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    for number, named in enumerate((venv, venv / "bin" / "python")):
        version = other(named, tmp_path / f"v{number}")
        # The link itself: a virtual environment is found by where its Python stands.
        assert (version.python, version.env.get("PYTHONPATH")) == (venv / "bin" / "python", None)


def test_this_version_is_the_one_that_runs(tree: Path, tmp_path: Path) -> None:
    version = this(tmp_path / "v")
    found = version.run(version.command("-c", "import sanderling; print(sanderling.__file__)"), 60)
    assert Path(found.strip()).samefile(sanderling.__file__)


def test_what_holds_no_sanderling_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for named in (tmp_path / "empty", tmp_path / "absent"):
        with pytest.raises(UsageError, match="holds no Sanderling"):
            other(named, tmp_path / "v")


def test_a_command_that_fails_or_hangs_is_said_in_one_line(tree: Path, tmp_path: Path) -> None:
    version = other(tree, tmp_path / "v")
    with pytest.raises(SanderlingError, match="before ended with exit code 1: error: no such thing"):
        version.run(version.command("-m", "sanderling", "ask", "fail"), 60)
    with pytest.raises(SanderlingError, match=r"before did not end within 0\.2 s"):
        version.run(version.command("-c", "import time; time.sleep(60)"), 0.2)
