"""Kills a memory's processes at random points and looks at what is left: ``torture_driver.py FOLDER SEED RUNS``.

One process that never has a second thread imports everything once; each victim is a fork of it, and every database is
closed before the next fork. The seed chooses when a victim dies: before an SQL statement (those of triggers count),
before a file is opened, renamed, linked or removed, or after a time, which also falls into native code.
A victim says on a pipe what is finished, as a user would read it on the terminal: that must then be there.

Prints one line for each failure, with the seed of its chain of runs, and a summary at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import signal
import sqlite3
import sys
import threading
import time
import traceback
from pathlib import Path

import semantic_text_splitter  # noqa: F401  imported before the forks, not in each of them
from damage import DAMAGES
from damage import damage as harm
from hash_embedder import HashEmbedder

from sanderling.errors import MemoryFileError
from sanderling.memory import Memory, Note
from sanderling.memory import index as sync
from sanderling.memory.upkeep.compaction import compact
from sanderling.memory.upkeep.repair import repair
from sanderling.memory.upkeep.verification import verify
from sanderling.records import SearchParams

DOCUMENTS = 14
RUNS_OF_A_CHAIN = 10
OPERATIONS = ("ingest", "prune", "write_back", "compact", *(f"repair {damage}" for damage in DAMAGES))
WEIGHTS = (8, 4, 4, 4, 1, 1, 1, 1, 1, 5)
FILE_EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.truncate"}
EMBEDDER = HashEmbedder(dim=16, max_tokens=40, name="hash-16")


def text(i: int, version: int) -> str:
    return f"# Great Note {i}\n\nOf version {version}, see the Great Note {(i * 7 + 1) % DOCUMENTS}.\n\n" + (
        f"word{i % 5} of version {version}. " * 25
    )


class Chain:
    """One memory, killed again and again."""

    def __init__(self, folder: Path, seed: int, longest: dict[str, dict[str, float]]) -> None:
        self.random = random.Random(seed)
        self.root = folder / "notes"
        self.root.mkdir(parents=True)
        self.path = folder / "m.sanderling"
        # Of each operation, its statements, files and seconds.
        self.longest = longest
        self.version = 0
        # What each document may be: content hashes, and None where it may not be there.
        self.may_be: dict[str, set[str | None]] = {}
        self.notes: dict[int, str] = {}
        # The first operation of every other chain makes the memory.
        self.made = self.random.random() < 0.5
        if self.made:
            Memory.open(self.path, EMBEDDER).close()

    def run(self, operation: str = "") -> str:
        """Run one operation to its end, or one the seed chooses and kill it; returns what became of it."""
        kill, operation = not operation, operation or self.random.choices(OPERATIONS, WEIGHTS)[0]
        if not self.made:
            operation = "ingest"
        name, _, damage = operation.partition(" ")
        # What was damaged, for a repair.
        about = (damage,) if damage else ()
        getattr(self, f"prepare_{name}", lambda: None)(*about)
        ending = {}
        if kill:
            measure, longest = self.random.choice(list(self.longest[operation].items()))
            # Not every run is as long as the longest, nor is a busy machine always as fast.
            ending = {measure: self.random.uniform(0, 1.1) * longest}
        killed, said = self.fork(getattr(self, name), ending)
        measured = {}
        for line in said:
            if line.startswith("error "):
                raise AssertionError(line)
            if line.startswith("measured "):
                measured = json.loads(line.removeprefix("measured "))
        if not kill:
            known = self.longest.setdefault(operation, measured)
            self.longest[operation] = {measure: max(known[measure], measured[measure]) for measure in known}
        getattr(self, f"expect_{name}")(said, *about)
        self.check()
        return f"{name} {'killed' if killed else 'finished'}"

    def fork(self, operation, ending: dict[str, float]) -> tuple[bool, list[str]]:
        """Run ``operation`` in a process of its own; returns whether it was killed, and the lines it said."""
        assert threading.active_count() == 1
        reading, writing = os.pipe()
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            os.close(reading)
            # Whatever happens in the child, it must not come back into the loop of its parent.
            try:
                counted = count_steps(ending)
                operation(lambda line: os.write(writing, f"{line}\n".encode()))
                counted["seconds"] = time.monotonic() - started
                os.write(writing, f"measured {json.dumps(counted)}\n".encode())
            except BaseException:
                os.write(writing, f"error {traceback.format_exc()!r}\n".encode())
            finally:
                os._exit(0)
        os.close(writing)
        if "seconds" in ending:
            time.sleep(ending["seconds"])
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reading) as pipe:
            lines = pipe.read().split("\n")[:-1]
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status), lines

    # Each operation has what is done before the fork, what the victim does, and what must hold afterwards.

    def prepare_ingest(self) -> None:
        self.version += 1
        for i in self.random.sample(range(DOCUMENTS), self.random.randint(1, DOCUMENTS // 2)):
            (self.root / f"{i:02}.md").write_text(text(i, self.version))

    def ingest(self, say) -> None:
        # So that snapshots are written in the middle of it.
        sync.SAVE_EVERY_NODES = 5
        with Memory.open(self.path, EMBEDDER) as memory:
            memory.ingest([self.root], on_progress=lambda progress: say(f"in {progress.uri}"))
        say("done")

    def expect_ingest(self, said: list[str]) -> None:
        for file in self.root.iterdir():
            uri, now = str(file), hashlib.sha256(file.read_bytes()).hexdigest()
            if f"in {uri}" in said or "done" in said:
                self.may_be[uri] = {now}
            else:
                self.may_be.setdefault(uri, {None}).add(now)

    def prepare_prune(self) -> None:
        files = sorted(self.root.iterdir())
        for file in self.random.sample(files, len(files) // 3):
            file.unlink()

    def prune(self, say) -> None:
        with Memory.open(self.path, EMBEDDER) as memory:
            told = {"on_progress": lambda progress: say(f"in {progress.uri}"), "confirm": lambda _: True}
            memory.ingest([self.root], prune=True, **told)  # after killed ones, most of the folder may be gone
            say("pruned")
        say("done")

    def expect_prune(self, said: list[str]) -> None:
        self.expect_ingest(said)
        for uri in self.may_be:
            if not Path(uri).exists():
                self.may_be[uri] = {None} if "pruned" in said else self.may_be[uri] | {None}

    def write_back(self, say) -> None:
        with Memory.open(self.path, EMBEDDER) as memory:
            for i in range(6):
                text = f"answer {i} of {os.getpid()}"
                (node,) = memory.write_back([Note(text=text, edges=((1, "cites", 1.0), (2, "agent_step", 0.5)))])
                say(f"note {node.key} {text}")

    def expect_write_back(self, said: list[str]) -> None:
        for line in said:
            if line.startswith("note "):
                _, key, text = line.split(" ", 2)
                self.notes[int(key)] = text

    def compact(self, say) -> None:
        compact(self.path)

    def expect_compact(self, said: list[str]) -> None:
        pass

    def prepare_repair(self, damage: str) -> None:
        harm(self.path, damage, self.random)
        self.damaged = self.path.read_bytes()
        self.problems = problems(self.path)

    def repair(self, say) -> None:
        try:
            repair(self.path)
        except MemoryFileError as error:
            say(f"refused {error}")
        else:
            say("repaired")

    def expect_repair(self, said: list[str], damage: str) -> None:
        if "repaired" not in said:
            assert problems(self.path) in (self.problems, ()), "neither as it was nor mended"
            try:
                done = repair(self.path)
                assert (done.left.store, done.left.index) == ((), ()), done
            except MemoryFileError as error:
                # The one page that names the embedder, or one of the tables' definitions.
                assert damage == "page", error
                assert self.path.read_bytes()[4096:] == self.damaged[4096:], "a refused repair altered the memory"
                raise Restart from error
        if damage == "page":
            kept = list(self.path.parent.glob("m.sanderling.damaged-*"))
            # The page may have been one of nothing.
            same = any(file.read_bytes()[4096:] == self.damaged[4096:] for file in kept)
            assert same or self.path.read_bytes()[4096:] == self.damaged[4096:], "the damaged file was not kept"
        if damage in ("vector", "page"):
            # What was lost is known to nobody but the memory: it is sound, and an ingest brings the files back.
            self.may_be = {uri: states | {None} for uri, states in self.may_be.items()}
            self.notes = {}

    def check(self) -> None:
        if not self.made:
            # Killed before it was there, or when it was: either way it can be opened as any other.
            Memory.open(self.path, EMBEDDER).close()
            self.made = True
        found = verify(self.path)
        assert (found.store, found.index) == ((), ()), found
        # Without an index only where the first snapshot was not written yet, or a repair was about to.
        with Memory.open(self.path, EMBEDDER) as memory:
            assert memory.store.integrity() == ()
            assert not [each for each in memory.warnings if "missing" not in each], memory.warnings
            stats = memory.stats()
            assert (len(memory), memory.index.edge_count) == (stats.nodes, stats.edges)
            there = {document.uri: document for document in memory.store.documents()}
            assert there.keys() <= self.may_be.keys()
            for uri, states in self.may_be.items():
                document = there.get(uri)
                now = document.content_hash.partition("+")[0] if document else None
                assert now in states, f"{uri} is {now}, may be {states}"
                self.may_be[uri] = {now}
                if document:
                    nodes = memory.nodes(memory.store.document_nodes(document.key))
                    assert [node.position for node in nodes] == list(range(document.node_count)) != []
                    whole = " ".join(node.text for node in nodes)
                    assert len(set(re.findall(r"version (\d+)", whole))) == 1
            for key, written in self.notes.items():
                (node,) = memory.nodes([key])
                assert node.text == written
                hit = memory.search(EMBEDDER.embed([written])[0], SearchParams(k=1))
                assert hit.distances[0] < 1e-3


class Restart(Exception):
    """The memory of this chain is past repair, as it should be: begin with another one."""


def problems(path: Path) -> tuple[str, ...]:
    try:
        return verify(path).store
    except MemoryFileError as error:
        return (str(error),)


def count_steps(ending: dict[str, float]) -> dict[str, float]:
    """Count the statements and files of this process from now on; it kills itself before the one that is its end."""
    count: dict[str, float] = {"statements": 0, "files": 0}
    last = {measure: int(ending.get(measure, -1)) for measure in count}

    def step(measure: str) -> None:
        if count[measure] == last[measure]:
            os.kill(os.getpid(), signal.SIGKILL)
        count[measure] += 1

    connect = sqlite3.connect

    def traced(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.set_trace_callback(lambda _: step("statements"))
        return connection

    sqlite3.connect = traced
    sys.addaudithook(lambda event, _: step("files") if event in FILE_EVENTS else None)
    return count


def main(folder: Path, seed: int, runs: int) -> int:
    longest: dict[str, dict[str, float]] = {}
    # How long things take, on a chain that nobody kills; always the same one, so that a seed means the same runs again.
    calm = Chain(folder / "calm", 0, longest)
    calm.made = True
    # Some pages hold nothing, or what nothing can be repaired without: the longest repair is one of several.
    for number, operation in enumerate(("ingest", *OPERATIONS, *["repair page"] * 4)):
        try:
            calm.run(operation)
        except Restart:
            calm = Chain(folder / f"calm {number}", number, longest)
            calm.made = True
            calm.run("ingest")
    outcomes: dict[str, int] = {}
    failures = done = 0
    while done < runs:
        chain = Chain(folder / str(seed), seed, longest)
        for number in range(min(RUNS_OF_A_CHAIN, runs - done)):
            done += 1
            try:
                outcome = chain.run()
            except Restart:
                outcome = "repair refused"
            except Exception:
                failures += 1
                print(f"seed {seed}, run {number}: {traceback.format_exc()}", flush=True)
                outcome = "failed"
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            if outcome in ("failed", "repair refused"):
                break
        seed += 1
    print(json.dumps({"runs": done, "failures": failures, **dict(sorted(outcomes.items()))}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
