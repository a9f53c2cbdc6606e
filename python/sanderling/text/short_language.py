"""Recognise the language of a question or short note if common words leave no doubt.

:func:`~sanderling.text.told_language.told_language` needs six words from its lists, more than a short note has. Here
the lists are longer and hold words that languages share, and a text counts as in a language only if it has clearly more
of that language's words than of any other's. Code, names and lists of words have too few of them and stay without.
"""

from __future__ import annotations

from collections.abc import Mapping

from .questions.question import WORD
from .told_language import told_language

CHARACTERS = 1_000
"""Number of characters read from the beginning of a text."""
WORDS = 2
"""Fewest different common words of the text's language."""
LEAD = 2
"""Lead in common words: over the next language as a difference, over English as a ratio."""
SHARE = 0.2
"""Least share of common words among all words."""

_WORDS = {
    "en": """
    a about after all also an and any are as at be because been before but by can could did do does for from get had has
    have he her his how i if in into is it its just like made make many more most much my no not of on one only or other
    our out over she should so some such than that the their them then there these they this those through to two under
    up use used very was we were what when where which while who whose why will with would you your
    """,
    "de": """
    aber alle als am an auch auf aus bei bin bis da damit dann das dass dem den denn der des die dies diese dieser doch
    du durch ein eine einem einen einer eines er es für gegen gibt hat hatte haben heißt hier ich ihr ihre im in ins ist
    ja jede jeden jeder jedes kann kein keine liegen liegt man mehr mein mit muss nach nicht noch nun nur ob oder ohne
    sehr sein seine seit sich sie sind so steht über um und uns unser unter viel viele vom von vor wann war waren warum
    was weil welche welcher welches wenn wer werden wie wieder wir wird wo wurde wurden zu zum zur zwei zwischen
    """,
    "fr": """
    à alors après au aussi autre aux avant avec bien c'est ce ces cette comme comment d'un d'une dans de des deux donc
    du elle elles en entre est et était être eu fait il ils je l'on la le les leur leurs lui mais même moins n'est ne
    nous on ont ou où par parce pas peut plus pour pourquoi qu'il quand que quel quelle quels qui quoi sa sans se ses
    si son sont sous sur toujours tous tout très un une vous y
    """,
    "es": """
    a al algo como cómo con cuál cuando cuándo cuánto cuántos de del desde donde dónde dos el ella ellos en entre era es
    esta está están este esto fue ha hay hasta la las le les lo los más me mi muy no nos o para pero por porque qué que
    quién se según ser si sí sin sobre son su sus también tiene todo todos tras un una uno y ya yo
    """,
    "it": """
    a ad al alla alle anche c'è che chi ci come con cosa così da dal dalla degli dei del della delle dello di dopo dov'è
    dove due e è era gli ha hanno i il in io l'ha la le lo loro ma mi molto ne nel nella non o ogni per perché più prima
    quale quando quanti quanto quello questa questo qui se si sia sono sua sul sulla suo tra tutti un una uno
    """,
    "pt": """
    a ao aos as às até com como da das de depois do dos e é ela ele eles em entre era essa esse esta está este eu foi há
    isso já lhe mais mas me mesmo muito na não nas nem no nos o onde os ou para pela pelo por porque qual quando quantos
    que quem são se sem ser seu sua também tem ter um uma você
    """,
    "nl": """
    aan als bij dan dat de deze die dit door dus een en er geen haar had heb hebben heeft het hij hoe hoeveel ik in is
    je kan maar meer met mijn na naar niet nog of om omdat onder ons ook op over te tot uit van veel voor waar waarom
    wanneer was wat we welke werd wie worden wordt ze zich zij zijn zo
    """,
    "sv": """
    alla att av de den det detta du efter eller en ett finns för från han har hon hur i inte jag kan med men mycket när
    någon något och om på sedan sig sin som till under upp ut vad var varför vem vi vid vilken är över
    """,
    "da": """
    af alle at blev da de den der det dette du efter eller en er et for fra han har havde hun hvad hvem hvor hvordan
    hvornår i ikke jeg kan med men meget når og også om op på sig sin skal som til ud under var ved vi være
    """,
    "pl": """
    ale bez był była było być co czy dla do gdy gdzie i ich ile jak jako jej jego jest już kiedy kto która które który
    lub ma mają na nad nie o od oraz po pod przed przez przy są się tak także tego ten to tylko w we z za ze że
    """,
    "tr": """
    ama ben bir biz bu çok da daha de değil diye en gibi göre hangi her için ile ise kadar kaç ki mi mu ne
    nerede o olan olarak oldu onun sonra şu ve veya ya zaman
    """,
}
COMMON: Mapping[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _WORDS.items()}


def short_language(text: str) -> str:
    """Return the two-letter code of the language of ``text``; "" if in doubt."""
    sample = text[:CHARACTERS]
    if told := told_language(sample):
        return told
    # Inside a text these words have no capitals, but names made of them do: Las Vegas.
    written = WORD.findall(sample)
    words = [word.lower() if at == 0 else word for at, word in enumerate(written)]
    words = [word.replace("\u2019", "'") for word in words]
    known = set(words)
    counts = {code: len(known & common) for code, common in COMMON.items()}
    best, second = sorted(counts, key=lambda code: -counts[code])[:2]
    if counts[best] < WORDS or counts[best] < counts[second] + LEAD:
        return ""
    if best != "en" and counts[best] < LEAD * counts["en"]:
        return ""
    share = sum(word in COMMON[best] for word in words) / len(words)
    return best if share >= SHARE else ""
