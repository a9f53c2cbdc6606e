from __future__ import annotations

import pytest

from sanderling.memory.read.html.html import read_html
from sanderling.memory.read.html.style import hidden_by


@pytest.mark.parametrize(
    ("sheet", "names"),
    [
        (".a, #b {color: red; display:none} .c { visibility : hidden !important }", {".a", "#b", ".c"}),
        ("p{margin:0}.a{display:none}/* .b{display:none} */", {".a"}),
        # For some screens or inside of others, or shown when something is clicked.
        ("@media print{.a{display:none}} .b .c{display:none} .d:hover{display:none} p{display:none}", set()),
        (".tab{display:none}.tab.active{display:block}", set()),
        ("}}.a{{{display:none", set()),
        ("", set()),
    ],
)
def test_names_that_a_style_sheet_hides(sheet, names):
    assert hidden_by(sheet) == names


def test_what_a_page_hides_by_class_is_left_out():
    page = (
        "<style>.promo{display:none}#pop{visibility:hidden}</style><h1>Cider</h1>"
        "<p>Press russets in October and let the must stand for two days.</p>"
        "<div class='x promo'>Buy <b>now</b></div><p id=pop>Subscribe</p><p>Then pitch.</p>"
    )
    text = read_html(page.encode()).text
    assert text.split("\n\n") == [
        "Cider",
        "Press russets in October and let the must stand for two days.",
        "Then pitch.",
    ]


def test_the_labels_of_a_form_are_words_apart():
    page = (
        b"<label>Length</label><input value=12><label>Draught</label> <input type=checkbox checked><label>Sails</label>"
    )
    assert read_html(page).text == "Length Draught [x] Sails"
