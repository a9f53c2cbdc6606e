from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from sanderling._core import Attention, InternalError
from sanderling.errors import UsageError
from sanderling.memory.retrieve import attention_weights as trained
from sanderling.memory.retrieve.attention_weights import SHIPPED, check, read, shipped
from sanderling.memory.retrieve.features import FEATURES, FEATURES_VERSION
from sanderling.memory.retrieve.training.export import to_bytes
from sanderling.memory.retrieve.training.network import initial


def test_the_weights_that_ship_fit_the_features_and_are_small():
    attention = shipped()
    assert attention is not None
    check(attention)
    assert SHIPPED.stat().st_size <= 200_000
    assert SHIPPED.with_suffix(".md").exists()


def test_weights_of_another_table_are_refused(tmp_path):
    path = tmp_path / "other.weights"
    for version, count in ((99, len(FEATURES)), (FEATURES_VERSION, len(FEATURES) - 1)):
        path.write_bytes(to_bytes(initial(count, 4, 1, 11, 0), version))
        with pytest.raises(UsageError, match=r"feature table .* memory train"):
            read(path)
    with pytest.raises(UsageError, match="trained on feature table 0"):
        check(Attention.prior())


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "damaged.weights"
    path.write_bytes(SHIPPED.read_bytes()[:-1])
    with pytest.raises(UsageError, match="memory train"):
        read(path)


def test_another_version_says_which_side_is_newer(tmp_path):
    path = tmp_path / "newer.weights"
    path.write_bytes(SHIPPED.read_bytes()[:8] + b"\x63" + SHIPPED.read_bytes()[9:])
    with pytest.raises(UsageError, match="format version 99 of a newer sanderling, this one reads 2"):
        read(path)


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.weights")
    for path, kind in (
        (tmp_path / "pipe.weights", "a named pipe"),
        (tmp_path, "a folder"),
        (Path("/dev/zero"), "device"),
    ):
        with pytest.raises(UsageError, match=kind):
            read(path)


def test_a_bug_is_not_called_damage(monkeypatch):
    def fail(data):
        raise InternalError("a panic")

    monkeypatch.setattr(trained, "Attention", SimpleNamespace(from_bytes=fail))
    with pytest.raises(InternalError):
        read(SHIPPED)
