"""Each rule with texts that follow it, and texts that do not."""

from __future__ import annotations

from typing import Any

import pytest

from sanderling.bench_device.sanity.questions import Rule
from sanderling.bench_device.sanity.rules.check import CHECKS, followed, why_not

# Rule, parameters, texts that follow it, texts that do not.
CASES: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    (
        "change_case:capital_word_frequency",
        {"capital_relation": "at least", "capital_frequency": 2},
        ["It is VERY, VERY cold."],
        ["It is VERY cold.", "it is"],
    ),
    ("change_case:english_capital", {}, ["ALL OF IT, 3 TIMES."], ["All of it.", "123"]),
    ("change_case:english_lowercase", {}, ["all of it, 3 times."], ["All of it.", "123"]),
    (
        "combination:repeat_prompt",
        {"prompt_to_repeat": "Say hello."},
        ["say HELLO.\nHello!"],
        ["Hello! Say hello."],
    ),
    (
        "combination:two_responses",
        {},
        ["One.\n******\nTwo."],
        ["One.", "One.******One.", "1******2******3", "1************2"],
    ),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 2},
        ["Dear [name], of [place]", "[a][b]"],
        ["Dear [name]", "[[a]", "[a\nb] [c]"],
    ),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, ["Bye.\nP.S. Write!", "p. s. write"], ["Bye."]),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, ["Bye.\nP.P.S Write!"], ["Bye. P.S. Write"]),
    ("detectable_format:constrained_response", {}, ["My answer is maybe."], ["Maybe."]),
    (
        "detectable_format:json_format",
        {},
        ['{"a": [1]}', '```json\n{"a": 1}\n```'],
        ["a: 1", '{"a": 1} Yes', "[" * 100_000],
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        ["Section 1\na\nSection 2\nb"],
        ["Section 1\na", "Section one\nSection two"],
    ),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        ["* one\n  - two", "Text\n* one\n* two"],
        ["* one", "* one\n* two\n* three", "**one**\n* two"],
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        ["*one* and *two*", "*one* and **two**"],
        ["*one*", "* *", "*one\ntwo*"],
    ),
    ("detectable_format:title", {}, ["<<Home>>\nText", "a <<b>>"], ["<Home>", "<<>>", "<<a\nb>>", ">> <<"]),
    ("keywords:existence", {"keywords": ["dog", "day"]}, ["Dogs sleep all DAY."], ["Dogs sleep."]),
    ("keywords:existence", {"keywords": ["a+b"]}, ["Take a+b."], ["Take aab."]),
    ("keywords:forbidden_words", {"forbidden_words": ["name"]}, ["Rename it.", "names"], ["Its Name?"]),
    (
        "keywords:frequency",
        {"keyword": "elephant", "relation": "at least", "frequency": 2},
        ["Elephant and elephants"],
        ["An elephant"],
    ),
    (
        "keywords:letter_frequency",
        {"letter": "n", "let_relation": "less than", "let_frequency": 2},
        ["None"[1:], "xyz"],
        ["Nine"],
    ),
    (
        "language:response_language",
        {"language": "it"},
        ["Dove sono le chiavi? Quando siamo tornati con gli amici, non ho visto chi era il primo, e quale è la porta."],
        ["The cat has not eaten, because the milk that was in the kitchen was drunk by the dog.", "Ciao"],
    ),
    ("language:response_language", {"language": "hi"}, ["बिल्ली ने दूध पी लिया और सो गई।"], ["The cat drank the milk."]),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "however"},
        ["One.\n\nHowever, two.", 'One.\n\n"However" it is.'],
        ["However.\n\nTwo.", "One. However", "One.\n\nTwo.\n\nHowever."],
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        ["One.\n***\nTwo."],
        ["One.\n\nTwo.", "1***2***3", "1***  ***2"],
    ),
    (
        "length_constraints:number_sentences",
        {"relation": "less than", "num_sentences": 3},
        ["One is here. Two is here."],
        ["One is. Two is! Three is?"],
    ),
    ("length_constraints:number_words", {"relation": "at least", "num_words": 3}, ["One, two three."], ["One, two."]),
    ("punctuation:no_comma", {}, ["One and two."], ["One, two."]),
    (
        "startend:end_checker",
        {"end_phrase": "Is that all?"},
        ['It is. "Is that all?"', "IS THAT ALL?"],
        ["Is that all? Yes."],
    ),
    ("startend:quotation", {}, ['"All of it."'], ['"All" of it', '"', "All"]),
]


@pytest.mark.parametrize(("id", "given", "right", "wrong"), CASES, ids=[case[0] for case in CASES])
def test_a_rule(id: str, given: dict[str, Any], right: list[str], wrong: list[str]) -> None:
    rule = Rule(id=id, given=given)
    assert why_not(rule) == ""
    assert [text for text in right if followed(text, [rule]) != (True,)] == []
    assert [text for text in wrong if followed(text, [rule]) != (False,)] == []


def test_every_rule_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(CHECKS)


@pytest.mark.parametrize(
    ("id", "given", "why"),
    [
        ("made:up", {}, "unknown"),
        ("keywords:existence", {}, "'keywords'"),
        ("keywords:existence", {"keywords": "dog"}, "no list"),
        ("language:response_language", {"language": "sw"}, "sw cannot be told"),
        ("length_constraints:number_words", {"relation": "about", "num_words": 3}, "relation"),
        ("length_constraints:number_paragraphs", {"num_paragraphs": "many"}, "invalid"),
        ("startend:end_checker", {"end_phrase": 3}, "strip"),
        ("startend:end_checker", {"end_phrase": " "}, "empty"),
    ],
)
def test_what_cannot_be_verified_says_why(id: str, given: dict[str, Any], why: str) -> None:
    assert why in why_not(Rule(id=id, given=given))


def test_an_empty_answer_follows_nothing() -> None:
    assert followed(" \n", [Rule(id="punctuation:no_comma", given={})]) == (False,)


def test_loosely_a_first_and_a_last_line_and_asterisks_do_not_count() -> None:
    quoted, small = Rule(id="startend:quotation", given={}), Rule(id="change_case:english_lowercase", given={})
    text = 'Here it is:\n**"all of it"**\nHope this helps!'
    assert followed(text, [quoted, small]) == (False, False)
    assert followed(text, [quoted, small], loosely=True) == (True, True)
