from __future__ import annotations

import sys
import threading
import time
from types import SimpleNamespace

import pytest

from sanderling.server import idle_tuning
from sanderling.server.idle_tuning import IdleTuning
from sanderling.tune import last

ENDS, STAYS = (sys.executable, "-c", ""), (sys.executable, "-c", "import time; time.sleep(600)")


class Asked:
    """A service of which only the time since its last request matters."""

    def __init__(self, idle_s: float) -> None:
        self.seconds, self.read = idle_s, 0
        self.runtime = SimpleNamespace(memory=SimpleNamespace(read_tuned=self._read))

    def idle_s(self) -> float:
        return self.seconds

    def _read(self) -> None:
        self.read += 1


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    for name in ("LOOK_EVERY_S", "ASKED_S"):
        monkeypatch.setattr(idle_tuning, name, 0.02)
    return tmp_path / "m.sanderling"


def test_what_was_tuned_is_read_again(memory) -> None:
    service = Asked(1e6)
    assert IdleTuning(service, memory, ENDS).tune()
    assert service.read == 1
    assert last.age_s(memory) < 60


def test_a_request_ends_the_tuning(memory) -> None:
    service = Asked(1e6)
    threading.Timer(0.2, lambda: setattr(service, "seconds", 0.0)).start()
    began = time.monotonic()
    assert not IdleTuning(service, memory, STAYS).tune()
    assert time.monotonic() - began < 60
    assert (service.read, last.age_s(memory)) == (0, float("inf"))


def test_the_end_of_the_service_ends_the_tuning(memory) -> None:
    idle = IdleTuning(Asked(1e6), memory, STAYS)
    threading.Timer(0.2, idle.stop.set).start()
    assert not idle.tune()


@pytest.mark.parametrize(
    ("idle_s", "tuned_before", "runs"), [(1e6, False, True), (10.0, False, False), (1e6, True, False)]
)
def test_it_begins_after_a_quiet_time_and_once_a_day(memory, idle_s: float, tuned_before: bool, runs: bool) -> None:
    if tuned_before:
        last.note(memory)
    service = Asked(idle_s)
    idle = IdleTuning(service, memory, ENDS)
    thread = threading.Thread(target=idle.run)
    thread.start()
    until = time.monotonic() + (30.0 if runs else 0.3)
    while time.monotonic() < until and not service.read:
        time.sleep(0.02)
    idle.stop.set()
    thread.join()
    assert bool(service.read) == runs


def test_a_command_that_cannot_be_run_is_a_warning(memory, caplog) -> None:
    assert not IdleTuning(Asked(1e6), memory, ("/nonexistent/python",)).tune()
    assert "nothing was tuned" in caplog.text
