from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pump_notes import runtimes
from talks import HELD, NOTES, TALKS, Turn

from sanderling.bench_device.workloads import load
from sanderling.errors import UsageError
from sanderling.filter import Filter
from sanderling.memory import Memory
from sanderling.models import registry
from sanderling.models.embedder import open_embedder
from sanderling.request.history import History
from sanderling.request.request import Request
from sanderling.stages.find_notes import find_notes, require_notes
from sanderling.stages.prompt import blocks

RASKS = {
    "rask.md": "# Ingrid Rask\n\nIngrid Rask was born in 1971 in Alta. She repairs the boiler. Her brother is Odd.",
    "odd.md": "# Odd Rask\n\nOdd Rask was born in 1968 and flies the helicopter.",
}
RASK_TALKS = (
    (
        Turn("Who is Ingrid's brother?", "Odd Rask", ""),
        Turn("And where was she born?", "Alta", ""),
        Turn("What does he fly?", "a helicopter", "odd.md"),
    ),
    (
        Turn("Who repairs the boiler?", "Ingrid Rask", ""),
        Turn("Is that the same person as the pilot?", "no", "odd.md"),
    ),
)


@contextmanager
def station_and(folder: Path, notes: dict[str, str]) -> Iterator[Memory]:
    """Open a memory of ``notes`` and the station's, made by the real embedder."""
    (folder / "notes").mkdir()
    for name, text in notes.items():
        (folder / "notes" / name).write_text(text)
    if registry.installed("minilm-l6-v2-int8") is None:
        pytest.skip("the embedder is not here: run  make models")
    with Memory.open(folder / "m.sanderling", open_embedder("minilm-l6-v2-int8", n_threads=1)) as memory:
        memory.ingest([folder / "notes", load("station").notes])
        yield memory


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    with station_and(tmp_path_factory.mktemp("village"), NOTES) as memory:
        yield memory


def follow(memory: Memory, talk: tuple[Turn, ...]) -> list[int]:
    """Ask one turn after another; return the rank of each one's note, 0 where none is wanted."""
    history, ranks = History(), []
    for turn in talk:
        found, nodes = find_notes(memory, memory.embedder, Request(turn.question, history=history))
        names = [node.uri.rsplit("/", 1)[-1] for node in nodes.values()]
        ranks.append(0 if not turn.wanted else names.index(turn.wanted) + 1 if turn.wanted in names else len(names) + 1)
        shown, _ = blocks(turn.question, found.attended, nodes, 384, lambda texts: [len(text) // 4 for text in texts])
        history.remember(turn.question, turn.answer, [nodes[block.key].title for block in shown])
    return ranks


def test_notes_are_found_heaviest_first_and_both_steps_are_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runtimes(tmp_path, monkeypatch) as opens:
        memory = opens().memory
        request = Request("Who repairs the feed pump?")
        found, nodes = find_notes(memory, memory.embedder, request)
        assert list(nodes) == found.attended.keys.tolist()
        assert nodes[int(found.attended.keys[0])].title == "Pump"
        times = request.watch.timings(0.0)
        assert times.embed > 0 and times.retrieval > 0 and request.warnings == []


def test_a_follow_up_is_searched_by_itself_and_after_what_was_said_in_one_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runtimes(tmp_path, monkeypatch) as opens:
        memory = opens().memory
        calls: list[list[str]] = []
        plain = memory.embedder.embed

        def embed(texts: list[str], on_truncated: object = None) -> object:
            calls.append(list(texts))
            return plain(texts, on_truncated)

        monkeypatch.setattr(memory.embedder, "embed", embed)
        find_notes(memory, memory.embedder, Request("What is for supper?"))
        history = History()
        history.remember("Who repairs the feed pump?", "Ada Lind", [])
        _, nodes = find_notes(memory, memory.embedder, Request("Where does she come from?", history=history))
        assert next(iter(nodes.values())).title == "Ada Lind"
        _, nodes = find_notes(memory, memory.embedder, Request("Which soup does the kitchen serve?", history=history))
        assert "soup" in next(iter(nodes.values())).text
        # A lone question is embedded alone, a later one with what was said before, and both at once.
        assert calls == [
            ["What is for supper?"],
            ["Ada Lind Where does she come from?", "Where does she come from?"],
            ["Ada Lind Which soup does the kitchen serve?", "Which soup does the kitchen serve?"],
        ]


@pytest.mark.model
@pytest.mark.parametrize(("talks", "first", "least"), [(TALKS, 40, 47), (HELD, 16, 26)])
def test_follow_ups_find_their_notes_beside_those_of_a_station(
    village: Memory, talks: tuple[tuple[Turn, ...], ...], first: int, least: int
) -> None:
    """Before, with the previous question alone in front: 33 and 46 of 47, 18 and 25 of 26."""
    ranks = [rank for talk in talks for rank in follow(village, talk)[1:] if rank]
    assert sum(rank == 1 for rank in ranks) >= first
    assert sum(rank <= 5 for rank in ranks) >= least


@pytest.mark.model
def test_a_new_subject_is_found_as_if_it_were_the_first(village: Memory) -> None:
    """Before, 2 of these 6 were not among the first 5 notes."""
    asked = [
        ("What colour is the own hat of the man who fired the flares in the Bear at the Jetty?", "orange", ""),
        ("What is for supper on Friday?", "", "mess-menu.txt"),
        ("Above what wind speed may the boat not be launched?", "", "boat-launch-procedure.md"),
        ("Who is the curator of the toy museum?", "Basil Thrupp", "toy-museum.md"),
        ("What is the code word for a medical evacuation?", "Snowdrop", "medical-evacuation-procedure.md"),
        ("Which wood does the oven of the bakery burn?", "beech", "bakery.md"),
        ("What is the emergency frequency of the station?", "", "radio-schedule.txt"),
    ]
    ranks = follow(village, tuple(Turn(*each) for each in asked))
    assert all(rank <= 2 for rank in ranks if rank)


@pytest.mark.model
def test_a_person_of_two_turns_ago_and_a_comparison_are_found(tmp_path: Path) -> None:
    with station_and(tmp_path, RASKS) as memory:
        ranks = [follow(memory, talk)[-1] for talk in RASK_TALKS]
    assert all(0 < rank <= 5 for rank in ranks), ranks


def test_a_filter_that_no_note_passes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with runtimes(tmp_path, monkeypatch) as opens:
        memory = opens().memory
        found, nodes = find_notes(memory, memory.embedder, Request("pump", filter=Filter(tags=("none",))))
        assert nodes == {}
        with pytest.raises(UsageError, match="no notes match the filter"):
            require_notes(memory, found)
        require_notes(memory, find_notes(memory, memory.embedder, Request("pump"))[0])
