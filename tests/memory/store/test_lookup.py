"""What a note says is found by what is asked: the words of one against SQLite's own index of the other."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from old_memory import back_to_format_2

from sanderling.memory.store.lookup import expression, known_spellings
from sanderling.memory.store.store import Store
from sanderling.text.searched import words

TEXTS = st.text(
    st.sampled_from("aAzéÉß９ﬁ²½09 ,.'’-\n_水泵维々かがのをガｶﾞ한국에서는ก็ที่ကျ कि\u0301٣كِﻛёЙΆς")
    | st.characters(exclude_categories=["Cs"], max_codepoint=0x2FFF),
    min_size=1,
    max_size=30,
)


def add(store, unit, *texts, title=""):
    found = []
    for text in texts:
        with store.write() as writer:
            found += writer.add_document(f"u{text[:40]}{len(store.documents())}", title, "h", [text], unit(1))[1]
    return found


def keys(store, question):
    return [key for key, _ in store.search_text(question)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
@example("0µ")
@example("\u037f \u0528")  # capitals younger than SQLite's tokenizer
def test_every_word_of_a_text_finds_it(store, unit, text):
    text = text.replace("\0", "")
    (key,) = add(store, unit, text)
    for word in words(text):
        sql = "SELECT rowid FROM node_text WHERE node_text MATCH ? AND rowid = ?"
        assert store.database.execute(sql, (expression([word]), key)) == [(key,)], word


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("1200 liters", "The tank holds 1,200 l."),
        ("1200", "Der Tank fasst 1.200 Liter."),
        ("Error 1234", "E1234: the door is open."),
        ("the refrigerator", "Defrost the refri-\ngerator on Sunday."),
        ("ABC123", "The code is ＡＢＣ１２３."),
        ("official fire flow", "The oﬃcial ﬁre ﬂow is low."),
        ("水", "检查水泵"),
        ("泵", "检查水泵"),
        ("冰箱在哪里", "厨房的冰箱坏了"),
        ("傘はどこ？", "玄関に傘を置いた"),
        ("우체국은 어디야?", "우체국에서 소포를 찾았다"),
        ("물이 어디 있어?", "물을 마셨다"),
        ("ตู้เย็นอยู่ไหน", "ซ่อมตู้เย็นเมื่อวาน"),
        ("genreator", "The generator is loud."),
        ("where is the refrigeratr", "The refrigerators hum."),
        ("насосс", "Насос сломан."),
    ],
)
def test_what_is_written_otherwise_is_found(store, unit, question, text):
    (wanted, _) = add(store, unit, text, "Nothing of that kind, said Ada. 别的 別の 다른 อื่น")
    assert keys(store, question)[:1] == [wanted]
    assert store.integrity() == ()


def test_other_spellings_are_for_words_that_no_note_has(store, unit):
    horse, house = add(store, unit, "The horse eats.", "The house burns.")
    assert keys(store, "horse") == [horse]
    assert sorted(keys(store, "hotse houde")) == [horse, house]
    assert known_spellings(store.database, "xylophone") == []
    # A note that has it comes later.
    (houde,) = add(store, unit, "Mr Houde sings.")
    assert keys(store, "houde") == [houde]


def test_deleted_words_of_other_writings_are_gone(store, unit):
    add(store, unit, "检查水泵, E1234")
    with store.write() as writer:
        writer.delete_document(store.documents()[0].key)
    assert keys(store, "水泵") == keys(store, "1234") == []
    assert store.erase() == ""
    assert store.integrity() == ()


def test_a_memory_of_format_2_is_searched_by_pairs_after_its_upgrade(tmp_path, unit):
    store = Store.open(tmp_path / "m", "e", 4)
    wanted, _ = add(store, unit, "检查水泵", "The pump.")
    store.close()
    back_to_format_2(tmp_path / "m")
    store = Store.open_existing(tmp_path / "m")
    assert keys(store, "水泵在哪里") == [wanted]
    assert store.integrity() == ()
    store.close()
