from __future__ import annotations

import pytest

from sanderling.text.questions.asked import asked
from sanderling.text.searched import words


@pytest.mark.parametrize(
    ("question", "kept", "gone"),
    [
        ("水泵是什么时候修的？", {"水泵", "修"}, {"什么", "时候", "的"}),
        ("谁负责锅炉？", {"负责", "锅炉"}, {"谁", "谁负"}),
        ("傘はどこにありますか", {"傘"}, {"どこ", "ます"}),
        ("発電機を直した人は誰？", {"発電", "電機", "直"}, {"誰", "を"}),
        ("보일러는 누가 고치나?", {"보일", "일러"}, {"누가"}),
        ("열쇠는 어디에 있나?", {"열쇠"}, {"어디", "있나"}),
    ],
)
def test_words_that_only_ask_are_left_out(question, kept, gone):
    found = set(asked(question))
    assert kept <= found and not gone & found
    assert found < set(words(question))


@pytest.mark.parametrize("question", ["谁？", "什么时候", "何？", "어디?", "Who is it?", "Wo ist die Tür?", ""])
def test_a_question_of_nothing_else_and_one_in_another_script_are_left_as_they_are(question):
    assert asked(question) == words(question)
