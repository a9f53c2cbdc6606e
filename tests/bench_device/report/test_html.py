"""The page as a phone shows it: in a real browser, narrow and wide, light and dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from bench_runs import request, row, run
from chromium import Chromium, found

from sanderling.bench_device.matrix.matrix import LeftOut
from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.report.html import html
from sanderling.bench_device.report.run import Run
from sanderling.bench_device.sensors.verdict import Finding, Verdict

HOSTILE = "<script>document.title='taken'</script><img src='https://host.example/x'/>\" & \x07"
LONG = "a-model-with-a-name-as-long-as-some-people-like-them-2.6b-instruct Q4_K_M (synthetic weights)"


def hostile_run() -> Run:
    """A run with everything that the page can show, and names that want to be markup or to widen the page."""
    busy = Verdict(findings=(Finding(fault="BUSY", evidence=HOSTILE),), unseen=("temperature",))
    writing = Shape(n_gen=128)
    return run(
        machine={
            "cpu": HOSTILE,
            "cores": [{"kind": "big", "count": 4, "max_mhz": 2400, "name": "Cortex-A76"}],
            "isa": ["neon", "dotprod"],
            "ram_total_bytes": 8 << 30,
            "governor": None,
            "one_long_word": "x" * 300,
        },
        rows=(
            row(verdict=busy),
            row((60.0, 61.0), n_threads=1),
            row((20.0, 20.1), shape=writing, label=LONG, synthetic=True),
            row((40.0, 40.1), shape=writing, label=LONG, synthetic=True, n_threads=4),
            row((9.0, 9.1), shape=writing, label=HOSTILE),
        ),
        requests=(*(request(900.0 + i, i, text=HOSTILE) for i in range(20)), request(1900.0, scenario="heavy")),
        shortened=(HOSTILE,),
        left_out=(LeftOut(what=HOSTILE, why=LONG),),
        seconds=3725.0,
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """Where no browser is, nothing is proved: in CI that is a failure."""
    if found() is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)("Chromium is not here: run  make chromium")
    with Chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html(hostile_run()), encoding="utf-8")
    return path


# Of every text that is shown: its words, the size of its letters, whether it is in a chart, and its contrast with what
# lies behind it as WCAG 2.2 defines it (success criterion 1.4.3).
TEXTS = """
(() => {
  document.querySelectorAll('details').forEach(each => each.open = true);
  const rgba = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
  };
  const texts = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    const style = getComputedStyle(parent);
    const pair = [light(rgba(style.color)), light(behind(parent))].sort((a, b) => b - a);
    texts.push({words: walker.currentNode.data.slice(0, 40), size: parseFloat(style.fontSize),
      chart: !!parent.closest('.chart'), contrast: (pair[0] + .05) / (pair[1] + .05)});
  }
  return texts;
})()
"""
BOXES = """
[...document.querySelectorAll('.chart *, .label, .verdict, h1, h2, p, li')]
  .filter(each => each.closest('.scroll') === null)
  .map(each => each.getBoundingClientRect()).filter(box => box.left < -1 || box.right > innerWidth + 1).length
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("width", "height", "phone"), [(360, 740, True), (1280, 900, False)], ids=["phone", "desktop"])
def test_the_page_on_a_screen(browser: Chromium, page: Path, width: int, height: int, phone: bool, dark: bool) -> None:
    browser.requests.clear()
    browser.open(page, width, height, dark=dark, phone=phone)
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate("document.scrollingElement.scrollWidth") <= width
    assert browser.evaluate(BOXES) == 0
    texts: list[dict[str, Any]] = browser.evaluate(TEXTS)
    assert len(texts) > 150
    assert min(text["size"] for text in texts) >= 11
    plotted = [text for text in texts if text["chart"]]
    # No chart is scaled: its letters have the same sizes on every screen.
    assert {text["size"] for text in plotted} == {13, 14, 16}
    assert [text for text in texts if text["contrast"] < 4.5] == []
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(20, 23, 27)" if dark else "rgb(255, 255, 255)"
    )
    assert browser.requests == [page.as_uri()]
    assert browser.evaluate("performance.getEntriesByType('resource').length") == 0
    assert browser.evaluate("document.title") == "Sanderling benchmark"


def test_wide_tables_scroll_inside_themselves(browser: Chromium, page: Path) -> None:
    browser.open(page, 360, 740, dark=False, phone=True)
    wide = "[...document.querySelectorAll('.scroll')].filter(each => each.scrollWidth > each.clientWidth).length"
    assert browser.evaluate(wide) >= 2
    scroll = (
        "(() => { const box = document.querySelector('.scroll'); box.scrollLeft = 200;"
        " return [box.scrollLeft, document.scrollingElement.scrollLeft] })()"
    )
    assert browser.evaluate(scroll) == [200, 0]


def test_the_verdict_and_what_to_do_come_first() -> None:
    tree = ElementTree.fromstring(html(hostile_run()))
    headings = [element.text for element in tree.iter() if element.tag in {"h1", "h2", "h3"}]
    assert headings[:3] == ["Sanderling on this device", "Verdict", "What to do about it"]
    assert headings[-2:] == ["Machine", "Settings"]
    main = tree.find("body/main")
    assert main is not None and main[-1].tag == "details"


def test_values_are_written_for_people() -> None:
    tree = ElementTree.fromstring(html(hostile_run()))
    cells = {"".join(line[0].itertext()): "".join(line[1].itertext()) for line in tree.iter("tr") if len(line) == 2}
    assert cells["RAM"] == "8.00 GiB"
    assert cells["cores"] == "4 x Cortex-A76 up to 2.4 GHz"
    assert cells["vector instructions"] == "neon, dotprod"
    assert "governor" not in cells
    assert cells["context, tokens"] == "4,096"
    assert not [cell for cell in cells.values() if cell.startswith(("{", '["', "[{"))]
    assert "23 November 2026, 12:00 UTC; the run took 1 h 2 min" in "".join(tree.itertext())


def test_hostile_words_stay_words() -> None:
    tree = ElementTree.fromstring(html(hostile_run()))
    assert {element.tag for element in tree.iter()} & {"script", "img"} == set()
    assert "document.title='taken'" in "".join(tree.itertext())
