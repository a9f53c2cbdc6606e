"""What is killed beside what. Each scenario is one run: prepare, start the processes, kill, check what is left."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil
from damage import DAMAGES
from damage import damage as harm
from kill_command import Command, Ending, after, after_progress, together, when

from sanderling.embedding.contract import Embedder
from sanderling.errors import MemoryFileError
from sanderling.memory import Memory
from sanderling.memory.upkeep.repair import repair
from sanderling.memory.upkeep.verification import verify

FILES_OF_A_FOLDER = 12
# A collection with which training installs a router in some seconds.
COLLECTED = Path(__file__).parents[2] / "bench_device" / "routing" / "open-small.jsonl.gz"
TRAIN = ("--settings", 60, "--epochs", 30, "--held-out", 0.6, "--seed", 1)


class PastRepair(Exception):
    """A page was damaged without which nothing can be read, as is said to the user: begin with another memory."""


class Memories:
    """One memory over two folders of notes, and what of them must be, may be and may not be in it."""

    def __init__(self, folder: Path, home: Path, embedder: Embedder, seed: int) -> None:
        self.random = random.Random(seed)
        self.home, self.embedder = home, embedder
        self.path = folder / "m.sanderling"
        self.folders = (folder / "first", folder / "second")
        for each in self.folders:
            each.mkdir(parents=True)
        self.version = 0
        self.may_be: dict[str, set[str | None]] = {}
        self.longest_s = 3.0
        """Of an ingest, so that kills by the clock fall into all of it."""
        # Each run's own count: what was acknowledged and looked for, and what of it was not there.
        self.checked = self.lost = self.unopenable = self.kills = 0

    # Processes.

    def ingest(self, folder: Path, *options: object, ending: Ending | None = None) -> Command:
        return Command(self.home, "ingest", folder, "-m", self.path, "--threads", 1, *options, ending=ending)

    def reader(self) -> Command:
        question = ("route", "Which note tells of the seventh harbour?", "-m", self.path, "--threads", 1)
        return Command(self.home, *question, "--model", "smollm2-135m")

    def upkeep(self, *arguments: object, ending: Ending | None = None) -> Command:
        return Command(self.home, "memory", *arguments, "-m", self.path, ending=ending)

    def some_end(self) -> Ending:
        """At a progress line or at a time, the start of the interpreter left out."""
        if self.random.random() < 0.5:
            return after_progress(self.random.randrange(FILES_OF_A_FOLDER))
        return after(self.random.uniform(0.3, 1.05) * self.longest_s)

    def ended(self, *commands: Command) -> list[int]:
        """Wait for them, and count who was killed."""
        codes = together(*commands)
        self.kills += sum(command.killed for command in commands)
        return codes

    # Notes.

    def write(self, folder: Path) -> None:
        """Write new versions of some notes, and all that are not there."""
        self.version += 1
        for number in range(FILES_OF_A_FOLDER):
            path = folder / f"{folder.name}-{number:02}.md"
            if path.exists() and self.random.random() < 0.5:
                continue
            about = f"# Harbour {folder.name} {number}\n\nOf version {self.version}, see Harbour {folder.name} 3.\n\n"
            path.write_text(about + f"The crane of harbour {number} lifts {self.version} tons a day. " * 60)

    def expect(self, folder: Path, code: int, acknowledged: list[str], *, pruned: bool = False) -> None:
        """Hold what an ingest of a folder has said: finished files are in, and after exit 0 all are."""
        for path in folder.iterdir():
            uri, now = str(path.resolve()), hashlib.sha256(path.read_bytes()).hexdigest()
            if code == 0 or path.name in acknowledged:
                self.may_be[uri] = {now}
            else:
                self.may_be.setdefault(uri, {None}).add(now)
        if pruned:
            for uri in self.may_be:
                if Path(uri).parent == folder.resolve() and not Path(uri).exists():
                    self.may_be[uri] = {None} if code == 0 else self.may_be[uri] | {None}

    def check(self) -> None:
        """Open the memory, and compare with all that was acknowledged."""
        try:
            found = verify(self.path)
            assert not found.store, found.store
            with Memory.open(self.path, self.embedder) as memory:
                there = {document.uri: document for document in memory.store.documents()}
                whole = {
                    uri: len(memory.store.document_nodes(document.key)) == document.node_count
                    for uri, document in there.items()
                }
            left = verify(self.path)
            assert not left.store + left.index, left
        except MemoryFileError:
            self.unopenable += 1
            raise
        assert there.keys() <= self.may_be.keys(), there.keys() - self.may_be.keys()
        for uri, states in self.may_be.items():
            document = there.get(uri)
            now = document.content_hash.partition("+")[0] if document else None
            if None not in states:
                self.checked += 1
                self.lost += now is None or not whole[uri]
            assert now in states, f"{uri} is {now}, may be {states}"
            self.may_be[uri] = {now}


# Scenarios. Each leaves what must hold in ``may_be``.


def one_ingest(m: Memories) -> None:
    folder = m.random.choice(m.folders)
    m.write(folder)
    running = m.ingest(folder, ending=m.some_end())
    (code,) = m.ended(running)
    m.expect(folder, code, running.finished)


def two_ingests_one_killed(m: Memories) -> None:
    for folder in m.folders:
        m.write(folder)
    victim, survivor = m.random.sample(m.folders, 2)
    a, b = m.ingest(victim, ending=m.some_end()), m.ingest(survivor)
    killed, whole = m.ended(a, b)
    assert whole == 0, b.complaints
    m.expect(victim, killed, a.finished)
    m.expect(survivor, whole, b.finished)


def two_ingests_both_killed(m: Memories) -> None:
    for folder in m.folders:
        m.write(folder)
    running = [m.ingest(folder, ending=m.some_end()) for folder in m.folders]
    for folder, code, command in zip(m.folders, m.ended(*running), running, strict=True):
        m.expect(folder, code, command.finished)


def ingest_beside_compact(m: Memories) -> None:
    folder = m.random.choice(m.folders)
    m.write(folder)
    of_ingest = m.random.random() < 0.5
    a = m.ingest(folder, ending=m.some_end() if of_ingest else None)
    b = m.upkeep("compact", ending=None if of_ingest else after(m.random.uniform(0.1, 0.6)))
    code, _ = m.ended(a, b)
    assert of_ingest or code == 0, a.complaints
    m.expect(folder, code, a.finished)


def ingest_beside_readers(m: Memories) -> None:
    folder = m.random.choice(m.folders)
    m.write(folder)
    a, *readers = m.ingest(folder, ending=m.some_end()), m.reader(), m.reader()
    code, *others = m.ended(a, *readers)
    assert others == [0, 0], [reader.complaints for reader in readers]
    m.expect(folder, code, a.finished)


def killed_while_saving(m: Memories) -> None:
    folder = m.random.choice(m.folders)
    m.write(folder)
    names = {path.name for path in m.path.parent.iterdir()}
    known = {"m.sanderling", "m.sanderling-wal", "m.sanderling-shm", "m.sanderling.idx", "m.sanderling.words", *names}
    a = m.ingest(folder, ending=when(lambda: any(p.name not in known for p in m.path.parent.iterdir())))
    (code,) = m.ended(a)
    m.expect(folder, code, a.finished)
    reader = m.reader()
    assert m.ended(reader) == [0], reader.complaints


def prune_beside_ingest(m: Memories) -> None:
    pruned, other = m.random.sample(m.folders, 2)
    m.write(other)
    m.write(pruned)
    for path in m.random.sample(sorted(pruned.iterdir()), FILES_OF_A_FOLDER // 3):
        path.unlink()
    a, b = m.ingest(pruned, "--prune", ending=m.some_end()), m.ingest(other)
    code, whole = m.ended(a, b)
    assert whole == 0, b.complaints
    m.expect(pruned, code, a.finished, pruned=True)
    m.expect(other, whole, b.finished)


def upkeep_beside_ingest(m: Memories) -> None:
    what = m.random.choice((("tidy",), ("prune", "--older-than", "0d", "--weaker-than", 0.5)))
    victim = m.upkeep(*what, ending=after(m.random.uniform(0.1, 0.5)))
    if m.random.random() < 0.5:
        m.ended(victim)
        return
    folder = m.random.choice(m.folders)
    m.write(folder)
    running = m.ingest(folder)
    _, code = m.ended(victim, running)
    assert code == 0, running.complaints
    m.expect(folder, code, running.finished)


def repair_killed(m: Memories) -> None:
    damage = m.random.choice(DAMAGES)
    harm(m.path, damage, m.random)
    victim = m.upkeep("repair", ending=after(m.random.uniform(0.1, 0.8)))
    beside = [m.reader()] if m.random.random() < 0.5 else []
    m.ended(victim, *beside)
    try:
        done = repair(m.path)
    except MemoryFileError as error:
        assert damage == "page", error
        raise PastRepair from error
    assert not done.left.store + done.left.index, done.left
    if damage in ("vector", "page"):
        # Only the memory knew them: they may be forgotten, and an ingest brings back what has a file.
        m.may_be = {uri: states | {None} for uri, states in m.may_be.items()}
        m.check()
    for folder in m.folders:
        running = m.ingest(folder)
        (code,) = m.ended(running)
        assert code == 0, running.complaints
        m.expect(folder, code, running.finished)


def router_train_killed(m: Memories) -> None:
    """The router is afterwards what it was, or the new one; and can be trained again."""
    folder = m.home / "router"
    if m.random.random() < 0.5:
        shutil.rmtree(folder, ignore_errors=True)
    known = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    new = when(lambda: folder.is_dir() and any(p.name not in {*known, "lock"} for p in folder.iterdir()))
    ending = new if m.random.random() < 0.7 else after(m.random.uniform(0.2, 3.0))
    victim = Command(m.home, "router", "train", "--rows", COLLECTED, *TRAIN, ending=ending)
    m.ended(victim)
    shown = Command(m.home, "router", "show", "--json")
    assert m.ended(shown) == [0], shown.complaints
    state = json.loads(shown.said)
    for each in (state["current"], state["previous"]):
        assert each is None or (folder / each["file"]).is_file()
    again = Command(m.home, "router", "train", "--rows", COLLECTED, *TRAIN)
    (code,) = m.ended(again)
    assert code == 0 or "not better" in again.complaints, again.complaints


def pull_killed(m: Memories) -> None:
    """No child goes on, what was begun is not taken for whole, and the next pull goes on from it."""
    home = m.path.parent / "pulled"
    id = "minilm-l6-v2-int8"
    victim = Command(home, "models", "pull", id, ending=after(m.random.uniform(0.3, 4.0)))
    m.ended(victim)
    # The kernel ends a child with its parent; a moment later it is gone from the list.
    psutil.wait_procs(_using(home), timeout=5.0)
    assert not _using(home), "a child of the killed pull goes on"
    seen = Command(home, "models", "verify", id)
    (code,) = m.ended(seen)
    assert code in ((0,) if not victim.killed else (0, 5)), seen.complaints
    if m.random.random() < 0.5:
        whole = Command(home, "models", "pull", id)
        assert m.ended(whole) == [0], whole.complaints
        seen = Command(home, "models", "verify", id)
        assert m.ended(seen) == [0], seen.complaints
        shutil.rmtree(home)


def _using(home: Path) -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if str(home) in " ".join(each.info["cmdline"] or ())]


SCENARIOS: dict[str, tuple[int, Callable[[Memories], None]]] = {
    "one ingest": (4, one_ingest),
    "two ingests at once, one killed": (4, two_ingests_one_killed),
    "two ingests at once, both killed": (5, two_ingests_both_killed),
    "ingest beside compact, either killed": (4, ingest_beside_compact),
    "ingest killed beside two readers": (4, ingest_beside_readers),
    "killed while a snapshot was written, then a reader": (3, killed_while_saving),
    "ingest --prune killed beside another ingest": (3, prune_beside_ingest),
    "tidy or prune killed, half beside an ingest": (4, upkeep_beside_ingest),
    "repair killed, half beside a reader": (4, repair_killed),
    "router train killed": (3, router_train_killed),
    "models pull killed": (2, pull_killed),
}
"""By name: how often it is drawn, and what it does."""
