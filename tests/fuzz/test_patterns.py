"""Every regular expression of the package, with what keeps its time linear; one that is not listed here is refused.

``search`` and ``match`` say how it is called, and so how it is tried here on texts that grow. ``short`` are those that
never see more than a name or a number, and those whose pattern is not in the source.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from clock import growth
from pumps import UNITS, repeated

import sanderling
from sanderling.text.lazy_pattern import LazyPattern

PACKAGE = Path(sanderling.__file__).parent
WORD = ("search", "one class repeated, and nothing after it that could fail")
ALTERNATIVES = ("search", "fixed words between word boundaries; a repetition in one is of word characters, read once")
RUN = ("match", "one class repeated without giving back, from a given place, where the caller goes on")
BRACKETS = ("search", "from a bracket to the next, bounded, and nothing is given back")
CELL = ("match", "bounded repetitions, from the beginning of a cell")
OURS = ("short", "names of files that the system or we write")
NAMES = ("short", "one line of at most 200 characters: a title, a field, or the name of a file or folder")
CUT = ("short", "the first 2,000 characters of a question or a name")
PATTERN = ("short", "patterns are a profile's, which ships or is the user's own; the texts are names of hardware")

BOUNDS = {
    "bench_device/ann/vectors.py _SENTENCE_END": (
        "search",
        "white space after a full stop is tried once: it begins where no white space is",
    ),
    "bench_device/report/html.py _cell": ("match", "two characters at most, from the beginning only"),
    "bench_device/report/html.py _sayable": ("search", "one character"),
    "bench_device/judge/remote.py _MARK": ("search", "one character"),
    "bench_device/routing/trials.py _NUMBER": ("search", "digits, then more of them; what follows may be missing"),
    "bench_device/sanity/gsm8k.py _NUMBER": ("search", "digits are read and not given back, then groups of three"),
    "bench_device/sanity/rules/lengths.py _WORD": WORD,
    **{
        f"bench_device/sanity/rules/shapes.py {name}": ("search", "from one asterisk to the next, or to the line's end")
        for name in ("_BOLD", "_HIGHLIGHT")
    },
    "bench_device/sensors/energy.py counters": OURS,
    "bench_device/sensors/energy.py power_w": OURS,
    "bench_device/sensors/heat.py COOLING_CPU": OURS,
    "bench_device/matrix/shape.py parse": ("short", "an option"),
    "cli/escape.py _IN_TEXT": ("search", "one character"),
    "cli/escape.py _IN_LINE": ("search", "one character"),
    "device/linux.py _temperature": OURS,
    "device/machine.py _commit": ("short", "what git says of our own sources"),
    "device/strain.py CPU_ZONE": OURS,
    "device/strain.py limits_c": OURS,
    "engines/scripted.py _SPLIT": ("search", "fixed words"),
    "engines/scripted.py _rule": ("short", "the pattern is a script's, which only tests and benchmarks write"),
    "engines/special_strings.py __init__": (
        "short",
        "made of a vocabulary: fixed words that share their beginnings, each character looked at once from each place",
    ),
    "engines/prefix_disk.py _NAME": OURS,
    "memory/upkeep/compaction.py _remove_abandoned": OURS,
    **{
        f"models/download/repository.py {name}": ("short", "names of at most 255 characters, of a repository or a file")
        for name in ("_NAME", "_QUANT", "_SHA256", "_SPLIT", "_UNSAFE")
    },
    "memory/link/entities.py _WORD": (
        "search",
        "after a letter it reads a word and its hyphens once, and gives back the hyphens at the end at most once: a "
        "letter alone before them is no start a second time",
    ),
    "memory/read/html/blocks.py _SPACE": WORD,
    "memory/read/html/elements.py _STYLE_HIDES": ("search", "fixed words, and nine blanks at most on each side"),
    "memory/read/html/elements.py _NAME_WORD": ("short", "names of a class or id, cut at 500 characters"),
    "memory/read/html/elements.py _COOKIE": ("search", "a fixed word"),
    "memory/read/html/elements.py _AGREE": ("search", "fixed words"),
    "memory/read/html/head.py _LANGUAGE": ("short", "the first 20 characters of an attribute"),
    "memory/read/html/style.py _COMMENT": ("search", "from its beginning to its end, or to that of the text"),
    "memory/read/html/style.py _BRACE": ("search", "one character"),
    "memory/read/html/style.py _DISPLAY": ("search", "fixed words, then nine blanks and thirty letters at most"),
    "memory/read/html/style.py _NAMES": ("search", "a sign and then letters, and nothing after them"),
    "memory/read/html/table.py _DIGIT": ("search", "one character"),
    "memory/read/markdown/html_tables.py _LINK": ("search", "from an <a to the next bracket, each part bounded"),
    "memory/read/markdown/html_tables.py _TAG": ("search", "fixed letters"),
    "memory/read/pdf/running_text.py _NUMBER": ("search", "nine characters at most, and nothing after them"),
    "memory/read/pdf/running_text.py _FORMS": WORD,
    "memory/read/pdf/running_text.py _BROKEN": (
        "search",
        "from the beginning of a word 40 letters at most, then blanks and letters, each bounded",
    ),
    "memory/read/pdf/running_text.py _WORD": (
        "search",
        "letters, then parts of a hyphen and letters: each is read once",
    ),
    "memory/files/ignore.py _CLUTTER": ("match", "two wildcards at most, between fixed letters"),
    "memory/files/ignore_pattern.py _class": ("short", "a line of rules, and only compiled"),
    "memory/files/ignore_pattern.py _compiled": (
        "short",
        "patterns come with a folder and texts are its paths; test_no_pattern_takes_long holds them to their bound",
    ),
    "memory/read/html/html.py _ENCODING": ("short", "the first 2,048 bytes of a page; each repetition is bounded"),
    "memory/read/markdown/blocks.py _ATX": ("match", "six characters at most"),
    "memory/read/markdown/blocks.py _FENCE": ("match", "the marks, then all that is no backtick, once each"),
    "memory/read/markdown/blocks.py _MARKER": ("match", "ten characters at most"),
    "memory/read/markdown/blocks.py _BREAK": ("match", "one line, each character read once"),
    "memory/read/markdown/blocks.py _UNDERLINE": ("match", "one line, each character read once"),
    "memory/read/markdown/blocks.py _DEFINITION": ("match", "1,000 characters at most, each read once"),
    "memory/read/markdown/html_blocks.py _HTML_BLOCK": ("match", "fixed words"),
    "memory/read/markdown/html_blocks.py _RAW": ("match", "fixed words"),
    "memory/read/markdown/html_blocks.py _RAW_END": ("search", "fixed words"),
    "memory/read/markdown/html_blocks.py _ANY_TAG": ("match", "one line, nothing is given back"),
    "memory/read/markdown/code_spans.py code_spans": ("search", "a run of one character"),
    "memory/read/delimited.py _ADDRESS": CELL,
    "memory/read/delimited.py _DATE": CELL,
    "memory/read/delimited.py _NUMBER": CELL,
    "memory/read/delimited.py _YEAR": CELL,
    "memory/read/delimited.py read_delimited": ("match", "six characters"),
    "memory/read/markdown/front_matter.py _YAML": (
        "match",
        "from the beginning; at each line three characters and blanks",
    ),
    "memory/read/markdown/front_matter.py _TOML": ("match", "as _YAML"),
    "memory/read/markdown/front_matter.py _ENTRY": ("match", "200 characters at most, of one class"),
    "memory/read/markdown/front_matter.py _TAGS": ("search", "fixed words"),
    "memory/read/markdown/front_matter.py _HASH": ("search", "one character, and the ones beside it"),
    "memory/read/markdown/front_matter.py _entry": ("search", "the first that is found takes all the rest of the line"),
    "memory/read/markdown/headings.py _IMAGE": BRACKETS,
    "memory/read/markdown/headings.py _LINK_TEXT": BRACKETS,
    "memory/read/markdown/headings.py _WIKI_TEXT": BRACKETS,
    "memory/read/markdown/headings.py _TAG": BRACKETS,
    "memory/read/markdown/headings.py _HTML_HEADING": BRACKETS,
    "memory/read/markdown/headings.py _ATTRIBUTES": BRACKETS,
    "memory/read/markdown/headings.py _COMMENT": BRACKETS,
    "memory/read/markdown/headings.py _MARKS": ("search", "two characters, and the ones beside them"),
    "memory/read/markdown/headings.py _ESCAPE": ("search", "two characters"),
    "memory/read/markdown/hidden.py _BLOCK_ID": (
        "search",
        "blanks are tried from their beginning only; after the mark 64 characters of one line, looked at twice",
    ),
    "memory/read/markdown/hidden.py _COMMENT": ("search", "two characters"),
    "memory/read/metadata.py _LINKED": BRACKETS,
    "memory/read/metadata.py _DIVIDED": ("search", "one character"),
    "memory/read/metadata.py _TAG": ("search", "from a bracket to the next, bounded, else a word, which fits"),
    "memory/read/markdown/links.py _LINK": BRACKETS,
    "memory/read/markdown/links.py _WIKILINK": BRACKETS,
    "memory/read/markdown/links.py _REFERENCE": BRACKETS,
    "memory/read/markdown/links.py _DEFINITION": ("search", "from the beginning of a line only, bounded"),
    "memory/read/markdown/properties.py OWN": ("search", "from the beginning of a line only; nothing is given back"),
    "memory/read/markdown/properties.py REFERENCE": ("search", "38 characters"),
    "memory/read/markdown/properties.py _LINE": (
        "search",
        "from the beginning of a line; a key of 60 characters at most",
    ),
    "memory/read/markdown/properties.py _INSIDE": (
        "search",
        "from a bracket, a key of 60 characters and a value of 500",
    ),
    "memory/read/markdown/tags.py _TAG": ("search", "a word behind a mark, or 200 characters; nothing is given back"),
    "memory/read/markdown/tags.py _COLOUR": ("short", "a word of eight characters at most"),
    "memory/read/html/markup.py _NAME": RUN,
    "memory/read/html/markup.py _SPACE": RUN,
    "memory/read/html/markup.py _ATTRIBUTE": RUN,
    "memory/read/html/markup.py _EQUALS": RUN,
    "memory/read/html/markup.py _UNQUOTED": RUN,
    "memory/read/html/markup.py _REFERENCE": ("search", "32 characters after each ampersand at most"),
    "memory/read/html/markup.py _RAW_END": ("search", "fixed words"),
    **{f"memory/read/naming.py {name}": NAMES for name in ("_BETWEEN", "_CAMEL", "_MADE_UP", "_NUMBERED", "_WORD")},
    **{f"memory/read/naming.py {name}": NAMES for name in ("_NUMBERED_MONTH", "_OF_DATE", "_PAGE_ID")},
    **{f"memory/read/title.py {name}": NAMES for name in ("_FILE", "_NOBODYS", "_NUMBER", "_PLACE", "_PRINTED")},
    "memory/read/title.py _LOWER_LEVEL": ("short", "the 400 characters from a heading on"),
    **{f"text/dates/asked.py {name}": CUT for name in ("_BETWEEN", "_OPEN_BEGINNING", "_OPEN_END", "_TO")},
    "text/dates/moments.py _CLOCK": NAMES,
    "text/dates/moments.py _OFFSET": NAMES,
    "text/dates/relative.py _RELATIVE": CUT,
    "text/dates/relative.py _WORD": WORD,
    "text/told_language.py _ASCII_WORD": WORD,
    "text/told_language.py _OTHER": ("search", "one character"),
    "text/dates/written.py _LETTERS": WORD,
    "text/dates/written.py _YEAR": ("search", "eight characters at most"),
    "text/dates/written.py _PATTERNS": CUT,
    "text/dates/written.py _YEARLESS_PATTERNS": CUT,
    "memory/read/office/rtf_words.py TOKEN": ("short", "bytes; each token is taken whole and not looked at again"),
    "memory/read/objects/exports.py _SLACK_MARK": ("search", "from a bracket to the next, bounded"),
    "memory/retrieve/shared_names.py _PLAIN_NAME": (
        "search",
        "a name is what fits; white space after it is read once, and then is no start",
    ),
    "memory/retrieve/shared_names.py _FOREIGN": ("search", "one character"),
    "memory/retrieve/shared_names.py _FIRST": ("match", "one character that is no ASCII, with no other after it"),
    "memory/retrieve/shared_names.py _NAME": (
        "search",
        "a name is what fits; white space after it is read once, and then is no start",
    ),
    "text/questions/follow_up.py _WORD": (
        "search",
        "letters, then a mark with more of them, each read once; it ends anywhere",
    ),
    "text/questions/follow_up.py _OPENING": ("match", "fixed words, from the beginning only"),
    "text/questions/notes_grammar.py _pattern": ("short", "questions of at most 300 characters, from their beginning"),
    "text/data_uri.py _ADDRESS": ("search", "fixed letters, then bounded"),
    "text/data_uri.py _ALT": ("short", "an <img> of 4,000 characters at most"),
    "text/data_uri.py _BASE64": ("match", "from a given place, nothing but the last line is given back, and that once"),
    "text/data_uri.py _DEFINED": ("search", "from the beginning of a line only, bounded, then the rest of the line"),
    "text/data_uri.py _DRAWINGS": ("search", "fixed letters"),
    "text/data_uri.py _ESCAPED": RUN,
    "text/data_uri.py _IMAGE": ("search", "from an <img to the next bracket, 2,000 characters at most"),
    "text/data_uri.py _INLINE": BRACKETS,
    "text/data_uri.py _LINES": ("search", "begins where no letter of base64 is before it, and gives nothing back"),
    "text/data_uri.py _REFERENCE": BRACKETS,
    "text/table.py _DIVIDER": ("search", "one character, and the one before it"),
    "text/table.py _DELIMITER": ("search", "from the beginning of a line only; nothing is given back"),
    "text/table.py _SPACE": WORD,
    "text/lazy_pattern.py __getattr__": ("short", "each pattern is listed where it is written"),
    "text/near_duplicates.py _SPACE": WORD,
    "text/encoding/control_characters.py _SEQUENCE": (
        "search",
        "from each escape character what follows is read once, bounded, and not given back; the others two to ten "
        "characters",
    ),
    "text/encoding/control_characters.py _FORMATTING": ("search", "one character"),
    "text/encoding/control_characters.py _OTHER": ("search", "a run of one character, and nothing after it"),
    "text/encoding/control_characters.py _ANY": ("search", "one character"),
    "text/encoding/control_characters.py _C1": ("search", "one character"),
    "text/encoding/guess.py _FOREIGN": WORD,
    "text/encoding/guess.py _MIXED": ("search", "two characters"),
    "text/questions/asked.py _UNSPACED": ("search", "fixed words"),
    "text/questions/codes.py _CODE": CUT,
    "text/questions/codes.py _PARTS": ("short", "codes of at most 70 characters"),
    "text/questions/codes.py _YEAR": ("short", "codes of at most 70 characters"),
    "text/questions/asked.py _EOJEOL": WORD,
    "text/script.py RUN": WORD,
    "text/script.py _HAN_LETTER": ("match", "one character"),
    "text/script.py _BORDER": ("search", "one character before, and one after"),
    "text/script.py _UNIT": ("search", "marks are read once, with the letter before them"),
    "text/searched.py _ASCII_WORD": WORD,
    "text/searched.py _ASCII_WORD_CASED": WORD,
    "text/searched.py _SPECIAL": (
        "search",
        "blanks after a letter and a hyphen are read once; the rest is five characters",
    ),
    "text/searched.py _FOREIGN": ("search", "one character"),
    "text/searched.py _YOUNG_CAPITAL": ("search", "one character"),
    "text/searched.py _WORD": WORD,
    "text/searched.py _USUAL_WORD": WORD,
    "text/searched.py _UNUSUAL": ("search", "one character"),
    "text/searched.py _PIECE": WORD,
    "text/searched.py _NAME": ("search", "begins where no word character stands before; nothing is given back"),
    "text/searched.py _BROKEN": ("search", "begins where no word character stands before; nothing is given back"),
    "text/searched.py _LINE_END": ("search", "white space is read once, behind a hyphen; nothing is given back"),
    "text/searched.py _MARKED": ("search", "one character, between two"),
    "text/searched.py _BREAK": ("search", "white space is read once, behind a hyphen"),
    "text/searched.py _GROUPED": (
        "search",
        "begins where no digit or group mark stands before; what one alternative read, the next may read again",
    ),
    "text/searched.py _MAYBE_GROUPED": ("search", "as _GROUPED"),
    "text/searched.py _MAYBE_MARKED": ("search", "five characters"),
    "text/searched.py _GROUP_MARK": ("search", "one character"),
    "text/searched.py _PARTS": WORD,
    "text/searched.py _RAISED": ("search", "one character, and one before"),
    "text/searched.py _INDEXED": WORD,
    "text/wrapped.py _ALONE": ("match", "from the beginning of a line; blanks behind a letter are read once"),
    "text/wrapped.py _ITEM": ("match", "from the beginning of a line; nothing is given back"),
    "text/wrapped.py _UNSPACED": ("match", "one character"),
    "text/clean.py _MARKS": ("search", "30 characters are read again at most; more are taken and not given back"),
    "models/download/hub.py _SHA256": ("short", "a hash"),
    "device/profiles.py matches": PATTERN,
    "response_cache/question.py _OPENING": ("match", "fixed words"),
    "response_cache/question.py _POLITE": ("match", "fixed words, from the beginning only"),
    "router/verifier/signals.py _HEAD": ("match", "bounded repetitions, from the beginning of a block"),
    "server/routes/page.py _PARTS": ("short", "the page of the package, read once"),
    "stages/heads.py _NO_WORD": WORD,
    "tiers/rung.py _SIZE": ("search", "eight digits and a dot at most, from where no letter or digit stands before"),
    "stages/quoting.py _NUMBERED": (
        "search",
        "from each bracket it reads digits and blanks once, up to the next bracket; from the beginning likewise",
    ),
    "stages/select_notes.py _OR": ("search", "fixed words; a comma and a blank before them"),
    "stages/whole_notes.py _LINE": WORD,
    "stages/whole_notes.py _NO_TITLE": WORD,
    "text/answer_checks.py _ARTICLES": ALTERNATIVES,
    "text/borne_out.py _MARK": ("search", "one character"),
    "text/borne_out.py _NUMBER": ("search", "digits are read and not given back, then groups of three"),
    "text/declined.py _CLAUSE": ("search", "one character; behind a comma a blank and fixed words are looked at"),
    "text/sentences.py _END": ("search", "white space is tried from its beginning only, and not given back"),
    "text/sentences.py _ABBREVIATION": ("search", "five characters; called on the last five"),
    "text/questions/question.py WORD": WORD,
    "text/questions/question.py _TOKEN": WORD,
    "text/questions/question.py _MULTI_HOP": ALTERNATIVES,
    "text/questions/question.py _SUBJECT_PATTERNS maths": (
        "search",
        "after one digit white space is read and not given back; the rest as the others",
    ),
    **{
        f"text/questions/question.py _SUBJECT_PATTERNS {name}": ALTERNATIVES
        for name in ("code", "health", "law", "money")
    },
    **{
        f"text/questions/question.py _ASKED_PATTERNS {name}": ALTERNATIVES
        for name in ("number", "time", "place", "person", "reason", "yes_no")
    },
}


def sources() -> Iterator[tuple[str, Path]]:
    """Modules by their place in the package. Two folders of it lie elsewhere in the tree, behind links."""
    for folder in (PACKAGE, PACKAGE / "bench_device", PACKAGE / "device_profiles"):
        for path in folder.rglob("*.py"):
            yield path.relative_to(PACKAGE).as_posix(), path


def used() -> dict[str, list[ast.Call]]:
    """Calls that take a pattern, by module and by the name or function that they stand in."""
    found: dict[str, list[ast.Call]] = {}

    def walk(node: ast.AST, module: str, place: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = place
            if isinstance(child, ast.FunctionDef):
                inner = child.name
            elif isinstance(child, ast.Assign | ast.AnnAssign) and not place:
                target = child.targets[0] if isinstance(child, ast.Assign) else child.target
                inner = ast.unparse(target)
            if isinstance(child, ast.Dict):
                for key, value in zip(child.keys, child.values, strict=True):
                    named = f"{place} {key.value}" if isinstance(key, ast.Constant) else place
                    walk(ast.Tuple([value], ast.Load()), module, named)
                continue
            if isinstance(child, ast.Call) and _is_pattern(child.func):
                found.setdefault(f"{module} {inner}", []).append(child)
            walk(child, module, inner)

    for module, path in sources():
        walk(ast.parse(path.read_text(encoding="utf-8")), module, "")
    return found


def _is_pattern(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id == "lazy_pattern"
    return isinstance(function, ast.Attribute) and ast.unparse(function.value) == "re" and function.attr != "escape"


CALLS = used()


def test_no_module_takes_patterns_from_elsewhere() -> None:
    for module, path in sources():
        source = path.read_text(encoding="utf-8")
        assert "from re import" not in source, module
        assert "import re as" not in source, module


def test_every_pattern_is_listed_with_its_bound() -> None:
    assert sorted(CALLS) == sorted(BOUNDS)


def patterns(place: str) -> list[re.Pattern[str]]:
    """What a module holds under a name, or what stands in a call."""
    module, name, *key = place.split()
    holder = importlib.import_module("sanderling." + module.removesuffix(".py").replace("/", "."))
    held = getattr(holder, name, None)
    if isinstance(held, re.Pattern | LazyPattern):
        return [held]
    if isinstance(held, dict):
        return [held[key[0]]] if key else list(held.values())
    return [re.compile(ast.literal_eval(call.args[0])) for call in CALLS[place]]


@pytest.mark.parametrize("place", sorted(place for place, (how, _) in BOUNDS.items() if how != "short"))
def test_a_pattern_takes_linear_time(place: str) -> None:
    how = BOUNDS[place][0]
    for pattern in patterns(place):

        def call(text: str, pattern: re.Pattern[str] = pattern) -> object:
            return pattern.match(text) if how == "match" else sum(1 for _ in pattern.finditer(text))

        made = [(f"a{unit}", repeated(unit, "a", "b")) for unit in UNITS]
        slow = [f"{pump!r}: {said}" for pump, make in made if (said := growth(call, make, 1024, 4096))]
        assert not slow
