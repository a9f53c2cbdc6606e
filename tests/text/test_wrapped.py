from __future__ import annotations

import textwrap

import pytest

from sanderling.text.sentences import sentences
from sanderling.text.wrapped import unwrapped

LONG = (
    "The generator in the south shed is started by hand each Monday, because its battery was taken out for the radio "
    "hut in spring and nobody has brought a new one since. Tomas keeps the crank on the hook behind the door."
)


@pytest.mark.parametrize("width", [45, 60, 72, 100])
def test_wrapped_lines_are_one(width):
    wrapped = textwrap.fill(LONG, width, break_on_hyphens=False)
    assert wrapped.count("\n") > 1
    assert unwrapped(wrapped) == LONG
    assert sentences(wrapped) == sentences(LONG)


def test_wrapped_items_of_a_list_stay_items():
    first, second = LONG.split(". ")
    text = f"# Shed\n- {textwrap.fill(first, 60)}\n- {textwrap.fill(second, 60)}\n\nEnd."
    assert unwrapped(text) == f"# Shed\n- {first}\n- {second}\n\nEnd."


BROKEN = """\
Since spring the crew keeps all of its food in the refri-
gerator of the galley, which hums all day and night in a
low tone."""


def test_a_word_that_a_line_end_breaks_is_joined_with_its_hyphen():
    assert "refri-gerator of" in unwrapped(BROKEN) and "a low tone" in unwrapped(BROKEN)


def test_chinese_lines_are_joined_without_a_blank():
    line = "水泵每三个月要换一次机油并且检查密封圈的磨损情况以及轴承的温度如果"
    assert unwrapped(f"{line}\n{line}\n然后记录") == f"{line}{line}然后记录"


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lind\nMill Lane 4\nHarrow",
        "Roses are red,\nviolets are blue,\nsugar is sweet\nand so are you.",
        "| part | stock |\n|---|---|\n| belt | 4 |",
        "PN-1140  belt         32  shelf four on the left side\nPN-1141  bolt         16  shelf five on the left side",
        "Monday: Ada looks after the pump in the morning\nTuesday: Bo looks after the boiler in the evening",
        "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。",
        "first line with a hard break set by two blanks of Markdown  \nand what follows it on the next line of text",
        "key = value\nother = another value that is much longer than the first one\nlast = 3",
        "",
        "\n\n",
    ],
)
def test_lines_that_mean_something_stay(text):
    assert unwrapped(text) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("水泵坏了。谁来修？明天！", ["水泵坏了。", "谁来修？", "明天！"]),
        ("彼は「行く。」と言った。雨が降る。", ["彼は「行く。」", "と言った。", "雨が降る。"]),
        ("펌프가 고장났다. 내일 고친다.", ["펌프가 고장났다.", "내일 고친다."]),
        ("من يصلح القارب؟ أحمد.", ["من يصلح القارب؟", "أحمد."]),
        ("पंप खराब है। कल ठीक होगा।", ["पंप खराब है।", "कल ठीक होगा।"]),
        ("It is 3.5 bar. Dr. Lind knows.", ["It is 3.5 bar.", "Dr. Lind knows."]),
    ],
)
def test_sentences_of_other_scripts(text, parts):
    assert sentences(text) == parts
