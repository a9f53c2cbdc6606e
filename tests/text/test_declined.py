"""Answers that decline, in three languages, and answers with the same words that do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.declined import declined

DECLINED = (
    "",
    " ",
    "not found",
    "Not found.",
    "not found: the context does not say",
    "I do not know.",
    "I don't know who built it.",
    "I don’t know",
    "This is not mentioned in the notes.",
    "The context does not mention the pilot's age.",
    "The answer is not found in the context blocks.",
    "No information is given about the winch.",
    "There is no mention of a second pump.",
    "It cannot be determined from the context.",
    "I'm sorry, but I cannot answer that.",
    "I'm unable to find the answer.",
    "Unknown",
    "The name of the keeper is not specified.",
    "Her age is not given.",
    "Based on the context, it is not stated.",
    "Answer: not found",
    "Not mentioned, but she lived in Oslo",
    "The provided text doesn't say.",
    "None of the notes mention it.",
    "nicht gefunden",
    "Nicht gefunden.",
    "Das steht nicht in den Notizen.",
    "Der Kontext enthält keine Angaben dazu.",
    "Dazu gibt es keine Informationen.",
    "Ich weiß es nicht.",
    "Ich kann die Frage nicht beantworten.",
    "Es wird nicht erwähnt, wer die Pumpe gebaut hat.",
    "Unbekannt.",
    "Leider finde ich dazu nichts in den Unterlagen.",
    "Aus dem Text geht das nicht hervor.",
    "Keine Angabe",
    "non trouvé",
    "Pas trouvé.",
    "Je ne sais pas.",
    "Le contexte ne mentionne pas son âge.",
    "Aucune information n'est donnée.",
    "Il n'est pas indiqué qui l'a construite.",
    "La réponse n'est pas dans les notes.",
    "Inconnu",
    "Désolé, je ne trouve pas la réponse.",
    "Cette information ne figure pas dans les extraits.",
    "N/A",
)
ANSWERED = (
    "Tomas Brekke",
    "The keeper knows.",
    "He found nothing wrong",
    "I found nothing wrong",
    "The letter was not found until 1962.",
    "He did not know Ada Lind.",
    "Not until March",
    "no",
    "No",
    "No, it is closed.",
    "none",
    "The pump does not contain oil.",
    "Ada Lind, but her age is not mentioned",
    "It was never found.",
    "not the red valve",
    "The museum is not open on Mondays.",
    "Nobody knew the way",
    "Because he could not find the key",
    "In the notebook",
    "Note 5",
    "She said no",
    "Er fand nichts",
    "Nicht vor 1962",
    "Die Pumpe läuft nicht.",
    "Das Ventil, nicht die Pumpe",
    "Kein Öl",
    "Der Brief wurde nie gefunden",
    "Nein",
    "Pas de sel",
    "Il n'a rien dit",
    "Le phare n'est pas ouvert",
    "Non",
    "Elle ne mange pas de poisson.",
    "Do not use without the guard.",
    "The Unknown Soldier",
    "without ice",
    "1,900 litres",
    "Ich mag keinen Fisch.",
    "because the record was not kept",
)


@pytest.mark.parametrize("text", DECLINED)
def test_an_answer_that_says_the_notes_do_not_hold_it_declines(text: str) -> None:
    assert declined(text)


@pytest.mark.parametrize("text", ANSWERED)
def test_an_answer_that_only_negates_or_only_finds_does_not(text: str) -> None:
    assert not declined(text)


@given(st.text(max_size=60))
def test_what_follows_an_answer_does_not_undo_it(text: str) -> None:
    assert not declined(f"Tomas Brekke. {text}")
    assert declined(f"Not found. {text}")
