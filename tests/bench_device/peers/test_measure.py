"""Peers behind lines of JSON: the whole measurement with stand-ins for the installed programs."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from sanderling.bench_device.peers import environment, measure, one_set
from sanderling.bench_device.peers.catalogue import NAMES, OURS, PEERS
from sanderling.bench_device.peers.measure import PeersOptions, drawn_first, measure_peers
from sanderling.bench_device.workloads import load
from sanderling.errors import UsageError
from sanderling.models import pick_quant, registry
from sanderling.models.registry import InstalledModel

STAND_IN = """
import sys, json
sys.path.insert(0, {folder!r})
import child

class Peer:
    def ingest(self, documents):
        open(settings["folder"] + "/kept", "w").write("x" * 1000)
        self.n = len(documents)
    def ask(self, question):
        if sys.argv[1] == "txtai" and "2" in question:
            raise ValueError("this one fails")
        yield from ("", "Ada ", "Lind" if sys.argv[1] != "txtai-graph" else "Plum")
        if sys.argv[1] == "sanderling":
            return "Ada Lind." if settings["engine"] == "auto" else "{engine}, {model}".format(**settings)
    def rank(self, question):
        return ["notes/a.md" if sys.argv[1] == "txtai" else "pump.md"]

settings = json.loads(sys.argv[2])
child.serve(Peer(), iter(sys.stdin), sys.stdout)
"""


@pytest.fixture
def workload(tmp_path: Path) -> Path:
    folder = tmp_path / "pumps"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Ada Lind.")
    (folder / "notes" / "page.html").write_text("<html><title>Stores</title><body><p>Flour.</p></body></html>")
    questions = [
        {
            "id": str(n),
            "text": f"Who repairs pump {n}?",
            "answers": ["Ada Lind"],
            "gold": ["pump.md"],
            "hops": 1 + n % 2,
        }
        for n in range(8)
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(each) + "\n" for each in questions))
    return folder


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program is a script of this interpreter, ours among them."""
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN.replace("{folder!r}", repr(str(Path(measure.__file__).parent))))
    entry = registry.get("smollm2-135m")
    model = InstalledModel(entry=entry, quant="Q8_0", path=script, bytes=1, sha256="", source="test")
    monkeypatch.setattr(pick_quant, "resolve", lambda name, detected, engine=None: model)
    monkeypatch.setattr(registry, "installed_or_instead", lambda name: model)
    monkeypatch.setattr(measure, "_CHILD", script)
    monkeypatch.setattr(environment, "interpreter", lambda peer, fresh=False: Path(sys.executable))
    monkeypatch.setattr(environment, "versions", lambda peer: {"stand-in": "1"})
    monkeypatch.setattr(environment, "installed_bytes", lambda peer: 1_000_000)
    monkeypatch.setattr(measure, "_OURS", (sys.executable, str(script), OURS))


def test_all_are_asked_and_compared(stand_ins: None, workload: Path, tmp_path: Path) -> None:
    wanted = PeersOptions(data=(str(workload),), model="small", raw=tmp_path / "rows.jsonl")
    report = measure_peers(wanted)
    whole = {each.peer: each for each in report.standings if each.hops == "all"}
    assert list(whole) == [OURS, *NAMES]
    assert {name: each.n for name, each in whole.items()} == dict.fromkeys(whole, 8)
    assert whole["langchain-chroma"].em == 1.0
    # "Ada Plum" shares one word of two with "Ada Lind".
    assert whole["txtai-graph"].f1 == pytest.approx(0.5)
    gain = whole["txtai-graph"].f1_gain
    assert gain is not None and (gain.mean, gain.low, gain.high) == (0.5, 0.5, 0.5)
    assert (whole["txtai"].failed, whole["txtai"].em, whole["txtai"].recall) == (1, 0.875, 0.0)
    assert whole[OURS].f1_gain is None
    assert whole["langchain-chroma"].recall == 1.0
    assert whole["langchain-chroma"].sooner is not None
    assert {each.hops: each.n for each in report.standings} == {"all": 8, "1": 4, "2+": 4}
    assert [cost.peer for cost in report.costs] == [OURS, *NAMES]
    assert all(cost.disk_bytes >= 1000 and cost.peak_rss_bytes > 10**6 for cost in report.costs)
    assert all(cost.cold_start_ms is not None and cost.cold_start_ms > 0 for cost in report.costs)
    shown = report.to_markdown()
    assert "| all | 8 (1 failed) | txtai |" in shown
    assert "1 answers failed and count as wrong; the first: txtai: ValueError: this one fails" in shown
    assert "| txtai-graph | F1 higher, several notes | not shown | +0.500 [+0.500, +0.500], n 4; too few" in shown


def test_the_text_is_what_a_user_is_left_with(stand_ins: None, workload: Path) -> None:
    wanted = PeersOptions(
        data=(str(workload),), model="small", peers=("txtai-graph",), engines=("auto", "llama_cpp"), limit=1
    )
    report = measure_peers(wanted)
    said = {row.peer: row.text for row in report.rows}
    assert said == {"sanderling": "Ada Lind.", "sanderling-llama_cpp": "llama_cpp, small", "txtai-graph": "Ada Plum"}
    assert [cost.peer for cost in report.costs] == list(said)


def test_all_engines_run_the_same_file(stand_ins: None, workload: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = registry.installed_or_instead("")
    assert model is not None
    others = {"llama_cpp": msgspec.structs.replace(model, path=Path("other.gguf"))}
    monkeypatch.setattr(pick_quant, "resolve", lambda name, detected, engine: others.get(engine, model))
    with pytest.raises(UsageError, match=r"engine llama_cpp would run other.gguf, not stand_in.py: give the file"):
        measure_peers(PeersOptions(data=(str(workload),), model="small", engines=("auto", "llama_cpp")))


def test_an_ended_run_goes_on(stand_ins: None, workload: Path, tmp_path: Path) -> None:
    raw = tmp_path / "rows.jsonl"
    wanted = PeersOptions(data=(str(workload),), model="small", peers=("txtai-graph",), limit=3, raw=raw)
    measure_peers(wanted)
    lines = raw.read_bytes().splitlines(keepends=True)
    assert len(lines) == 1 + 6
    raw.write_bytes(b"".join(lines[:3]) + b'{"peer": "txt')
    report = measure_peers(wanted)
    assert len(raw.read_bytes().splitlines()) == 1 + 6
    assert [each.n for each in report.standings if each.hops == "all"] == [3, 3]


def test_a_set_that_is_done_is_not_read_again(
    stand_ins: None, workload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = PeersOptions(
        data=(str(workload),), model="small", peers=("txtai-graph",), limit=2, raw=tmp_path / "rows.jsonl"
    )
    before = measure_peers(wanted)
    monkeypatch.setattr(one_set, "PeerProcess", None)
    after = measure_peers(wanted)
    assert (after.costs, after.standings) == (before.costs, before.standings)
    assert before.costs[0].peak_rss_bytes >= max(row.peak_rss_bytes for row in before.rows if row.peer == OURS) > 10**6


def test_a_larger_limit_draws_what_a_smaller_one_drew(workload: Path) -> None:
    questions = load(workload).questions
    drawn = [[each.id for each in drawn_first(questions, n, seed=3)] for n in range(1, 9)]
    assert all(set(few) < set(more) for few, more in pairwise(drawn))
    assert drawn[2] == sorted(drawn[2]) != [each.id for each in questions[:3]]
    assert drawn_first(questions, None, seed=3) == questions


def test_a_peer_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match="langchain-chroma"):
        measure_peers(PeersOptions(data=("station",), model="small", peers=("llamaindex",)))


def test_every_package_is_pinned() -> None:
    for peer in PEERS:
        assert all("==" in package or "<" in package for package in peer.packages), peer.name
