import pytest

from sanderling.memory.read.pdf.running_text import running_text, whole_words, without_running_heads

BODIES = [
    "The wick is trimmed.",
    "Oil is kept below.",
    "Fog bells ring twice.",
    "The stair is steep.",
    "Lenses are dusted.",
]


def bodies(pages: list[str]) -> list[str]:
    return [page.strip() for page in without_running_heads(pages).texts]


def text_of(pages: list[str]) -> str:
    return running_text(pages)[0]


def test_running_heads_of_several_words_are_names():
    pages = [
        f"Annals  of the Light\nKeeping\n{body}\nPage {n} of 5\nprinted by Ada" for n, body in enumerate(BODIES, 1)
    ]
    assert running_text(pages)[1] == ("Annals of the Light",)
    assert running_text(BODIES)[1] == ()


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("Annals of the Light", "{}"),
        ("ANNALS  OF THE LIGHT", "- {} -"),
        ("{}", "Annals of the Light, volume 7"),
        ("Page {} of 5", "confidential\n\n"),
        ("12. Mai 2021 · Seite {}", "Annals of the Light 7 | {} | Kiel 2021"),
    ],
)
def test_heads_feet_and_numbers_of_pages_are_left_out(head, foot):
    for first in (1, 117):
        pages = [f"{head.format(n)}\n{body}\n{foot.format(n)}" for n, body in enumerate(BODIES, first)]
        assert bodies(pages) == (
            BODIES if "Mai" not in head else [f"{head.format(n)}\n{body}" for n, body in enumerate(BODIES, first)]
        )


def test_left_and_right_pages_have_heads_of_their_own():
    pages = [f"{'The Light' if n % 2 else 'Keeping'} {n}\n{body}\n{n}" for n, body in enumerate(BODIES * 2)]
    assert bodies([page.replace(f" {n}\n", "\n", 1) for n, page in enumerate(pages)]) == BODIES * 2


@pytest.mark.parametrize(
    "pages",
    [
        [f"Chapter {n}\n{body}" for n, body in enumerate(BODIES, 1)],  # headings, a page each
        [f"{n * 7} {n * n}\n{body}" for n, body in enumerate(BODIES, 1)],  # numbers that count something else
        [f"{body}\nSigned by Ada" if n < 2 else body for n, body in enumerate(BODIES)],  # two of five
        ["Same line\nfirst", "Same line\nsecond"],  # two pages are no pattern
        BODIES,
    ],
)
def test_what_is_no_running_head_stays(pages):
    assert bodies(pages) == pages


def test_of_two_pages_their_numbers_are_left_out():
    assert bodies(["one\n1 / 2", "two\n2 / 2"]) == ["one", "two"]


def test_a_sentence_goes_on_over_the_page():
    assert (
        text_of(["At six in the evening the keeper goes", "up the stair.", "Then he sleeps."])
        == "At six in the evening the keeper goes\nup the stair.\n\nThen he sleeps."
    )
    assert text_of(["Oil and wicks", "fog bells"]) == "Oil and wicks\n\nfog bells"
    assert text_of(["", "only", ""]) == "only"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("the lan-\ntern; a lantern", "the lantern; a lantern"),
        ("Lan-\n  tern und LANTERN", "Lantern und LANTERN"),
        ("so\u00adft hy\u00ad\nphen", "soft hyphen"),
        ("the well-\nknown one is well-known", "the well-known one is well-known"),
        ("the refri-\ngerator", "the refri-\ngerator"),
        ("from 12-\n14 and A-\nB", "from 12-\n14 and A-\nB"),
        ("a list\n- one\n- two -\nthree", "a list\n- one\n- two -\nthree"),
        ("Größen-\nordnung, die Größenordnung", "Größenordnung, die Größenordnung"),
    ],
)
def test_broken_words_are_joined_where_that_is_certain(text, read):
    assert whole_words(text) == read


def test_letters_are_those_that_people_type():
    assert text_of(["ﬂat oﬃce, ﬁfth ﬆep"]) == "flat office, fifth step"
    assert text_of(["\ufe8d\ufedf\ufed8\ufe8e\ufead\ufe8f"]) == "القارب"
    assert text_of(["10 m² ½ ™"]) == "10 m² ½ ™"
