"""Checks which of a question's rules an answer follows.

Strictly, the answer as it is; loosely, also without its first line, its last line, its asterisks, or several of these,
as in section 2.3 of the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..questions import Rule
from . import ends, keywords, lengths, letters, shapes

Check = Callable[[str, dict[str, Any]], bool]

CHECKS: Mapping[str, Check] = {
    "change_case:capital_word_frequency": letters.capital_word_frequency,
    "change_case:english_capital": letters.english_capital,
    "change_case:english_lowercase": letters.english_lowercase,
    "combination:repeat_prompt": ends.repeat_prompt,
    "combination:two_responses": ends.two_responses,
    "detectable_content:number_placeholders": shapes.number_placeholders,
    "detectable_content:postscript": shapes.postscript,
    "detectable_format:constrained_response": shapes.constrained_response,
    "detectable_format:json_format": shapes.json_format,
    "detectable_format:multiple_sections": shapes.multiple_sections,
    "detectable_format:number_bullet_lists": shapes.number_bullet_lists,
    "detectable_format:number_highlighted_sections": shapes.number_highlighted_sections,
    "detectable_format:title": shapes.title,
    "keywords:existence": keywords.existence,
    "keywords:forbidden_words": keywords.forbidden_words,
    "keywords:frequency": keywords.frequency,
    "keywords:letter_frequency": keywords.letter_frequency,
    "language:response_language": letters.response_language,
    "length_constraints:nth_paragraph_first_word": lengths.nth_paragraph_first_word,
    "length_constraints:number_paragraphs": lengths.number_paragraphs,
    "length_constraints:number_sentences": lengths.number_sentences,
    "length_constraints:number_words": lengths.number_words,
    "punctuation:no_comma": letters.no_comma,
    "startend:end_checker": ends.end_checker,
    "startend:quotation": ends.quotation,
}


def why_not(rule: Rule) -> str:
    """Return why a rule cannot be verified here; empty if it can."""
    check = CHECKS.get(rule.id)
    if check is None:
        return "unknown here"
    try:
        check("One sentence.", rule.given)
    except KeyError as error:
        return f"without its parameter {error}"
    except (ValueError, TypeError, AttributeError) as error:
        return str(error)
    return ""


def followed(text: str, rules: Sequence[Rule], *, loosely: bool = False) -> tuple[bool, ...]:
    """Return, for each rule, whether ``text`` follows it. All rules must be verifiable, by :func:`why_not`."""
    texts = [each for each in (_variants(text) if loosely else (text,)) if each.strip()]
    return tuple(any(CHECKS[rule.id](each, rule.given) for each in texts) for rule in rules)


def _variants(text: str) -> tuple[str, ...]:
    lines = text.split("\n")
    cut = [
        "\n".join(part).strip() if part is not lines else text for part in (lines, lines[1:], lines[:-1], lines[1:-1])
    ]
    return (*cut, *(each.replace("*", "") for each in cut))
