from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from sanderling.bench_device.ann.churn import Churn
from sanderling.bench_device.ann.domains import Domains
from sanderling.bench_device.ann.filtered import Filtered
from sanderling.bench_device.ann.opening import Opening, Request, open_apart
from sanderling.bench_device.ann.own import Own
from sanderling.bench_device.ann.parallel import Parallel
from sanderling.bench_device.ann.peer import Spec
from sanderling.bench_device.ann.plot import svg
from sanderling.bench_device.ann.report import Index, Point, Report, Settings
from sanderling.errors import EngineError


def index(name: str, *points: tuple[int, float, float]) -> Index:
    return Index(
        name=name,
        version="1.2",
        exact=False,
        build_threads=1,
        build_s=(2.0, 4.0, 9.0),
        insert_ms=(1.0, 2.0, 3.0),
        call_us=5.0,
        points=tuple(Point(ef=ef, recall=recall, qps=qps, qps_samples=(qps,)) for ef, recall, qps in points),
        file_bytes=4000,
        openings=(Opening(open_ms=7.0, first_search_ms=1.0, resident_bytes=5000),),
        churn=Churn(before=0.99, after=0.97, fresh=0.98, replace_ms=0.5),
        filtered=(Filtered(share=0.5, allowed=5, recall=0.75, qps=1234.0, qps_samples=(1234.0,)),)
        if name == "ours"
        else None,
        parallel=Parallel(two_threads=(1.0, 1.9, 2.0), count_searching=0.95, count_building=0.005),
    )


REPORT = Report(
    machine={},
    load_average=(0.0, 0.0, 0.0),
    vectors="drawn <by hand>",
    how="by hand",
    n=10,
    dim=4,
    n_queries=1,
    settings=Settings(
        k=1,
        m=2,
        ef_construction=3,
        ef_search=(1, 2),
        recalls=(0.9, 0.94, 0.99),
        threads=1,
        builds=3,
        repetitions=1,
        openings=1,
        clock="wall",
        single_inserts=3,
        exact_queries=1,
        filter_shares=(0.5, 0.05),
        filter_ef=32,
        parallel_ef=16,
        parallel_build=5,
        domain_vectors=10,
        churn_vectors=10,
        churn_ef=64,
        seed=0,
    ),
    indexes=(index("ours", (1, 0.94, 400.0), (2, 0.99, 80.0)), index("hnswlib", (1, 0.90, 1000.0), (2, 0.98, 10.0))),
    own=Own(
        edges=40,
        search_us=(90.0, 100.0, 400.0),
        retrieve_us=(180.0, 190.0, 900.0),
        domain_vectors=10,
        domains=(
            Domains(kind="none", recall=0.99, qps=5000.0, within_recall=None, within_qps=None),
            Domains(kind="at random", recall=0.875, qps=4321.0, within_recall=1.0, within_qps=9876.0),
        ),
    ),
    missing={"other": "pip install other"},
)


def test_ratios_are_taken_at_equal_recall() -> None:
    lines = REPORT.to_markdown().splitlines()
    # At .94, half of the way from .90 to .98, hnswlib makes the square root of 1000 x 10: 100. It never reaches .99.
    assert "| ours | 400 (0.40x) | 400 (4.00x) | 80 |" in lines
    assert "| hnswlib | 1,000 (1.00x) | 100 (1.00x) | - |" in lines


def test_costs_are_medians_and_per_vector() -> None:
    assert "| ours | 1.2 | 4.00 (1) | 2.000 | 2.980 | 7.0 | 500 | 400 | 5.0 |" in REPORT.to_markdown().splitlines()


def test_churn_and_what_is_missing() -> None:
    lines = REPORT.to_markdown().splitlines()
    assert "| ours | 0.9900 | 0.9700 | 0.9800 | -0.0100 | 0.500 |" in lines
    assert "other is not installed: pip install other" in lines


def test_filters_and_threads() -> None:
    lines = REPORT.to_markdown().splitlines()
    assert "| ours | 0.7500, 1,234 | - |" in lines
    assert "| hnswlib | not offered | not offered |" in lines
    assert "| ours | 1.90x | 95% | 0% |" in lines


def test_the_plot_is_xml_with_a_line_per_index() -> None:
    drawn = ElementTree.fromstring(svg(REPORT))
    space = "{http://www.w3.org/2000/svg}"
    lines = [line.attrib["points"].split() for line in drawn.iter(f"{space}polyline")]
    assert [len(line) for line in lines] == [2, 2]
    x, y = ([float(pair.split(",")[axis]) for pair in lines[1]] for axis in (0, 1))
    assert x[0] < x[1] and y[0] < y[1]  # more recall to the right, fewer queries further down


def test_an_index_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    request = Request(
        peer="sanderling",
        spec=Spec(dim=4, capacity=1, m=2, ef_construction=3, threads=1, seed=0),
        index=str(tmp_path / "absent"),
        queries=str(tmp_path / "absent.npy"),
        k=1,
        ef=1,
    )
    with pytest.raises(EngineError, match=r"sanderling cannot open its own index: .*absent"):
        open_apart(request)


def test_what_is_ours_alone_is_a_ratio_and_a_table() -> None:
    text = REPORT.to_markdown()
    assert "40 edges; search, k and ef 64: 100 µs" in text and "190 µs, 1.90x" in text
    assert "| none | 0.9900 | 5,000 | - | - |" in text.splitlines()
    assert "| at random | 0.8750 | 4,321 | 1.0000 | 9,876 |" in text.splitlines()
