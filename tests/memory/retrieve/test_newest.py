from __future__ import annotations

import pytest


def lines(*notes: tuple[str, str]) -> str:
    return "\n".join(f'{{"id":{n},"text":"{text}","date":"{day}"}}' for n, (text, day) in enumerate(notes))


def texts(memory, question: str) -> list[str]:
    vector = memory.embedder.embed([question])[0]
    return [node.text for node in memory.nodes(memory.find(question, vector).attended.keys)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize(
    ("question", "notes", "newest"),
    [
        (
            "What is the wifi password?",
            [
                ("The wifi password is tundra.", "2022-01-10"),
                ("The wifi password is fjord.", "2024-09-15"),
                ("The wifi password is glacier.", "2023-06-02"),
            ],
            "fjord",
        ),
        (
            "How much is the rent now?",
            [
                ("The rent of the flat is 900 euros.", "2020-01-01"),
                ("From now on the rent is 950 euros.", "2023-01-01"),
                ("Rent: 870 euros, due on the third.", "2018-01-01"),
            ],
            "950",
        ),
        (
            "Wie ist der aktuelle Preis für Milch?",
            [
                ("Der Preis für Milch ist 90 Cent.", "2021-05-01"),
                ("Der Preis für Milch ist 120 Cent.", "2023-05-01"),
                ("Der Preis für Milch ist 99 Cent.", "2022-05-01"),
            ],
            "120",
        ),
    ],
)
def test_the_newest_of_like_notes_comes_first(memory, folder, question, notes, newest, order) -> None:
    memory.ingest([folder({"log.jsonl": lines(*(notes[at] for at in order))})])
    assert newest in texts(memory, question)[0]


def test_front_matter_and_names_give_the_time_too(memory, folder) -> None:
    memory.ingest(
        [
            folder(
                {
                    "keys.md": "---\nupdated: 5 Mar 2023\n---\nThe key of the shed hangs in the hall.",
                    "2024-02-01 keys.md": "The key of the shed hangs in the kitchen.",
                    "old.md": "---\ncreated: 2021/03/05\n---\nThe key of the shed hangs in the barn.",
                }
            )
        ]
    )
    found = texts(memory, "Where does the key of the shed hang?")
    assert [place for text in found for place in ("hall", "kitchen", "barn") if place in text] == [
        "kitchen",
        "hall",
        "barn",
    ]


@pytest.mark.parametrize("question", ["What was the first wifi password?", "What was the wifi password in 2022?"])
def test_a_question_about_the_past_is_left_alone(memory, folder, question) -> None:
    notes = [("The first wifi password is tundra.", "2022-01-10"), ("The wifi password is fjord.", "2024-09-15")]
    memory.ingest([folder({"log.jsonl": lines(*notes)})])
    assert "tundra" in texts(memory, question)[0]


def test_a_note_with_fewer_words_of_the_question_does_not_pass(memory, folder) -> None:
    notes = [
        ("Marta wrote about the roof of the barn.", "2022-01-10"),
        ("Bo wrote about the roof of the barn.", "2024-09-15"),
    ]
    memory.ingest([folder({"log.jsonl": lines(*notes)})])
    assert "Marta" in texts(memory, "What did Marta write about the roof?")[0]


def test_notes_without_a_time_of_their_own_keep_their_order(memory, folder, monkeypatch) -> None:
    root = folder({f"{name}.md": f"The wifi password is {name}." for name in ("one", "two", "three")})
    memory.ingest([root])
    found = texts(memory, "What is the current wifi password?")
    monkeypatch.setattr("sanderling.memory.memory.newest_first", lambda store, index, question, found: found)
    assert texts(memory, "What is the current wifi password?") == found
