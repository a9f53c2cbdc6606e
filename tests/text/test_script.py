from __future__ import annotations

import pytest

from sanderling.text.script import RUN, bare, pairs, parts, units


@pytest.mark.parametrize(
    ("eojeol", "word"),
    [
        ("우체국에서", "우체국"),
        ("첼로는", "첼로"),
        ("물은", "물"),
        ("학교까지는", "학교"),
        ("어디입니까", "어디"),
        ("은", "은"),
        ("水泵", "水泵"),
        ("가", "가"),
    ],
)
def test_a_particle_is_taken_off(eojeol, word):
    assert bare(eojeol) == word


@pytest.mark.parametrize(
    ("run", "cut"),
    [
        ("雨具を買う", ["雨具", "買う"]),
        ("お客が来る", ["お客", "来る"]),
        ("食べてはいけない果物は何", ["食べてはいけない", "果物", "何"]),
        ("水泵的备件", ["水泵的备件"]),
        ("が", ["が"]),
    ],
)
def test_japanese_words_end_before_particles_and_behind_endings(run, cut):
    assert parts(run) == cut


def test_pairs_overlap_and_keep_marks_with_their_letters():
    assert pairs(units("ตู้เย็น")) == ["ตู้เ", "เย็", "ย็น"]
    assert pairs(["水"]) == ["水"]
    assert pairs([]) == []


def test_runs_are_of_one_kind():
    assert RUN.findall("A水泵3号, 한국어 ไทย") == ["水泵", "号", "한국어", "ไทย"]
