from __future__ import annotations

import pytest

from sanderling.text.short_language import COMMON, short_language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Who takes care of the pump?", "en"),
        ("Wer kümmert sich um die Pumpe?", "de"),
        ("Jürgen prüft das Gerät jeden Montag. Ersatzteile liegen im Ostlager.", "de"),
        ("Où est la clé du bateau ?", "fr"),
        ("La chaudière est dans la cave, et le technicien vient tous les lundis.", "fr"),
        ("La bomba está en el sótano y el técnico viene los lunes.", "es"),
        ("La pompa è nella cantina e il tecnico viene ogni lunedì.", "it"),
        ("A bomba está no porão e o técnico não vem às segundas.", "pt"),
        ("De pomp staat in de kelder en wordt elke maandag door een monteur nagekeken.", "nl"),
        ("Pumpen finns i källaren och den har en ny motor som inte är betald.", "sv"),
        ("Насос стоит в подвале, и его проверяют каждый вторник; ключ лежит рядом, но был сломан.", "ru"),
        ("谁负责水泵?", "zh"),
        ("ポンプの担当は誰ですか?", "ja"),
        ("펌프는 누가 고치나요?", "ko"),
    ],
)
def test_a_question_or_short_note_is_told(text: str, code: str) -> None:
    assert short_language(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "README",
        "Anna Berg, Tomas Brekke, Jürgen Klein",
        "Las Vegas, Los Alamos, El Paso, La Paz",
        "La La Land",
        "Die Hard",
        "def f(x):\n    return x + 1\nfor i in range(10): print(i)",
        "SELECT * FROM a WHERE b = 1",
        "192.168.0.1 eth0 up 1200",
        "pump boiler generator valve M8 DIN 934",
        "und the",
    ],
)
def test_names_code_and_doubt_have_no_language(text: str) -> None:
    assert short_language(text) == ""


def test_english_with_foreign_names_is_english() -> None:
    text = "The film Las Vegas and the song La vie en rose were on the list that Die Zeit made in 1990."
    assert short_language(text) in ("en", "")
    assert all(word == word.lower() for words in COMMON.values() for word in words)
