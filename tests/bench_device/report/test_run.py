"""A run as JSON lines, as Markdown and as a page."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench_runs import request, row, run
from hypothesis import given
from hypothesis import strategies as st

from sanderling.bench_device.matrix.matrix import LeftOut
from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.report import chart
from sanderling.bench_device.report.html import html
from sanderling.bench_device.report.markdown import markdown
from sanderling.bench_device.report.run import read
from sanderling.bench_device.sensors.verdict import Finding, Verdict
from sanderling.errors import UsageError

BUSY = Verdict(findings=(Finding(fault="BUSY", evidence="others used 1.50 of 2 CPUs"),), unseen=("temperature",))
FULL = run(
    rows=(
        row(verdict=BUSY),
        row((60.0, 61.0), n_threads=1),
        row((20.0, 21.0), shape=Shape(n_gen=128), label="x <&> (synthetic weights)", synthetic=True, energy=()),
    ),
    requests=(*(request(300.0 + i, i) for i in range(120)), request(900.0, scenario="heavy", text="bell \x07 \ufffe")),
    shortened=("no sweep of threads",),
    left_out=(LeftOut(what="lfm2-2.6b Q8_0", why="OutOfMemory: needs 3 GB & more"),),
)


def test_json_lines_and_back(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(FULL.jsonl())
    assert read(path) == FULL
    kinds = [line.split('"')[3] for line in FULL.jsonl().splitlines()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"run": 1, "row": 3, "scenario": 2, "request": 121}


@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b'{"kind":"row","value":{}}\n', b"\xff", b'{"kind":"run","value":1}\n']
)
def test_what_is_no_run_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is no benchmark run"):
        read(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "absent.jsonl")


def test_a_run_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(FULL.jsonl().replace('"format":1', '"format":2', 1))
    with pytest.raises(UsageError, match="has format 2"):
        read(path)


def test_markdown_says_what_is_wrong_cut_and_missing() -> None:
    text = markdown(FULL)
    for words in (
        "profile raspberry_pi_5",
        "lfm2-350m Q4_0 pp512, 2 threads: BUSY: others used 1.50 of 2 CPUs",
        "Not told by this system, and so not judged: temperature",
        "Target met: median 360 ms",
        "To do: 1 of 5 measurements are BUSY",
        "Shortened: no sweep of threads",
        "Left out: lfm2-2.6b Q8_0: OutOfMemory",
        "x <&> (synthetic weights)",
        "n < 100",
    ):
        assert words in text
    assert re.search(r"\| simple \| 120 \| 360 \[\d+, \d+\] \| 407 \| 418 \| 100% \|", text)


def test_the_page_is_well_formed_and_needs_nothing_from_outside() -> None:
    page = html(FULL)
    tree = ElementTree.fromstring(page)
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert {"svg", "table", "pre"} <= names
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "image", "use", "foreignObject"}
    attributes = {(name, value) for element in tree.iter() for name, value in element.attrib.items()}
    assert not {name for name, _ in attributes} & {"src", "href", "srcset", "{http://www.w3.org/1999/xlink}href"}
    assert not re.search(r"url\(|@import", page)
    assert "://" not in page


def test_the_page_holds_every_sample_and_setting() -> None:
    tree = ElementTree.fromstring(html(FULL))
    pre = "".join(element.text for element in tree.iter("pre"))
    assert len(pre.splitlines()) == len(FULL.jsonl().splitlines())
    text = "".join(tree.itertext())
    for words in (
        "Test CPU",
        "abc",
        "raspberry_pi_5",
        "batch, tokens",
        "x <&> (synthetic weights)",
        "no sweep of threads",
    ):
        assert words in text
    titles = [element.text for element in tree.iter("figcaption")]
    assert titles == [
        "pp512: tokens per second, mean and standard deviation",
        "tg128: tokens per second, mean and standard deviation",
        "pp512: tokens per second by threads",
        "Where the time goes",
        "From question to answer, ms",
    ]


def test_a_run_without_scenarios_or_without_rows() -> None:
    for part in (run(requests=()), run(rows=()), run(rows=(), requests=())):
        ElementTree.fromstring(html(part))
        assert markdown(part)


@given(st.lists(st.tuples(st.text(), st.floats(0, 1e9), st.floats(0, 1e9)), max_size=5))
def test_bars_stay_inside_and_are_well_formed(rows: list[tuple[str, float, float]]) -> None:
    # What XML cannot hold is taken out by the page, before it comes here.
    drawn = [chart.Bar(re.sub("[^ -~]", "", name), value, error) for name, value, error in rows]
    tree = ElementTree.fromstring(chart.bars("t", drawn, mark=(5.0, "five")))
    for box in tree.iter("rect"):
        assert 0 <= float(box.get("width").removesuffix("%")) <= 100
    ends = [line.get(end) for line in tree.iter("line") for end in ("x1", "x2")]
    assert all(0 <= float(end.removesuffix("%")) <= 100 for end in ends)


@given(st.lists(st.tuples(st.integers(1, 64), st.floats(0.01, 1e6)), min_size=1, max_size=8))
def test_lines_stay_inside(points: list[tuple[float, float]]) -> None:
    tree = ElementTree.fromstring(chart.lines("t", "threads", [("a", points)]))
    for spot in tree.iter("circle"):
        assert 0 <= float(spot.get("cx").removesuffix("%")) <= 100
        assert 0 <= float(spot.get("cy").removesuffix("%")) <= 100
