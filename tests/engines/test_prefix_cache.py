from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.engines.prefix import common_prefix
from sanderling.engines.prefix_cache import PrefixCache
from sanderling.engines.prefix_disk import PrefixDiskCache
from sanderling.engines.prefix_entry import Entry, identity, key_of


def entry(*ids: int, size: int = 1000, cost_ms: float = 1.0, shared: bool = True) -> Entry:
    return Entry(ids=ids, state=bytes(size), checkpoints={1: b"mark"}, cost_ms=cost_ms, shared=shared)


def whole(prompt: tuple[int, ...]):
    """Reach of a state that can be used whole or not at all."""
    return lambda held: len(held.ids) if prompt[: len(held.ids)] == held.ids else 0


def find(cache: PrefixCache, *prompt: int, more_than: int = 0) -> tuple[int, ...] | None:
    found = cache.find(prompt, whole(prompt), more_than)
    return found[0].ids if found else None


def test_the_longest_prefix_is_found() -> None:
    cache = PrefixCache("m", 1 << 20)
    for ids in ((1,), (1, 2), (1, 3), (1, 2, 3, 4)):
        cache.put(entry(*ids))
    assert find(cache, 1, 2, 3) == (1, 2)
    assert find(cache, 1, 2, 3, more_than=2) is None
    assert find(cache, 5) is None


@given(
    puts=st.lists(
        st.tuples(st.lists(st.integers(0, 2), min_size=1, max_size=4), st.integers(1, 300), st.floats(0, 100)),
        max_size=30,
    )
)
def test_the_budget_holds_whatever_is_put(puts) -> None:
    cache = PrefixCache("m", 1000)
    for ids, size, cost in puts:
        cache.put(entry(*ids, size=size, cost_ms=cost))
        assert cache.size_bytes <= 1000
        assert cache.size_bytes == sum(held.size_bytes for held in cache._entries.values())
        # The newest may be the least worth, and yet it is kept: it was computed this moment.
        assert cache.has(ids)


def test_one_that_exceeds_the_budget_is_not_kept_and_costs_no_other_its_place() -> None:
    cache = PrefixCache("m", 3000)
    cache.put(entry(1))
    cache.put(entry(2, size=5000))
    assert find(cache, 1, 1) == (1,)
    assert find(cache, 2, 2) is None


def test_a_name_depends_on_model_and_ids() -> None:
    names = {key_of(model, ids) for model in ("a", "b") for ids in ((1, 2), (2, 1), (12,), (1,))}
    assert len(names) == 8


def test_models_are_told_apart_by_their_files(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(bytes(3 << 20))
    first = identity(path, "engine 1", "f16")
    assert identity(path, "engine 1", "f16") == first
    assert identity(path, "engine 2", "f16") != first
    assert identity(path, "engine 1", "q8_0") != first
    stat = path.stat()
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"x")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert identity(path, "engine 1", "f16") != first


def spilled(folder: Path, model: str = "m", budget: int = 1 << 20) -> PrefixCache:
    return PrefixCache(model, 1 << 20, PrefixDiskCache(folder, budget, model))


def test_a_shared_prefix_is_there_for_the_next_process(tmp_path: Path) -> None:
    spilled(tmp_path).put(entry(1, 2))
    spilled(tmp_path).put(entry(1, 2, 3, shared=False))
    assert len(list(tmp_path.iterdir())) == 1
    cache = spilled(tmp_path)
    assert find(cache, 1, 2, 3) == (1, 2)
    assert cache.has((1, 2))
    assert find(spilled(tmp_path), 1, 9) is None
    # A prompt that is the prefix and nothing else needs logits, which are not kept.
    assert find(spilled(tmp_path), 1, 2) is None


def test_another_models_files_are_not_looked_at(tmp_path: Path) -> None:
    spilled(tmp_path).put(entry(1, 2))
    assert find(spilled(tmp_path, "other"), 1, 2, 3) is None
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "swapped"])
def test_a_damaged_file_is_ignored_and_removed(tmp_path: Path, damage: str, caplog) -> None:
    spilled(tmp_path).put(entry(1, 2))
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:middle],
            "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            "empty": b"",
            "foreign": b"\x89PNG" + data[4:],
            "swapped": data,
        }[damage]
    )
    if damage == "swapped":  # whole, but under the name of another prefix
        other = tmp_path / path.name.replace(key_of("m", (1, 2)), key_of("m", (1, 3)))
        path.rename(other)
        assert find(spilled(tmp_path), 1, 3, 4) is None
    else:
        assert find(spilled(tmp_path), 1, 2, 3) is None
    assert list(tmp_path.iterdir()) == []
    assert "damaged" in caplog.text


def test_the_folder_is_bounded_and_the_oldest_goes_first(tmp_path: Path) -> None:
    for number in range(5):
        spilled(tmp_path, budget=4000).put(entry(number, 0))
        for path in tmp_path.iterdir():
            os.utime(path, (path.stat().st_mtime - 100,) * 2)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 4000
    assert find(spilled(tmp_path, budget=4000), 0, 0, 0) is None
    assert find(spilled(tmp_path, budget=4000), 4, 0, 0) == (4, 0)


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_next_start(tmp_path: Path, caplog) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    cache = spilled(blocked)
    cache.put(entry(1, 2))
    assert find(cache, 1, 2, 3) == (1, 2)
    assert "not kept on disk" in caplog.text


def test_reach_may_be_less_than_an_entry() -> None:
    cache = PrefixCache("m", 1 << 20)
    cache.put(entry(1, 2, 3, 4))
    prompt = (1, 2, 9)
    found = cache.find(prompt, lambda held: common_prefix(held.ids, prompt), 0)
    assert found is not None
    assert found[1] == 2


def test_states_on_disk_are_their_owners(tmp_path: Path, modes) -> None:
    spilled(tmp_path).put(entry(1, 2, 3))
    assert modes(tmp_path)
    assert set(modes(tmp_path).values()) == {0o600}
