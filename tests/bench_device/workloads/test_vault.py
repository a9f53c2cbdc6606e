"""The notes and questions of the vault workload are whole, and of the mix that its header promises."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from sanderling.bench_device.workloads import Question, load

VAULT = load("vault")
FILES = sorted(path for path in VAULT.notes.rglob("*") if path.is_file())
KINDS = {"one_note", "two_notes", "date", "name", "list", "table", "latest", "german", "spanish"}
MAX_BYTES = 1_500_000
WIKILINK = re.compile(r"\[\[([^]|#\\]+)")
TOP = Path(__file__).resolve().parents[3]


@cache
def text(document: str) -> str:
    path = VAULT.notes / document
    if path.suffix == ".pdf":
        return " ".join(page.extract_text() for page in PdfReader(path).pages)
    content = path.read_text(encoding="utf-8")
    return BeautifulSoup(content, "html.parser").get_text(" ") if path.suffix == ".html" else content


def test_the_files() -> None:
    assert len(FILES) >= 300
    assert sum(path.stat().st_size for path in FILES) < MAX_BYTES
    kinds = Counter(path.suffix for path in FILES)
    assert kinds.keys() == {".md", ".csv", ".html", ".pdf"}
    assert 5 <= kinds[".pdf"] <= 10
    # A wheel's list of files is itself a table with commas, which not every tool quotes.
    assert not [path for path in FILES if "," in path.name]


def test_titles_repeat_as_in_real_vaults() -> None:
    names = Counter(path.name for path in FILES)
    assert names["meeting.md"] >= 5
    assert names["Overview.md"] >= 5


def test_no_note_is_a_copy_of_another() -> None:
    assert max(Counter(path.read_bytes() for path in FILES).values()) == 1


def test_most_wikilinks_lead_somewhere() -> None:
    aliases = {path.stem for path in FILES} | {path.name for path in FILES}
    for path in FILES:
        head = re.match(r"---\n(.*?)\n---", path.read_text(encoding="utf-8"), re.S) if path.suffix == ".md" else None
        # Names are compared, and what is written about them in front matter, in whichever form.
        aliases |= set(re.split(r"[\n,\[\]\"'-]\s*", head[1])) if head else set()
    aliases = {alias.strip() for alias in aliases}
    links = [
        link.strip().rpartition("/")[2]
        for path in FILES
        if path.suffix == ".md"
        for link in WIKILINK.findall(path.read_text(encoding="utf-8"))
    ]
    # Real vaults have some links to notes that nobody wrote yet.
    assert sum(link in aliases for link in links) >= 0.9 * len(links), sorted(set(links) - aliases)


def test_the_mix_of_questions() -> None:
    assert len({question.id for question in VAULT.questions}) == len({q.text for q in VAULT.questions}) == 120
    assert {question.kind for question in VAULT.questions} == KINDS
    assert min(Counter(question.kind for question in VAULT.questions).values()) >= 3
    assert all(question.answers for question in VAULT.questions)


@pytest.mark.parametrize("question", VAULT.questions, ids=lambda question: question.id)
def test_gold_exists_and_holds_an_answer(question: Question) -> None:
    assert question.gold
    assert all((VAULT.notes / document).is_file() for document in question.gold)
    assert question.hops == (len(question.gold) if question.kind == "two_notes" else 1)
    if question.kind != "list":  # answers to these are names and numbers of notes
        shown = re.sub(r"[*`]", "", " ".join(text(document) for document in question.gold)).casefold()
        assert any(answer.casefold() in shown for answer in question.answers)


def test_the_pdfs_are_those_of_the_script() -> None:
    spec = importlib.util.spec_from_file_location("vault_pdfs", TOP / "build" / "vault_pdfs.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = {path.name: path.read_bytes() for path in FILES if path.suffix == ".pdf"}
    assert written == {name: script.write(*paper) for name, paper in script.PAPERS.items()}
