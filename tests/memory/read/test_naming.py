from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.memory.read import naming
from sanderling.memory.read.naming import in_words, names_of, split_words
from sanderling.text.dates.written import Written

ROOT = Path("/vault/notes")

# (path below the folder that is ingested, first day, last day)
DATES = [
    ("2024-03-05", "2024-03-05", "2024-03-05"),
    ("2024_03_05", "2024-03-05", "2024-03-05"),
    ("2024.03.05", "2024-03-05", "2024-03-05"),
    ("2024 03 05", "2024-03-05", "2024-03-05"),
    ("20240305", "2024-03-05", "2024-03-05"),
    ("2024-3-5", "2024-03-05", "2024-03-05"),
    ("05.03.2024", "2024-03-05", "2024-03-05"),
    ("5.3.2024", "2024-03-05", "2024-03-05"),
    ("05-03-2024", "2024-03-05", "2024-03-05"),
    ("05_03_2024", "2024-03-05", "2024-03-05"),
    ("05.03.24", "2024-03-05", "2024-03-05"),
    ("03-25-2024", "2024-03-25", "2024-03-25"),
    ("12.11.1998", "1998-11-12", "1998-11-12"),
    ("5 March 2024", "2024-03-05", "2024-03-05"),
    ("5th March 2024", "2024-03-05", "2024-03-05"),
    ("5th of March 2024", "2024-03-05", "2024-03-05"),
    ("March 5, 2024", "2024-03-05", "2024-03-05"),
    ("March 5th, 2024", "2024-03-05", "2024-03-05"),
    ("Mar 5 2024", "2024-03-05", "2024-03-05"),
    ("5 Mar 2024", "2024-03-05", "2024-03-05"),
    ("05-Mar-2024", "2024-03-05", "2024-03-05"),
    ("5-Mar-24 minutes", "2024-03-05", "2024-03-05"),
    ("Yearly/2023", "2023-01-01", "2023-12-31"),
    ("scan%202024-03-05", "2024-03-05", "2024-03-05"),
    ("2024-Mar-05", "2024-03-05", "2024-03-05"),
    ("2024 March 5", "2024-03-05", "2024-03-05"),
    ("Tuesday, March 5, 2024", "2024-03-05", "2024-03-05"),
    ("Tue 5 Mar 2024", "2024-03-05", "2024-03-05"),
    ("5. März 2024", "2024-03-05", "2024-03-05"),
    ("5. Maerz 2024", "2024-03-05", "2024-03-05"),
    ("Dienstag, 5. März 2024", "2024-03-05", "2024-03-05"),
    ("1er février 2023", "2023-02-01", "2023-02-01"),
    ("5 de marzo de 2024", "2024-03-05", "2024-03-05"),
    ("2024年3月5日", "2024-03-05", "2024-03-05"),
    ("2024년 3월 5일", "2024-03-05", "2024-03-05"),
    ("2024-03-05 Meeting with Bob", "2024-03-05", "2024-03-05"),
    ("Meeting with Bob 2024-03-05", "2024-03-05", "2024-03-05"),
    ("Meeting_2024-03-05_final_v2", "2024-03-05", "2024-03-05"),
    ("meeting-20240305-bob", "2024-03-05", "2024-03-05"),
    ("Call with Ann, 5 March 2024, draft", "2024-03-05", "2024-03-05"),
    ("(2024-03-05) minutes", "2024-03-05", "2024-03-05"),
    ("IMG_20240305_123456", "2024-03-05", "2024-03-05"),
    ("Screenshot 2024-03-05 at 10.30.00", "2024-03-05", "2024-03-05"),
    ("WhatsApp Image 2024-03-05 at 10.30", "2024-03-05", "2024-03-05"),
    ("20240305T1200", "2024-03-05", "2024-03-05"),
    ("202403051200 a thought", "2024-03-05", "2024-03-05"),
    ("20240305120000", "2024-03-05", "2024-03-05"),
    ("2024-03-05T14-30-00", "2024-03-05", "2024-03-05"),
    ("2024-03-05 to 2024-03-07 Rome", "2024-03-05", "2024-03-05"),
    ("3-7 March 2024 trip", "2024-03-03", "2024-03-07"),
    ("Journal of 29 February 2024", "2024-02-29", "2024-02-29"),
    ("2024-W10", "2024-03-04", "2024-03-10"),
    ("2024W10", "2024-03-04", "2024-03-10"),
    ("2024-KW10", "2024-03-04", "2024-03-10"),
    ("KW 10 2024", "2024-03-04", "2024-03-10"),
    ("Week 10 of 2024", "2024-03-04", "2024-03-10"),
    ("2024 week 10 review", "2024-03-04", "2024-03-10"),
    ("2024-W10-2", "2024-03-05", "2024-03-05"),
    ("2020-W53", "2020-12-28", "2021-01-03"),
    ("2024-03", "2024-03-01", "2024-03-31"),
    ("2024_02", "2024-02-01", "2024-02-29"),
    ("March 2024", "2024-03-01", "2024-03-31"),
    ("2024 March", "2024-03-01", "2024-03-31"),
    ("Report 03-2024", "2024-03-01", "2024-03-31"),
    ("März 2024", "2024-03-01", "2024-03-31"),
    ("dec2023", "2023-12-01", "2023-12-31"),
    ("2024-Q1", "2024-01-01", "2024-03-31"),
    ("Q4 2023 review", "2023-10-01", "2023-12-31"),
    ("2. Quartal 2024", "2024-04-01", "2024-06-30"),
    ("2024/03/05", "2024-03-05", "2024-03-05"),
    ("2024/03/2024-03-05", "2024-03-05", "2024-03-05"),
    ("2024/03-March/05", "2024-03-05", "2024-03-05"),
    ("2024/March/5", "2024-03-05", "2024-03-05"),
    ("2024-03-05/minutes", "2024-03-05", "2024-03-05"),
    ("2024/W10", "2024-03-04", "2024-03-10"),
    ("2024/03", "2024-03-01", "2024-03-31"),
    ("2024/03/accounts", "2024-03-01", "2024-03-31"),
]

NO_DATES = [
    "budget-2024",  # about a year, and not written in it
    "2019-20 season",
    "version 2.10.1",
    "192.168.10.204",
    "2024-13-05",
    "2024-02-30",
    "30.02.2024",
    "12345678",
    "20241399",
    "call 555-2024-0305-99",
    "room 2024b",
    "ISBN 978-3-16-148410-0",
    "march of the penguins",
    "may contain nuts",
    "week 10",
    "5 March",
    "2024/trip",
]


@pytest.mark.parametrize(("name", "first", "last"), DATES)
def test_a_date_in_a_name(name: str, first: str, last: str) -> None:
    date = names_of(ROOT / f"{name}.md", ROOT).date
    assert date is not None
    assert tuple(map(str, date.span() or ())) == (first, last)


@pytest.mark.parametrize("name", NO_DATES)
def test_no_date_in_a_name(name: str) -> None:
    assert names_of(ROOT / f"{name}.md", ROOT).date is None


@pytest.mark.parametrize(
    ("path", "title", "line"),
    [
        ("Projects/Borealis/meeting.md", "meeting", "Projects Borealis"),
        ("Projects/Borealis/meeting.md", "Attendees", "Projects Borealis meeting"),
        ("Clients/2024/Acme Corp/contract.pdf", "Contract", "Clients 2024 Acme Corp"),
        ("yard-care.md", "Overview", "yard care"),
        ("yard_care.md", "Yard Care", ""),
        ("YardCarePlan.md", "Overview", "Yard Care Plan YardCarePlan"),
        ("Haus.Garten.md", "Plan", "Haus Garten"),
        ("release v2.1.md", "Notes", "release v2.1"),
        ("01 - Areas/02_Health/sleep.md", "sleep", "Areas Health"),
        ("notes/docs/misc/README.md", "Anything", ""),
        ("tmp8f3a/4f2c9a7e1b3d/plan.md", "plan", ""),
        ("Daily/2024-03-05.md", "2024-03-05", "Daily 2024-03-05 Tuesday 5 March 2024"),
        ("journals/2021_09_22.md", "Log", "journals 2021-09-22 Wednesday 22 September 2021"),
        ("2024/03/05.md", "2024-03-05", "2024-03-05 Tuesday 5 March 2024"),
        ("Meeting 2024-03-05 Bob.md", "Agenda", "Meeting Bob 2024-03-05 Tuesday 5 March 2024"),
        ("a/b/c/d/deep.md", "deep", "b c d"),
        ("Trip%20to%20Troms%C3%B8.md", "Overview", "Trip to Tromsø"),
        ("Garden 0f1e2d3c4b5a69788796a5b4c3d2e1f0/Beds 11112222333344445555666677778888_all.md", "Beds", "Garden"),
        ("100%25 wool %ff.md", "Overview", "100%25 wool %ff"),
    ],
)
def test_the_words_of_a_path_that_the_title_does_not_say(path: str, title: str, line: str) -> None:
    assert names_of(ROOT / path, ROOT).line(title) == line


def test_the_folder_that_is_ingested_counts_where_there_are_few_below_it() -> None:
    assert names_of(Path("/v/Borealis/meeting.md"), Path("/v/Borealis")).line("meeting") == "Borealis"
    assert names_of(Path("/v/Borealis/meeting.md"), Path("/v/Borealis/meeting.md")).line("meeting") == "Borealis"
    assert names_of(Path("/v/Ann/a/b/meeting.md"), Path("/v/Ann")).line("meeting") == "a b"


@pytest.mark.parametrize(
    ("stem", "title", "aliases"),
    [
        ("yard-care", "Overview", ("yard-care",)),
        ("yard_care", "Overview", ("yard_care",)),
        ("YardCare", "Overview", ("YardCare", "Yard Care")),
        ("Otter", "Otter", ()),
        ("otter", "Otter", ()),
        ("yard-care", "Yard Care", ()),
        ("README", "Overview", ()),
        ("17", "Overview", ()),
    ],
)
def test_the_name_of_the_file_is_an_alias(stem: str, title: str, aliases: tuple[str, ...]) -> None:
    assert names_of(ROOT / f"{stem}.md", ROOT).aliases(title) == aliases


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("yard-care_plan", ["yard", "care", "plan"]),
        ("PDFReader", ["PDF", "Reader"]),
        ("iPhone", ["iPhone"]),
        ("GärtenÜbersicht", ["Gärten", "Übersicht"]),
        ("v1.2", ["v1.2"]),
        ("...", []),
    ],
)
def test_names_are_split(name: str, words: list[str]) -> None:
    assert split_words(name) == words


@pytest.mark.parametrize(
    ("date", "words"),
    [
        (Written(0, 0, "day", 2024, 3, 5), "2024-03-05 Tuesday 5 March 2024"),
        (Written(0, 0, "week", 2024, 10), "week 10 of March 2024"),
        (Written(0, 0, "month", 2024, 3), "March 2024"),
        (Written(0, 0, "quarter", 2024, 2), "quarter 2 of 2024"),
        (Written(0, 0, "day", 2024, 2, 30), ""),
    ],
)
def test_a_date_in_words(date: Written, words: str) -> None:
    assert in_words(date) == words


@given(st.text(st.sampled_from("abAÉüßЯж09_- .~中")) | st.text(max_size=20))
def test_names_without_capitals_inside_are_split_like_others(name):
    slow = [word for part in naming._BETWEEN.split(name) for word in naming._CAMEL.split(part) if word]
    assert split_words(name) == slow
