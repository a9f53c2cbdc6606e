"""Measures how soon ``sanderling watch`` finds saved files, and whether its RAM grows.

The command runs in a process of its own, with the real embedder, over a folder of notes. Files are saved at an even
pace, half of them through a second file and a rename, as many editors do; each save has a word of its own, which is
searched for in the memory until it is found.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from ...child_process import environment
from ...device.machine import machine_block
from ...errors import SanderlingError
from ...memory.store.store import Store
from ...records import Record
from ..interruptible import Interruptible
from ..metrics.percentiles import Percentiles, percentiles

FILES = 40
"""Files that are saved in turn."""
START_S, FOUND_S = 600.0, 60.0
"""Longest waits for the first ingest, and for what was saved."""
LOOK_S = 0.02


class Watched(Record):
    """Results of one run: how soon the saves were found, and the RAM of the watching process."""

    machine: dict[str, object]
    notes: int
    """Notes in the folder before the first save."""
    saves: int
    """Saves that were made, and found."""
    seconds: float
    """Time from the first save to the last."""
    found_after_s: float
    """Time from the last save until all were found."""
    delay_ms: Percentiles
    """Time from each save until it was found."""
    rss_mib: tuple[float, ...]
    """Memory of the watching process: before the first save, and after each quarter of them."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results are of the saves before."""


def measure(
    saves: int, pace_s: float, notes: int, on_progress: Callable[[int, int, str], None] = lambda done, total, what: None
) -> Watched:
    """Save a file every ``pace_s`` seconds, ``saves`` times, in a watched folder of ``notes`` notes.

    Raises SanderlingError if the command ends by itself, or a save is not found within :data:`FOUND_S`.
    """
    with TemporaryDirectory() as name:
        root, path = Path(name, "notes"), Path(name, "m.sanderling")
        root.mkdir()
        for number in range(notes):
            (root / f"old{number}.md").write_text(
                f"# Note {number}\n\nThe pump {number} stands in hall {number % 9}.\n"
            )
        command = [sys.executable, "-P", "-m", "sanderling", "watch", str(root), "-m", str(path)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
        try:
            _until_watching(child)
            with contextlib.closing(Store.open_existing(path)) as store:
                return _saved(_Saving(store, root, psutil.Process(child.pid)), saves, pace_s, notes, on_progress)
        finally:
            child.terminate()  # Ctrl-C is ignored by what a shell has in the background
            child.wait()


def _until_watching(child: subprocess.Popen[bytes]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(b"watching "):
            return
    raise SanderlingError(f"sanderling watch ended with exit code {child.wait()}: run it by itself")


class _Saving:
    """Saves files, and searches the memory for each until it is found."""

    def __init__(self, store: Store, root: Path, process: psutil.Process) -> None:
        self._store, self._root, self._process = store, root, process
        self._open: dict[str, float] = {}
        self.delays_ms: list[float] = []
        self.last_found = 0.0

    def save(self, number: int) -> None:
        """Save a file with a word that no other save contains.

        The word is made from ``number``.
        """
        file, word = self._root / f"saved{number % FILES}.md", f"saved{number}word"
        text = f"# Saved {number % FILES}\n\nThis was written as {word}.\n"
        if number % 2:
            second = file.with_name(f".{file.name}.tmp")
            second.write_text(text, encoding="utf-8")
            second.replace(file)
        else:
            file.write_text(text, encoding="utf-8")
        self._open[word] = time.monotonic()

    def look(self) -> bool:
        """Search for each save that is not found yet; return whether all are found now."""
        for word, saved in list(self._open.items()):
            # Words that are spelled almost alike are found as well.
            found = self._store.nodes(key for key, _ in self._store.search_text(word, limit=FILES))
            if any(word in node.text for node in found):
                self.last_found = time.monotonic()
                self.delays_ms.append((self.last_found - saved) * 1e3)
                del self._open[word]
        return not self._open

    def rss_mib(self) -> float:
        """Return the resident memory of the watching process in MiB. Raises SanderlingError if it has ended."""
        try:
            return round(float(self._process.memory_info().rss) / 2**20, 1)
        except psutil.Error as error:
            raise SanderlingError("sanderling watch ended: run it by itself") from error


def _saved(
    saving: _Saving, saves: int, pace_s: float, notes: int, on_progress: Callable[[int, int, str], None]
) -> Watched:
    rss = [saving.rss_mib()]
    first = last = time.monotonic()
    made = 0
    with Interruptible() as stop:
        for number in range(saves):
            while time.monotonic() < first + number * pace_s:
                saving.look()
                time.sleep(LOOK_S)
            saving.save(number)
            last, made = time.monotonic(), number + 1
            on_progress(made, saves, "save")
            if made % max(saves // 4, 1) == 0:
                rss.append(saving.rss_mib())
        while not saving.look():
            if time.monotonic() > last + FOUND_S:
                raise SanderlingError(f"a save was not found within {FOUND_S:g} s")
            time.sleep(LOOK_S)
    stop.require(saving.delays_ms)
    return Watched(
        machine=machine_block(),
        notes=notes,
        saves=len(saving.delays_ms),
        seconds=round(last - first, 2),
        found_after_s=round(max(saving.last_found - last, 0.0), 2),
        delay_ms=percentiles(saving.delays_ms),
        rss_mib=tuple(rss),
        interrupted=stop.came,
    )
