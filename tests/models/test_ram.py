from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from sanderling.models.ram import available_bytes


def _group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()._replace(available=8_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


def _self(root: Path, text: str) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(text)


def test_without_groups_the_system_decides(tmp_path: Path) -> None:
    assert available_bytes(tmp_path) == 8_000


def test_the_tightest_group_above_decides(tmp_path: Path) -> None:
    _self(tmp_path, "0::/user/app\n")
    mount = tmp_path / "sys/fs/cgroup"
    _group(mount / "user", memory__max="3000\n", memory__current="1000\n", memory__stat="inactive_file 200\nanon 1\n")
    _group(mount / "user/app", memory__max="max\n", memory__current="900\n", memory__stat="inactive_file 100\n")
    assert available_bytes(tmp_path) == 3000 - 1000 + 200


def test_version_one_groups_count_too(tmp_path: Path) -> None:
    _self(tmp_path, "4:cpu,memory:/box\n3:pids:/box\n0::/\n")
    _group(
        tmp_path / "sys/fs/cgroup/memory/box",
        memory__limit_in_bytes="5000",
        memory__usage_in_bytes="1500",
        memory__stat="inactive_file 9\ntotal_inactive_file 500\n",
    )
    assert available_bytes(tmp_path) == 5000 - 1500 + 500


def test_a_path_of_the_host_falls_back_to_the_mount(tmp_path: Path) -> None:
    _self(tmp_path, "0::/docker/abc\n")
    _group(tmp_path / "sys/fs/cgroup", memory__max="2000", memory__current="2500", memory__stat="inactive_file 0\n")
    assert available_bytes(tmp_path) == 0
