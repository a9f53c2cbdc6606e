from __future__ import annotations

import pytest

from sanderling.text.questions.codes import MAX_CODES, codes


@pytest.mark.parametrize(
    ("question", "spelled"),
    [
        ("Where is QR-4711?", {"qr 4711", "qr4711"}),
        ("what does error e77 mean", {"e77", "e 77"}),
        ("flight SK 441 leaves when", {"sk 441", "sk441"}),
        ("stock of ab/12c", {"ab 12c", "ab 12 c", "ab12c", "ab12 c"}),
        ("invoice 40071", {"40071"}),
        ("lens50", {"lens50", "lens 50"}),
    ],
)
def test_a_code_in_all_spellings(question, spelled):
    assert [set(each) for each in codes(question)] == [spelled]


@pytest.mark.parametrize(
    "question",
    [
        "Who was here in 2024?",
        "What happened in the mid-1990s, or mid-1990?",
        "Is it 350km at 80 km/h?",
        "the 5th of 20-year-old boats on 2024-03-05",
        "WWII 1944",
        "room 12",
        "no digits at all",
        "",
    ],
)
def test_no_code(question):
    assert codes(question) == []


def test_few_codes_of_few_parts():
    assert len(codes(" ".join(f"K-{at}" for at in range(20)))) == MAX_CODES
    assert codes("a1b2c3d4e5") == [["a1b2c3d4e5"]]
