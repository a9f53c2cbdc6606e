"""MMLU and BoolQ: a model chooses the option with the highest log-likelihood.

Hendrycks et al. 2021, arXiv 2009.03300; Clark et al. 2019, arXiv 1905.10044. Without examples in the prompt.
"""

from __future__ import annotations

from .questions import LETTERS, SanityQuestion

_YES, _NO = "Yes", "No"


def options(question: SanityQuestion) -> tuple[str, ...]:
    """Return the possible answers, of which a model chooses one."""
    return tuple(LETTERS[: len(question.choices)]) if question.choices else (_YES, _NO)


def prompt(question: SanityQuestion) -> str:
    """Return the prompt that asks a question."""
    if question.choices:
        choices = "\n".join(f"{letter}. {text}" for letter, text in zip(LETTERS, question.choices, strict=False))
        return f"{question.text}\n{choices}\n\nAnswer with the letter of the right choice only."
    before = f"{question.passage}\n\n" if question.passage else ""
    return f"{before}Question: {question.text}\nAnswer with yes or no only."


def right(chosen: str, question: SanityQuestion) -> bool:
    """Return whether the chosen option is the right answer."""
    return chosen.lower() == question.answers[0].lower()
