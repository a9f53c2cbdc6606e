from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text import script, searched
from sanderling.text.searched import beside, is_single, sequence, words

# Letters of many kinds, what stands between them, and what is only half a letter.
TEXTS = st.text(
    st.sampled_from("aAzéÉßﬁ１²½09 ,.'’-\n_\u00ad\u200b水泵维护々かがのをはガｶﾞ한국에서는ก็ที่བກြមကျ कि\u0301\u0345٣كِﻛёЙΆς")
    | st.characters(exclude_categories=["Cs"]),
    max_size=40,
)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("the oﬃcial ﬁre ﬂow", "official fire flow"),
        ("Straße nach Gößnitz", "STRASSE"),
        ("Ærøskøbing, crème brûlée", "creme brulee"),
        ("the refri-\ngerator hums", "refrigerator"),
        ("a photo-  \n   graph", "photograph"),
        ("re-\nfri-\ngerator", "refrigerator"),
        ("soft\u00adly spoken", "softly"),
        ("1,200 l", "1200"),
        ("12,34,567 rupees", "1234567"),
        ("1.200 l", "1200"),
        ("1 200 l", "1200"),
        ("1\u202f200 l", "1200"),
        ("1'200 and 3\u2019400", "1200 3400"),
        ("1200 l", "1,200"),
        ("1200 l", "1'200"),
        ("E1234", "1234"),
        ("E1234 and so on", "1234"),
        ("10km", "10 km"),
        ("area in m²", "m2"),
        ("H₂O", "h2o"),
        ("٣٤ شخصا", "34"),
        ("كِتَاب", "كتاب"),
        ("ﻛﺘﺎﺏ", "كتاب"),
        ("ﺍﻟﻘﺎﺭﺏ", "القارب"),
        ("ёлка", "елка"),
        ("水泵坏了", "水泵"),
        ("3月5日", "3月"),
        ("우체국에서 만나", "우체국은"),
        ("물을 마신다", "물이"),
        ("雨具を買う", "雨具"),
        ("ｶﾒﾗを直す", "カメラ"),
        ("ตู้เย็นเสีย", "ตู้เย็น"),
    ],
)
def test_a_question_finds_another_writing(written, asked):
    assert set(sequence(asked)) <= set(words(written)), (words(asked), words(written))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10²", "102"),
        ("2½ cups", "212"),
        ("3.5 bar", "35"),
        ("0.200 l", "0200"),
        ("05.03.2024", "05032024"),
        ("1,2,3", "123"),
        ("rows 1,20", "120"),
        ("well-known", "wellknown"),
        ("a1b2c3d4", "2"),
        ("かが", "がか"),
    ],
)
def test_what_stays_apart(one, other):
    assert not set(words(other)) & set(words(one))


def test_hyphens_at_line_ends_are_kept_apart_too():
    found = words("a well-\nknown refri-\ngerator")
    assert {"well", "known", "wellknown", "refri", "gerator", "refrigerator"} <= set(found)
    assert "1985mile" not in words("1985-\nmile")


def test_a_sequence_has_one_writing_in_its_order():
    assert sequence("The Refri-\ngerator of Gößnitz: 1,200 l, E12.") == [
        *("the", "refrigerator", "of", "gossnitz", "1200", "l", "e12")
    ]
    assert sequence("ＡＢ Éclair", case=True) == ["AB", "Eclair"]
    assert sequence("2024年3月的水泵") == ["2024年", "3月", "月的", "的水", "水泵"]


def test_plain_english_has_nothing_beside():
    text = "The pump leaks \u2013 don\u2019t touch it. It isn't 3.5 bar, \u201cis\u201d it?"
    assert beside(text, "Pump (old)") == beside("Müller é Ångström") == beside("The pump \U0001f642 leaks.") == ""


def test_only_what_the_index_does_not_find_is_beside():
    assert beside("检查水泵", "Pump") == "检查 查水 水泵 查 水 泵".replace(" 查 水", "")
    assert beside("水泵") == "泵"
    # SQLite takes an emoji that is younger than itself for a letter.
    assert beside("The pump\U0001f642 leaks.") == "pump"


@given(TEXTS)
def test_what_is_found_finds_itself(text):
    # Once more over what it gave: every word is still there, whatever a text holds.
    found = words(text)
    assert set(found) <= set(words(" ".join(found)))
    assert all(word and not word.isspace() and '"' not in word for word in found)


@given(TEXTS)
def test_a_sequence_is_of_words_that_are_found(text):
    assert set(sequence(text)) <= set(words(text))
    assert [word.casefold() for word in sequence(text, case=True)] == sequence(text)


@given(TEXTS)
def test_a_composed_text_and_its_decomposed_twin_are_one(text):
    assert words(unicodedata.normalize("NFC", text)) == words(unicodedata.normalize("NFD", text))


def test_single_letters():
    assert [is_single(word) for word in ("水", "が", "ที่", "水泵", "a", "5", "")] == [True, True, True, *[False] * 4]


@given(TEXTS)
def test_replacing_few_letters_is_translating(text):
    for table in (searched._INVISIBLE, searched._bare(), searched._bare_of_index()):
        assert searched._translated(text, table) == text.translate(table)
        letters = {letter for letter in (table[code] for code in table) if letter}
        assert not {ord(letter) for letter in letters} & table.keys()
        assert all(searched._FOREIGN.search(chr(code)) for code in table)


@given(TEXTS)
def test_words_of_scripts_with_blanks_are_those_of_the_slow_expression(text):
    found = searched._spaced_words(text)
    assert found is None if script.RUN.search(text) else found == searched._WORD.findall(text)


ACCENTED = st.text(
    st.sampled_from("aAzéÉüñÀȁẛİıßøά19 ,.'-_\n–’\xa0\xad½") | st.characters(max_codepoint=0x24F), max_size=12
)


@given(ACCENTED)
def test_a_text_whose_accents_are_taken_off_first_has_the_same_words(text):
    quick = words(text), sequence(text), sequence(text, case=True), beside(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searched, "_unaccented", lambda text: text)
        assert quick == (words(text), sequence(text), sequence(text, case=True), beside(text))
