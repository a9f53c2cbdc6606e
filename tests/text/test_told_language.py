from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.questions.question import WORD
from sanderling.text.told_language import ascii_words, told_language

EN = "The boat was painted by Ann and the mast is from the yard, with a bell that was in the shop."
DE = "Der Hund und die Katze sind nicht auf dem Dach, wie der Nachbar mit der Leiter sagt, und das ist ein Problem."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (EN, "en"),
        (DE, "de"),
        ("Les chats et les chiens sont dans la maison avec le voisin, et les enfants sur le toit du garage.", "fr"),
        ("El perro y los gatos son de la casa que está en el pueblo, y por la noche es como en los cuentos.", "es"),
        ("今天天气很好。我们去公园散步。", "zh"),
        ("今日は天気がいいので公園へ行きました。", "ja"),
        ("오늘은 날씨가 좋아서 공원에 갔습니다.", "ko"),
        ("Это был хороший день, мы поехали в парк.", "ru"),
        ("Це був гарний день, і ми поїхали до парку.", "uk"),
        ("วันนี้อากาศดี", "th"),
        ("Buy milk", ""),
        ("2024-03-05 17:00", ""),
        ("", ""),
        (EN + " " + DE, ""),
        ("The angle α is small and the ratio of β to γ is what the table of the book was for.", "en"),
    ],
)
def test_a_language_is_told_where_there_is_no_doubt(text: str, language: str) -> None:
    assert told_language(text) == language


@given(st.text(st.characters(max_codepoint=127)) | st.text(st.sampled_from("ab' -\n")))
def test_words_in_ascii_are_those_of_any_text(text):
    assert ascii_words(text.lower()) == WORD.findall(text.lower())
