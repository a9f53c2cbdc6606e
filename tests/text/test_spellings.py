from __future__ import annotations

import pytest

from sanderling.text.spellings import spellings


@pytest.mark.parametrize("typed", ["genrator", "gennerator", "gemerator", "genreator", "generatro", "enerator"])
def test_one_slip_is_undone(typed):
    assert "generator" in spellings(typed)


@pytest.mark.parametrize("typed", ["genratr", "genertaro", "generator", "rotareneg"])
def test_two_slips_are_not(typed):
    assert "generator" not in spellings(typed)


@pytest.mark.parametrize("typed", ["насас", "насоос", "аносс"])
def test_other_alphabets(typed):
    assert ("насос" in spellings(typed)) == (typed != "аносс")


@pytest.mark.parametrize("word", ["boat", "e1234", "水泵水泵水", "haus_tür", "насoс", "", "x" * 21])
def test_what_has_no_other_spelling(word):
    assert spellings(word) == []


def test_their_number_is_bounded():
    assert len(spellings("abcdefghijklmnopqrst")) < 1100
