"""The page as a person has it before them: Chromium against a service on a port.

A scripted model answers, and with ``SANDERLING_PAGE=1`` a real one (``make test-page``). Pictures of every state are
left in the folder that ``SANDERLING_PICTURES`` names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from chromium import Chromium, found
from pump_notes import runtimes
from scripted_model import model
from served import Served, on_a_port

from sanderling import config
from sanderling.config import Config
from sanderling.models import registry
from sanderling.runtime import Runtime
from sanderling.server.settings import Settings
from sanderling.telemetry.store import TelemetryStore

REAL = os.environ.get("SANDERLING_PAGE") == "1"
KEY = "sk-sanderling-right/+ #1"
WINCH = "Who oils the winch of the crane?"
SLOW = "Tell me everything about the slow feed pump, in many words"
OILED = "The winch of the crane is oiled by <b>Ole</b>."
# Characters outside of the basic plane come before the sentence: one of them is two to JavaScript and one to us.
HOSTILE = (
    f"# Crane <img src=x onerror=alert(1)>\n\n🛠🛠🛠 is its sign. {OILED} [Rope](javascript:alert(2)) is **steel**.\n\n"
    "<script>document.title = 'taken'</script>"
)
RULES = (
    {"when": "winch", "say": OILED},
    {"when": "slow", "say": "one two three " * 60, "token_ms": 20},
)
WIDE, PHONE = (1280, 860), (360, 740)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        if REAL:
            yield from _real(folder, patch)
            return
        with runtimes(folder, patch) as opens:
            (folder / "notes" / "crane.md").write_text(HOSTILE)
            patch.setattr("sanderling.stages.quote.LEAST", 0.0)
            yield opens(model(folder, "small", 1, *RULES, say="Ada Lind"), config=Config())


def _real(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    if registry.installed_or_instead(Config().embedder) is None or registry.installed("smollm2-135m") is None:
        pytest.fail("the embedder or smollm2-135m is not here: run  make models")
    models = config.home() / "models"
    home = folder / "home"
    home.mkdir()
    (home / "models").symlink_to(models)
    patch.setenv("SANDERLING_HOME", str(home))
    (folder / "notes").mkdir()
    (folder / "notes" / "crane.md").write_text(HOSTILE)
    (folder / "notes" / "pump.md").write_text(
        "# Pump\n\nThe slow feed pump is repaired by Ada Lind, who has the tools."
    )
    with Runtime.open(folder / "m.sanderling", model="smollm2-135m", n_threads=1) as opened:
        opened.add(folder / "notes")
        yield opened


@pytest.fixture(scope="module")
def served(runtime: Runtime) -> Iterator[Served]:
    with on_a_port(runtime, Settings(keys=(KEY.encode(),))) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    if found() is None:
        (pytest.fail if REAL or "CI" in os.environ else pytest.skip)("Chromium is not here: run  make chromium")
    with Chromium() as opened:
        yield opened


class Visit:
    """The page in the browser."""

    def __init__(self, browser: Chromium, served: Served) -> None:
        self.browser, self.served = browser, served
        self.until, self.value = browser.until, browser.evaluate

    def open(self, key: str = KEY, size: tuple[int, int] = WIDE, *, dark: bool = False) -> None:
        self.browser.call("Page.navigate", url="about:blank")  # another address behind # alone would load nothing
        self.browser.requests.clear()
        self.browser.faults.clear()
        self.browser.open(f"{self.served.url}/#key={quote(key, safe='')}", *size, dark=dark, phone=size == PHONE)

    def ready(self, **options: Any) -> None:
        self.open(**options)
        self.until("!document.querySelector('#memory').hidden")

    def ask(self, question: str) -> None:
        self.value("document.querySelector('#question').focus()")
        self.browser.type(question)
        self.browser.press("Enter", 13)

    def answered(self, question: str = WINCH, count: int = 1) -> None:
        self.ask(question)
        self.until(f"!running && document.querySelectorAll('.foot').length === {count}", 120)

    def open_source(self) -> None:
        self.value("{ const first = document.querySelector('.sources button'); first.focus(); first.click(); }")
        self.until("document.querySelector('#note').open")

    def picture(self, name: str) -> None:
        if folder := os.environ.get("SANDERLING_PICTURES"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.browser.screenshot(Path(folder) / f"{name}.png", whole=False)


@pytest.fixture
def visit(chromium: Chromium, served: Served) -> Iterator[Visit]:
    yield Visit(chromium, served)
    assert [fault for fault in chromium.faults if "401" not in fault] == []
    assert [url for url in chromium.requests if not url.startswith((f"{served.url}/", "data:", "about:blank"))] == []
    assert chromium.requests.count(f"{served.url}/") <= 1


def test_an_answer_is_streamed_cited_and_heard(visit: Visit) -> None:
    visit.ready()
    visit.value(
        "window.lengths = new Set(); new MutationObserver(() => { const answer = document.querySelector('.answer');"
        "if (answer) lengths.add(answer.textContent.length); })"
        ".observe(document.querySelector('#turns'), {subtree: true, childList: true, characterData: true})"
    )
    visit.answered(SLOW if not REAL else WINCH)
    assert visit.value("lengths.size") > 3, "the answer came at once"
    visit.ready()
    visit.answered()
    assert visit.value("location.href") == f"{visit.served.url}/", "the key stays out of the address bar"
    if not REAL:
        assert visit.value("document.querySelector('.answer').firstChild.data") == OILED
        assert visit.value("document.querySelector('.cite').getAttribute('aria-label')").startswith("Source 1")
        assert OILED in visit.value("document.querySelector('#heard').textContent")
    assert "nothing left this device" in visit.value("document.querySelector('.foot').textContent")
    why = visit.value("document.querySelector('.why').textContent")
    assert "Chosen by the rule" in why
    assert "tokens" in why
    assert visit.value("document.title") == "Sanderling"
    visit.picture("answer")


def test_the_sentence_of_the_notes_stands_there_before_the_answer(visit: Visit) -> None:
    visit.ready()
    visit.value(
        "window.first = null; new MutationObserver(() => { const answer = document.querySelector('.answer');"
        "if (answer && answer.textContent && first === null) first = Boolean(document.querySelector('.quote')); })"
        ".observe(document.querySelector('#turns'), {subtree: true, childList: true, characterData: true})"
    )
    visit.answered()
    assert visit.value("first")
    assert visit.value("document.querySelectorAll('.quote').length") == 1
    assert visit.value("document.querySelector('.quote span').textContent").startswith("From your notes: ")
    assert "From your notes: " in visit.value("document.querySelector('#heard').textContent")
    assert visit.value("document.querySelector('.quote').querySelectorAll('img, script, a').length") == 0
    said = visit.value("document.querySelector('.quote q').textContent")
    assert said == OILED or REAL
    visit.picture("quote")
    visit.value("{ const quote = document.querySelector('.quote'); quote.focus(); quote.click(); }")
    visit.until("document.querySelector('#note').open")
    assert visit.value("document.querySelector('mark').textContent") == said or REAL
    visit.browser.press("Escape", 27)
    visit.until("!document.querySelector('#note').open")
    assert visit.value("document.activeElement === document.querySelector('.quote')"), "where one came from"


def test_a_stopped_answer_frees_the_model(visit: Visit) -> None:
    visit.ready()
    visit.ask(SLOW)
    visit.until("document.querySelector('.answer').textContent.length > 3", 120)
    assert visit.value("document.querySelector('#go').textContent") == "Stop"
    visit.browser.press("Escape", 27)
    visit.until("document.querySelector('.state').textContent === 'Stopped.'")
    visit.until("document.querySelector('#go').textContent === 'Ask'")
    for _ in range(200):
        if not visit.served.service.generations:
            break
        visit.value("new Promise(done => setTimeout(done, 50))")
    assert not visit.served.service.generations
    visit.answered()  # and the next one is answered
    visit.answered("And who repairs the feed pump?", 2)
    assert visit.value("document.querySelectorAll('.state.alarm').length") == 0


def test_a_source_opens_the_note_at_the_sentence(visit: Visit) -> None:
    visit.ready()
    visit.answered()
    visit.open_source()
    text = visit.value("document.querySelector('#note-text').textContent")
    assert "<script>document.title = 'taken'</script>" in text or REAL
    assert visit.value("document.querySelector('#note-text').querySelectorAll('img, script, a, b').length") == 0
    if not REAL:
        assert visit.value("document.querySelector('mark').textContent") == OILED
        assert visit.value("document.querySelector('#note-title').textContent") == "Crane"
        assert visit.value("[...document.querySelectorAll('#note-text strong')].map(e => e.textContent)")[-1] == "steel"
    assert visit.value("document.activeElement === document.querySelector('mark')")
    visit.picture("note")
    visit.browser.press("Escape", 27)
    visit.until("!document.querySelector('#note').open")
    assert visit.value("document.activeElement === document.querySelector('.sources button')"), "where one came from"


def test_a_rating_reaches_the_router(visit: Visit) -> None:
    visit.ready()
    visit.answered()
    for words, score in (("Poor answer", 1), ("Good answer", 5)):
        button = f"[...document.querySelectorAll('.foot button')].find(each => each.textContent === '{words}')"
        visit.value(f"{button}.click()")
        visit.until(f"{button}.getAttribute('aria-pressed') === 'true'")
        with TelemetryStore() as store:
            (row,) = store.tail(1)
        assert row.quality.score == score
    assert visit.value("document.querySelectorAll('.foot [aria-pressed=true]').length") == 1


def test_a_wrong_key_is_asked_for_again(visit: Visit) -> None:
    visit.open("wrong")
    visit.until("document.querySelector('#key').open")
    assert visit.value("document.querySelector('#key-wrong').textContent") == "This key is not the one of the service."
    assert visit.value("document.querySelector('#memory').hidden")
    visit.picture("key")
    for key in ("wrong again", KEY):
        visit.value("document.querySelector('#key-field').select()")
        visit.browser.type(key)
        visit.browser.press("Enter", 13)
        visit.until(f"sessionStorage.getItem('sanderling.key') === {key!r}")
    visit.until("!document.querySelector('#key').open")
    assert visit.value("JSON.stringify(localStorage)").find(KEY) < 0
    visit.answered()


def test_a_conversation_is_kept_gone_on_with_and_forgotten(visit: Visit) -> None:
    visit.ready()
    visit.answered()
    visit.until("document.querySelector('#talks [aria-current]')")
    visit.ready()  # another visit: what the page knew is gone
    visit.until("document.querySelector('#talks button')")
    visit.value("document.querySelector('#talks button').click()")
    visit.until("document.querySelectorAll('.turn').length === 1 && document.querySelector('.sources')")
    visit.open_source()
    visit.value("document.querySelector('#note-close').click()")
    visit.answered("And who repairs the feed pump?", 2)
    visit.until("document.querySelector('#talks [aria-current]').textContent.includes('2 questions')")
    kept = visit.served.service.runtime.conversations()
    assert kept[0].turns == 2
    forget = "document.querySelector('#talks li:has([aria-current]) .quiet')"
    visit.value(f"{forget}.focus(); {forget}.click()")
    assert visit.value(f"{forget}.textContent") == "Really?"
    assert len(visit.served.service.runtime.conversations()) == len(kept)
    visit.value(f"{forget}.click()")
    visit.until("document.querySelectorAll('.turn').length === 0")
    visit.until(f"document.querySelectorAll('#talks li').length === {len(kept) - 1}")
    assert kept[0].id not in {each.id for each in visit.served.service.runtime.conversations()}


def test_a_conversation_that_another_program_forgot_goes_on_unkept(visit: Visit) -> None:
    visit.ready()
    visit.answered()
    visit.until("document.querySelector('#talks [aria-current]')")
    runtime = visit.served.service.runtime
    runtime.forget_conversation(visit.value("conversation"))
    visit.ask("And who repairs the feed pump?")
    visit.until("!running && document.querySelector('.state.alarm')")
    assert visit.value("document.querySelector('#question').value") == "And who repairs the feed pump?"
    assert [fault for fault in visit.browser.faults if "404" not in fault] == []
    visit.browser.faults.clear()  # the console names the refusal, as it should
    visit.browser.press("Enter", 13)
    visit.until("!running && document.querySelectorAll('.foot').length === 2", 120)


def test_wishes_are_sent_and_remembered(visit: Visit) -> None:
    visit.ready()
    assert visit.value("document.querySelector('#privacy').checked")
    visit.value(
        "document.querySelector('#privacy').click(); const budget = document.querySelector('#budget');"
        "budget.value = '60000'; budget.dispatchEvent(new Event('change'))"
    )
    visit.value(
        "window.sent = null; const real = fetch; window.fetch = (path, options) => {"
        "if (path.endsWith('completions')) sent = JSON.parse(options.body).sanderling; return real(path, options); }"
    )
    visit.answered()
    sent = visit.value("sent")
    assert (sent["privacy"], sent["budget_ms"]) == ("any", 60000)
    visit.ready()
    assert visit.value("document.querySelector('#privacy').checked") is False
    assert visit.value("document.querySelector('#budget').value") == "60000"
    visit.value("localStorage.clear()")


def test_keys_of_the_keyboard_reach_everything_in_order(visit: Visit) -> None:
    visit.ready()
    visit.value("looking.then(() => true)")  # the question has the focus then
    assert visit.value("document.activeElement.id") == "question"
    first = "document.querySelector('a[href], button, input, select, textarea, [tabindex]')"
    assert visit.value(f"{first}.className") == "skip"
    visit.value(f"{first}.focus()")
    reached = []
    for _ in range(40):
        visit.browser.press("Tab", 9)
        reached.append(visit.value("document.activeElement.id || document.activeElement.className"))
        if reached[-1] == "model":
            break
    assert reached[0] == "begin"
    assert reached[-5:] == ["question", "go", "privacy", "budget", "model"]
    visit.value("document.querySelector('.skip').focus()")
    visit.browser.press("Enter", 13)
    visit.until("document.activeElement.id === 'question'")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_and_the_page_fits(visit: Visit, size: tuple[int, int], dark: bool) -> None:
    axe = _axe()
    name = f"{size[0]}-{'dark' if dark else 'light'}"
    visit.ready(size=size, dark=dark)
    visit.picture(f"{name}-start")
    visit.value(axe)

    def violations() -> list[str]:
        found = visit.value("axe.run().then(found => found.violations.map(each => [each.id, each.nodes[0].html]))")
        return [": ".join(each) for each in found]

    assert violations() == []
    visit.answered()
    visit.value("document.querySelector('.why').open = true")
    assert violations() == []
    assert visit.value("document.scrollingElement.scrollWidth") <= size[0]
    visit.picture(f"{name}-answer")
    visit.open_source()
    assert violations() == []
    visit.picture(f"{name}-note")
    visit.value("document.querySelector('#note').close()")
    if size == PHONE:
        visit.value("document.querySelector('#menu').click()")
        visit.until("document.querySelector('#side').getBoundingClientRect().height > 0")
        assert violations() == []
        visit.picture(f"{name}-overview")
    visit.value("wantKey('This key is not the one of the service.')")
    assert violations() == []


def test_who_wants_no_motion_has_none(visit: Visit) -> None:
    visit.ready()
    visit.value("show('x').say('Looking', 'waiting')")
    moving = "getComputedStyle(document.querySelector('.waiting'), '::after').animationName"
    assert visit.value(moving) == "breathe"
    still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    visit.browser.call("Emulation.setEmulatedMedia", features=still)
    assert visit.value(moving) == "none"


def _axe() -> str:
    """Return axe-core, which the package axe-playwright-python carries; Playwright is not needed."""
    spec = util.find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        (pytest.fail if REAL else pytest.skip)("axe is not here: run  make test-page")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8") + ";0"
