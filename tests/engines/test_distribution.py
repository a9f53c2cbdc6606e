from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

import pytest

from sanderling.engines.distribution import version


@pytest.mark.parametrize("name", ["msgspec", "numpy", "typer"])
def test_it_is_what_importlib_says(name: str) -> None:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    assert version(name, Path(found.origin).parent) == importlib.metadata.version(name)


def test_two_versions_in_one_folder_and_none_are_left_to_importlib(tmp_path: Path) -> None:
    for number in ("1.0", "2.0"):
        (tmp_path / f"msgspec-{number}.dist-info").mkdir()
    assert version("msgspec", tmp_path / "msgspec") == importlib.metadata.version("msgspec")
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        version("no-such-thing", tmp_path / "no_such_thing")
    (tmp_path / "llama_cpp_python-0.3.36.dist-info").mkdir()
    assert version("llama-cpp-python", tmp_path / "llama_cpp") == "0.3.36"
