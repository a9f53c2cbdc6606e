"""What a push sends, what it must not, and what a server or a client that dies in it costs."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time

from devices import SPACE, Fleet, held

from sanderling.errors import HubError, SanderlingError
from sanderling.hub import push
from sanderling.memory import Memory
from sanderling.privacy_rules import privacy_rules
from sanderling.records import NodeMetadata

CANARY = "zanzibarquokka"


def fill(memory: Memory, first: int, last: int) -> None:
    for at in range(first, last):
        memory.add(f"Note {at} is about the winch and Ada Lind.", title=f"Note {at}", uri=f"note:{at}")


def names_on(fleet: Fleet) -> set[str]:
    with fleet.owner() as owner:
        return {name for (name,) in owner.execute("SELECT name FROM sanderling.unit WHERE fingerprint <> ''")}


def test_private_notes_are_never_read(fleet):
    memory = fleet.memory("a")
    memory.add(f"{CANARY} of the doctor", uri="note:health", metadata=NodeMetadata(domain="Health"))
    memory.add(f"{CANARY} for me", uri="note:tag", metadata=NodeMetadata(tags=("Private/diary",)))
    memory.add(f"{CANARY} at home", uri="/notes/diary/monday.md")
    memory.give(f"{CANARY} said", type="memory", tags=["private"], to=["note:tag"])
    memory.add("The winch is greased.", uri="note:winch")
    memory.give("Greased in spring.", type="memory", to=["note:winch"])
    memory.give("About the diary.", type="memory", to=["note:tag"])
    rules = privacy_rules(["health", "tag:private", "folder:/notes/diary"])
    done = fleet.sync("a", rules=rules)
    assert (done.pushed, done.private) == (4, 4)
    dump = fleet.server.program("pg_dump", "--inserts", fleet.database)
    assert "note:winch" in dump
    for secret in (CANARY, CANARY.encode().hex(), "note:tag", "note:health", "diary"):
        assert secret not in dump.replace("About the diary.", "").replace(b"About the diary.".hex(), "")


def test_a_note_that_became_private_is_named_and_stays_on_the_hub(fleet):
    memory = fleet.memory("a")
    memory.add("The winch is greased.", uri="note:winch", metadata=NodeMetadata(domain="deck"))
    fleet.sync("a")
    fleet.sync("b")
    done = fleet.sync("a", rules=privacy_rules(["deck"]))
    assert done.pushed == 0
    assert "became private" in done.warnings[0]
    fleet.sync("b")
    assert len(fleet.memory("b")) == 1


def test_what_was_acknowledged_survives_a_server_that_is_stopped_at_once(fleet, monkeypatch):
    monkeypatch.setattr(push, "UNITS_AT_ONCE", 5)
    memory = fleet.memory("a")
    chance = random.Random(7)
    acknowledged: set[str] = set()
    for turn in range(3):
        fill(memory, 25 * turn, 25 * turn + 25)
        ended = threading.Event()

        def crash(ended: threading.Event, wait_s: float) -> None:
            ended.wait(wait_s)
            fleet.server.crash()

        killer = threading.Thread(target=crash, args=(ended, chance.uniform(0.0, 0.2)))
        killer.start()
        try:
            for _ in range(50):
                pushed = fleet.sync("a", way="push").pushed
                if not pushed:
                    break
                acknowledged |= {document.uri for document in memory.store.documents()}
        except (SanderlingError, Exception) as error:  # a connection that dies anywhere
            assert isinstance(error, HubError) or "connection" in str(error) or "server" in str(error), error
        ended.set()
        killer.join()
        fleet.server.start()
        assert acknowledged <= names_on(fleet)
    fleet.sync("a")
    fleet.sync("b")
    assert held(fleet.memory("b")) == held(memory)
    assert len(fleet.memory("b")) == 75


CLIENT = f"""
import sys, time
from pathlib import Path
import psycopg
from hash_embedder import HashEmbedder
from sanderling.hub.sync import sync
from sanderling.hub.tables import rows
from sanderling.hub.tables.space import opened
from sanderling.hub import push
from sanderling.memory import Memory
from sanderling.privacy_rules import PrivacyRules
path, dsn, way = sys.argv[1:]
rows.AT_ONCE = 7
from sanderling.hub import pull, push
pull.UNITS_AT_ONCE = push.UNITS_AT_ONCE = 7
memory = Memory.open(Path(path), HashEmbedder())
print("open", flush=True)
with psycopg.connect(dsn, autocommit=True) as connection:
    sync(memory, opened(connection, "{SPACE}"), PrivacyRules(), way=way)
print("done", flush=True)
"""


def killed(fleet: Fleet, device: str, way: str, after_s: float) -> bool:
    """Run an exchange in a process of its own and kill it after ``after_s``; return whether it was done by then."""
    line = [sys.executable, "-c", CLIENT, str(fleet.path(device)), fleet.dsn(), way]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=env) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "open\n"
        time.sleep(after_s)
        client.kill()
        return "done" in client.stdout.read()


def test_a_client_that_is_killed_at_any_point_goes_on(fleet):
    memory = fleet.memory("a")
    fill(memory, 0, 40)
    kept = held(memory)
    fleet.memory("b")
    fleet.close("a")
    fleet.close("b")
    # From before the connection stands on, however fast the machine is.
    after_s = (0.005, 0.03, 0.1, 0.3)
    ways = 2 * [("a", "push"), ("b", "pull")]
    ended = [killed(fleet, device, way, delay_s) for (device, way), delay_s in zip(ways, after_s, strict=True)]
    assert not all(ended), "none was killed in time"
    fleet.sync("a")
    fleet.sync("b")
    assert held(fleet.memory("a")) == held(fleet.memory("b")) == kept
    assert fleet.sync("b").pulled == fleet.sync("a").pushed == 0
