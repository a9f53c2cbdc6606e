"""Devices that add, change, delete and exchange in any order end with the same notes, and lose none acknowledged."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pytest
from devices import Fleet, found, held, psycopg
from distinct_embedder import DistinctEmbedder
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from postgres import Server

from sanderling.errors import HubError
from sanderling.hub import pull, push
from sanderling.hub.sync import sync
from sanderling.hub.unit import Version
from sanderling.memory import Memory, Note
from sanderling.memory.link.link import Linker
from sanderling.memory.link.removal import remove
from sanderling.memory.upkeep.forget import forget_note
from sanderling.records import NodeMetadata

DEVICES = "abc"
WORDS = ("feed pump", "Ada Lind", "boiler room", "Sandhythe Bay", "winch", "lentil soup")
TITLES = ("Feed Pump", "Ada Lind", "Boiler", "Winch", "Soup")

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(
    lambda words: f"The {' of the '.join(words)} stands."
)
step = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(DEVICES), st.integers(0, 4), texts),
    st.tuples(st.just("delete"), st.sampled_from(DEVICES), st.integers(0, 4)),
    st.tuples(st.just("note"), st.sampled_from(DEVICES), st.integers(0, 4), texts),
    st.tuples(st.just("forget"), st.sampled_from(DEVICES), st.integers(0, 3)),
    st.tuples(st.just("sync"), st.sampled_from(DEVICES)),
    st.tuples(st.just("pull"), st.sampled_from(DEVICES)),
    st.tuples(st.just("push"), st.sampled_from(DEVICES)),
)


class Clock:
    """Every document is a second younger than the one before, so that it is known which counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.second = 0
        for module in ("sanderling.memory.store.writer", "sanderling.memory.store.exchange"):
            monkeypatch.setattr(f"{module}.now", self.now)

    def now(self) -> str:
        self.second += 1
        return (
            datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=self.second)
        ).isoformat()


def do(fleet: Fleet, kind: str, device: str, *rest) -> None:
    memory = fleet.memory(device)
    if kind == "add":
        at, text = rest
        memory.add(text, title=TITLES[at], uri=f"note:{at}", metadata=NodeMetadata(tags=("shared",)))
    elif kind == "delete":
        remove(memory.store, Linker(memory.store, memory.index), [f"note:{rest[0]}"])
        memory.index.catch_up()
    elif kind == "note":
        at, text = rest
        document = memory.store.document(f"note:{at}")
        to = [(memory.store.document_nodes(document.key)[0], "cites", 1.0)] if document else []
        memory.write_back([Note(text=text, title="said", edges=tuple(to))])
    elif kind == "forget":
        loose = [
            id for (id,) in memory.store.database.execute("SELECT id FROM node WHERE document IS NULL ORDER BY id")
        ]
        if rest[0] < len(loose):
            forget_note(memory.store, memory.index, loose[rest[0]])
    else:
        fleet.sync(device, way=kind)


def settle(fleet: Fleet) -> None:
    """Exchange until nobody has anything to say, which must be soon."""
    for _ in range(6):
        last = [fleet.sync(device) for device in DEVICES]
        if not any(done.pulled or done.removed or done.pushed for done in last):
            return
    pytest.fail(f"devices that only exchange did not come to an end: {last}")


def as_one(fleet: Fleet) -> None:
    """Compare with a memory into which all documents were ingested by itself."""
    first = fleet.memory(DEVICES[0])
    with Memory.open(fleet.path("one"), fleet.embedder) as one:
        for document in sorted(first.store.documents(), key=lambda each: each.uri):
            (node,) = first.store.nodes(first.store.document_nodes(document.key))
            one.add(node.text, title=document.title, uri=document.uri, metadata=NodeMetadata(tags=("shared",)))
        drawn = [edge for edge in held(first)["edges"] if edge[0].startswith("note:") and edge[1].startswith("note:")]
        assert drawn == list(held(one)["edges"])


def generated(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )


def words_of(question: str, notes: Sequence[tuple[str, int, str]]) -> list[set[str]]:
    """The words of a question that each of ``notes`` has in its title or text."""
    titles = {f"note:{at}": title for at, title in enumerate(TITLES)}
    said = [f"{titles.get(uri, '')} {text}".lower().replace(".", "").split() for uri, _, text in notes]
    return [{word for word in question.lower().split() if word in words} for words in said]


def converged(fleet: Fleet) -> None:
    """Exchange until all is said, and compare the devices with each other and with one memory."""
    settle(fleet)
    first, *others = (fleet.memory(device) for device in DEVICES)
    for other in others:
        assert held(other) == held(first)
        for question in WORDS:
            # Of notes with the same words of a question, the order among them is that of their ingest: see docs/hub.md.
            ours, theirs = found(first, question), found(other, question)
            assert words_of(question, ours[:1]) == words_of(question, theirs[:1])
            assert sorted(ours) == sorted(theirs)
    as_one(fleet)


@pytest.mark.timeout(600)
@generated(12)
@given(steps=st.lists(step, min_size=3, max_size=14))
def test_devices_converge_and_search_as_one_memory(server, tmp_path_factory, steps):
    with (
        pytest.MonkeyPatch.context() as patch,
        Fleet(server, tmp_path_factory.mktemp("fleet"), DistinctEmbedder()) as fleet,
    ):
        Clock(patch)
        for each in steps:
            do(fleet, *each)
        converged(fleet)


def dying(server: Server, of: str, at: int, *, heard: bool) -> type[psycopg.Connection]:
    """Return connections whose server is killed in the request of number ``at``, from 0, or the end of a transaction.

    ``of``: ``request`` or ``end``, what is counted. ``heard``: the server has done what it was asked for, such as a
    commit, and its answer is lost; else the request is.
    """
    left = [at]

    class Dying(psycopg.Connection):
        def wait(self, gen, *args, **kwargs):
            if of == "end" and gen.__name__ != "_exit_gen":
                return super().wait(gen, *args, **kwargs)
            left[0] -= 1
            if left[0] != -1:
                return super().wait(gen, *args, **kwargs)
            if heard:
                super().wait(gen, *args, **kwargs)
            server.kill()
            if heard:
                raise psycopg.OperationalError("the answer was lost")
            return super().wait(gen, *args, **kwargs)

    return Dying


def versions(fleet: Fleet) -> dict[tuple[str, str], Version]:
    """What the hub has, deletions included."""
    with fleet.owner() as owner:
        rows = owner.execute("SELECT kind, name, time, origin::text, fingerprint FROM sanderling.unit")
        return {(kind, name): Version(*version) for kind, name, *version in rows}


def kept(acknowledged: dict[tuple[str, str], Version], now: dict[tuple[str, str], Version]) -> bool:
    """Whether each version that the hub acknowledged is there, or one that counts more."""
    return all(
        unit in now and (now[unit] == version or now[unit].beats(version)) for unit, version in acknowledged.items()
    )


kill = st.tuples(
    st.just("kill"),
    st.sampled_from(DEVICES),
    st.sampled_from(("sync", "push", "pull")),
    st.one_of(st.tuples(st.just("end"), st.integers(0, 4)), st.tuples(st.just("request"), st.integers(0, 40))),
    st.booleans(),
)


# A cursor whose server is gone cannot be closed, which psycopg says when it is collected.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function ServerCursor:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.timeout(600)
@generated(6)
@given(steps=st.lists(st.one_of(step, kill), min_size=4, max_size=12), last=kill)
@example(
    steps=[("add", "a", at, "The winch stands.") for at in range(5)], last=("kill", "a", "sync", ("end", 1), False)
)
@example(steps=[("add", "a", at, "The winch stands.") for at in range(5)], last=("kill", "a", "sync", ("end", 1), True))
def test_devices_converge_with_a_server_that_is_killed_in_the_middle(server, tmp_path_factory, steps, last):
    with (
        pytest.MonkeyPatch.context() as patch,
        Fleet(server, tmp_path_factory.mktemp("fleet"), DistinctEmbedder()) as fleet,
    ):
        Clock(patch)
        for module in (pull, push):
            patch.setattr(module, "UNITS_AT_ONCE", 2)  # several transactions to an exchange
        acknowledged: dict[tuple[str, str], Version] = {}
        for each in (*steps, last):
            if each[0] != "kill":
                do(fleet, *each)
                if each[0] in ("push", "sync"):
                    acknowledged = versions(fleet)
                continue
            _, device, way, (of, at), heard = each
            try:
                with fleet.space(kind=dying(server, of, at, heard=heard)) as space:
                    sync(fleet.memory(device), space, fleet.rules, way=way)
                    acknowledged = versions(fleet)
            except HubError:
                pass  # what was killed in time says so
            else:
                server.kill()
            finally:
                server.start()
            now = versions(fleet)
            assert kept(acknowledged, now)
            acknowledged = now
        converged(fleet)
        assert kept(acknowledged, versions(fleet))
