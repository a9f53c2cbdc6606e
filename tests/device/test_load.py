from __future__ import annotations

import os
from pathlib import Path

import pytest
from hand_set_clock import HandSetClock
from hypothesis import given, settings
from hypothesis import strategies as st

from sanderling.device import load as module
from sanderling.device.load import (
    LONGEST_WINDOW_S,
    Load,
    LoadMeter,
    parse_process,
    parse_runnable,
    parse_stat,
    waited_s,
)

# Recorded on Linux 6.18 (x86-64, two CPUs), the interrupts left out.
STAT = """\
cpu  2082917 1143684 335779 2604956 56753 0 7992 8356 0 0
cpu0 907590 527166 153846 1510067 15330 0 351 3959 0 0
cpu1 1175326 616518 181932 1094889 41422 0 7640 4397 0 0
intr 30162294 0 0
ctxt 90342211
btime 1795914451
processes 32019
procs_running 8
procs_blocked 0
softirq 13862718 0 3312412 11 32044 0 0 29981 5934523 0 4553747
"""
LOADAVG = "8.10 4.42 2.68 8/121 28199\n"


def test_a_recorded_stat() -> None:
    ticks = {0: 907590 + 527166 + 153846 + 351 + 3959, 1: 1175326 + 616518 + 181932 + 7640 + 4397}
    assert parse_stat(STAT, 1) == ticks
    assert parse_stat(STAT, 100) == {cpu: count / 100 for cpu, count in ticks.items()}


def test_guests_are_not_counted_twice_and_old_kernels_have_fewer_columns() -> None:
    assert parse_stat("cpu0 100 0 0 0 0 0 0 0 60 40\n", 100) == {0: 1.0}
    assert parse_stat("cpu3 1 2 3 4\n", 1) == {3: 6.0}


@pytest.mark.parametrize(
    "text", ["", "cpu0", "cpu0 1 2", "cpu0 a b c d", "cpux 1 2 3 4", "cpu 1 2 3 4", "cpu0 -1 0 0 0"]
)
def test_what_is_not_understood_is_left_out(text: str) -> None:
    assert parse_stat(text, 100) == {}


@pytest.mark.parametrize(
    ("text", "found"), [(LOADAVG, 8), ("", None), ("1 2 3", None), ("1 2 3 8 9", None), ("1 2 3 x/4 5", None)]
)
def test_runnable(text: str, found: int | None) -> None:
    assert parse_runnable(text) == found


def test_a_process_may_have_any_name() -> None:
    numbers = " ".join(["R", *["0"] * 10, "250", "50", *["0"] * 30])
    assert parse_process(f"12 (a ) 7 (b)) {numbers}", 100) == 3.0
    assert parse_process("12 (a) R 1 2", 100) is None
    assert parse_process("", 100) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    for words in (text, f"cpu0 1 2 3 {text}", f"1 2 3 {text}", f"){' 1' * 11} {text} {text}"):
        parse_stat(words, 100)
        parse_runnable(words)
        parse_process(words, 100)


class Fake:
    """A device with CPUs 0 and 1 of two, whose counters a test moves."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.clock, self.own_s = root, HandSetClock(1000.0), 0.0
        self.busy_s, self.parent_s, self.waited_s, self.running = [0.0, 0.0, 0.0, 0.0], 0.0, 0.0, 1
        self.allowed, self.cpus, self.hidden = {0, 1}, 2, False
        monkeypatch.setattr(module.os, "sched_getaffinity", lambda _pid: self.allowed, raising=False)
        monkeypatch.setattr(module.os, "sysconf", lambda _name: 100)
        monkeypatch.setattr(module.time, "process_time", lambda: self.own_s)
        self.write()
        self.meter = LoadMeter(root, self.clock)

    def write(self) -> None:
        def put(name: str, text: str) -> None:
            path = self.root / "proc" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

        lines = [f"cpu{n} {round(self.busy_s[n] * 100)} 0 0 999 0 0 0 0 0 0" for n in range(self.cpus)]
        put("stat", "cpu 1 2 3 4\n" + "\n".join(lines) + "\nintr 5\n")
        put("loadavg", f"1.0 1.0 1.0 {self.running}/99 12345\n")
        put(f"{os.getppid()}/stat", f"9 (p) R {' 0' * 10} {round(self.parent_s * 100)} 0 0\n")
        put("self/task/1/schedstat", f"5 {round(self.waited_s * 1e9)} 7\n")
        put("self/task/2/schedstat", "5 0 7\n")
        if self.hidden:
            for name in ("stat", "loadavg"):
                (self.root / "proc" / name).unlink()

    def read(self, **options: bool) -> Load:
        self.write()
        return self.meter.read(**options)


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    return Fake(tmp_path, monkeypatch)


def test_ours_and_our_parents_time_is_not_others(device: Fake) -> None:
    device.clock.now += 0.5
    device.busy_s = [0.5, 0.4, 0.0, 0.0]
    device.own_s, device.parent_s, device.waited_s = 0.3, 0.1, 0.05
    load = device.read()
    assert (load.used, load.waited, load.runnable) == (pytest.approx(1.0), pytest.approx(0.1), None)
    assert (load.window_s, load.others) == (pytest.approx(0.5), pytest.approx(1.0))


hundredths = st.integers(0, 50).map(lambda value: value / 100)


@settings(deadline=None)  # it writes files
@given(st.lists(st.tuples(hundredths, hundredths, hundredths), min_size=1, max_size=8))
def test_readings_add_up_to_the_obvious_sum(steps: list[tuple[float, float, float]]) -> None:
    """Every tick of others' time appears in exactly one window."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        device, seen = Fake(Path(folder), patch), 0.0
        for others_0, others_1, own in steps:
            device.clock.now += 1.0
            device.busy_s[0] += others_0
            device.busy_s[1] += others_1 + own
            device.own_s += own
            load = device.read()
            assert load.used is not None
            seen += load.used * load.window_s
        assert seen == pytest.approx(sum(first + second for first, second, _ in steps))


def test_within_a_window_the_last_load_stays(device: Fake) -> None:
    device.clock.now += 0.2
    device.busy_s[0] = 0.2
    first = device.read()
    device.clock.now += 0.01
    device.busy_s[1] = 5.0
    assert device.read() == first


def test_a_long_pause_says_nothing_at_the_beginning_of_a_request(device: Fake) -> None:
    device.clock.now += LONGEST_WINDOW_S + 0.1
    device.busy_s = [1.0, 1.0, 0.0, 0.0]
    device.running = 1
    assert device.read(instant=True).others == 0.0
    device.clock.now += LONGEST_WINDOW_S + 0.1
    device.busy_s = [2.0, 2.0, 0.0, 0.0]
    # Within a request so long a window is one batch of a prompt, and says much.
    assert device.read().others == pytest.approx(2.0 / 1.1)


def test_who_can_run_now_counts_without_this_thread(device: Fake) -> None:
    device.running = 3
    load = device.read(instant=True)
    assert (load.runnable, load.others, device.read().runnable) == (2, 2.0, None)


def test_those_who_fit_on_other_cpus_are_no_rivals(device: Fake) -> None:
    device.cpus = 4
    device.running = 4
    assert device.read(instant=True).runnable == 1


def test_only_cpus_we_may_use_count(device: Fake) -> None:
    device.cpus = 4
    device.read()
    device.clock.now += 0.5
    device.busy_s = [0.0, 0.0, 0.5, 0.5]
    assert device.read().used == 0.0


def test_another_set_of_cpus_starts_anew(device: Fake) -> None:
    device.clock.now += 0.5
    device.busy_s = [0.5, 0.5, 0.0, 0.0]
    device.allowed = {1}
    assert device.read() == Load(cpus=1)


def test_where_proc_is_hidden_our_own_waiting_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Android."""
    monkeypatch.setattr(module.sys, "platform", "android")
    device = Fake(tmp_path, monkeypatch)
    device.hidden = True
    device.read()
    device.clock.now += 0.5
    device.waited_s = 0.35
    load = device.read(instant=True)
    assert (load.used, load.runnable, load.others) == (None, None, pytest.approx(0.7))


def test_where_everything_is_hidden_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.sys, "platform", "other")
    meter = LoadMeter(tmp_path)
    assert meter.read(instant=True).others is None
    assert waited_s(tmp_path) is None


def test_macos_asks_psutil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    clock = HandSetClock(0.0)
    monkeypatch.setattr(module.sys, "platform", "darwin")
    monkeypatch.setattr(module.time, "process_time", lambda: 0.0)
    times = SimpleNamespace(user=5.0, nice=0.0, system=1.0, idle=9.0)
    # The real one, imported now, would believe the platform and look for what only macOS has.
    monkeypatch.setitem(module.sys.modules, "psutil", SimpleNamespace(cpu_times=lambda: times))
    meter = LoadMeter(tmp_path, clock)
    clock.now += 1.0
    times.user += 0.5
    assert meter.read().used == pytest.approx(0.5)


@given(
    st.builds(
        Load,
        cpus=st.integers(1, 64),
        used=st.none() | st.floats(0, 64),
        waited=st.none() | st.floats(0, 1e6),
        runnable=st.none() | st.integers(0, 10**6),
    )
)
def test_others_never_want_more_than_there_is(load: Load) -> None:
    assert load.others is None or 0 <= load.others <= load.cpus
