from __future__ import annotations

import re
import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanderling._core import DamageError, VersionError, WordTable, stems
from sanderling.memory.store.schema import FULL_TEXT

ENDINGS = (
    "ational tional enci anci izer logi bli alli entli eli ousli ization ation ator alism iveness fulness ousness "
    "aliti iviti biliti icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion ou "
    "ism ate iti ous ive ize eed ed ing s es ies ss y e l ll at bl iz yy 1 9"
)
WORDS = st.builds(
    lambda beginning, endings: beginning + "".join(endings),
    st.text("abceiostuyylzwx", max_size=6),
    st.lists(st.sampled_from(re.findall(r"\w+", ENDINGS)), max_size=3),
)


def keys(*numbers):
    return np.array(numbers, np.uint64)


@pytest.fixture
def table():
    table = WordTable()
    table.extend(keys(3, 5), ["Otter", "Quay"])
    table.put(["otter", "quay"], ["3 0 3 5 5 9", "3 9 5 0"])
    return table


@settings(max_examples=40, deadline=None)
@given(st.lists(WORDS | st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=70), max_size=60))
def test_stems_are_those_of_sqlite(words):
    words = [word for word in words if word]
    database = sqlite3.connect(":memory:")
    database.execute(FULL_TEXT[: FULL_TEXT.index(";")].replace("content='node', content_rowid='key'", "content=''"))
    database.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(node_text, instance)")
    database.executemany("INSERT INTO node_text(rowid, text) VALUES(?, ?)", list(enumerate(words)))
    assert stems(words) == [term for (term,) in database.execute("SELECT term FROM terms ORDER BY doc")]
    database.close()


def test_what_is_put_is_found(table):
    assert [found.tolist() for found in table.find([["otter"], ["otter", "quay"], ["quay", "otter"], []])] == [
        [3, 5],
        [3],
        [],
        [],
    ]
    nodes, has = table.having([[["quay"]], [["absent"], ["otter", "quay"]]])
    assert nodes.tolist() == [3, 5] and has.tolist() == [[True, True], [True, False]] and has.dtype == bool
    assert table.having([])[1].shape == (0, 0)
    assert table.counts([["otter"], ["absent"]]) == [2, 0]
    assert table.beginning("o").tolist() == [3, 5]
    assert table.titles(keys(5, 4)) == ["Quay", None]
    assert (len(table), table.newest, table.remove(keys(5, 9)), len(table), table.newest) == (2, 5, 1, 1, 5)


def test_a_saved_table_comes_back(table, tmp_path):
    table.save(tmp_path / "t.words", 42)
    loaded, generation = WordTable.load(tmp_path / "t.words")
    assert generation == 42 and loaded.find([["otter"]])[0].tolist() == [3, 5]
    loaded.extend(keys(6), ["New"])
    loaded.put(["otter"], ["6 1"])
    assert loaded.find([["otter"]], 2)[0].tolist() == [3, 5] and loaded.counts([["otter"]]) == [3]


def test_each_wrong_argument_has_its_error(table, tmp_path):
    with pytest.raises(ValueError, match="rising"):
        table.extend(keys(5), ["again"])
    with pytest.raises(ValueError, match="titles"):
        table.extend(keys(6, 7), ["one"])
    with pytest.raises(ValueError, match="places"):
        table.put(["a"], [])
    with pytest.raises(ValueError, match="pairs"):
        table.put(["a"], ["3"])
    with pytest.raises(KeyError):
        table.put(["a"], ["4 0"])
    with pytest.raises(TypeError, match="uint64"):
        table.remove([1])
    with pytest.raises(OSError):
        WordTable.load(tmp_path / "none")
    (tmp_path / "other").write_bytes(b"x" * 200)
    with pytest.raises(DamageError):
        WordTable.load(tmp_path / "other")
    table.save(tmp_path / "t", 1)
    data = bytearray((tmp_path / "t").read_bytes())
    data[8] = 9
    (tmp_path / "t").write_bytes(data)
    with pytest.raises(VersionError):
        WordTable.load(tmp_path / "t")
