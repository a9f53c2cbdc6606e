from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.clean import Unreadable
from sanderling.text.encoding.encoding import Decoded, decode

GERMAN = "Grüße aus der Küche: “à bientôt”, sagt Jörg, und prüft die Schlüssel.\n"
CHINESE = "冬天以前要排空花园的水管。\u3000工具在仓库左边第三个架子上,第 2 层。\n"

# What people wrote before UTF-8, each with the encodings of its time.
OLD = {
    "Завтра в 9 утра приедет мастер чинить котёл.\nЗапасные ключи у соседки.": [
        "cp1251",
        "koi8-r",
        "cp866",
        "iso8859-5",
    ],
    "Завтра о 9 ранку приїде майстер лагодити котел.\nЗапасні ключі в сусідки.": ["cp1251", "koi8-u"],
    CHINESE: ["gbk", "gb18030"],
    "冬天以前要排空花園的水管。\n工具在倉庫左邊第三個架子上。": ["big5"],
    "冬の前に庭の水道管の水を抜くこと。\n工具は倉庫の左の三番目の棚にある。": ["cp932", "euc_jp", "iso2022_jp"],
    "겨울 전에 정원 수도관의 물을 빼야 한다.\n공구는 창고 왼쪽 세 번째 선반에 있다.": ["euc_kr", "cp949", "iso2022_kr"],
    "Před zimou vypustit vodu z hadice.\nNářadí leží na třetí polici vlevo, klíče má sousedka, žebřík též.": [
        "cp1250",
        "iso8859_2",
    ],
    "Przed zimą spuścić wodę z węża w ogrodzie.\nNarzędzia leżą na trzeciej półce, obok żółtej łopaty.": [
        "cp1250",
        "iso8859_2",
    ],
    "Avant l’hiver, vider le tuyau d’arrosage.\nLes outils sont rangés sur la troisième étagère, à côté.": ["cp1252"],
    "Före vintern: töm slangen i trädgården.\nVerktygen ligger på tredje hyllan, åt vänster.": ["cp1252"],
    "Πριν τον χειμώνα άδειασε το λάστιχο του κήπου.\nΤα εργαλεία είναι στο τρίτο ράφι.": ["cp1253"],
    "Kıştan önce bahçe hortumunu boşalt.\nAletler soldaki üçüncü rafta, sarı küreğin yanında duruyor.": ["cp1254"],
    "לפני החורף לרוקן את צינור הגינה.\nהכלים נמצאים על המדף השלישי משמאל.": ["cp1255"],
    "قبل الشتاء يجب تفريغ خرطوم الحديقة.\nالأدوات على الرف الثالث من اليسار.": ["cp1256"],
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_texts_that_say_their_encoding(encoding):
    assert decode(GERMAN.encode(encoding)) == Decoded(GERMAN, ())


@pytest.mark.parametrize("text", [GERMAN, CHINESE, "Завтра приедет\nмастер.", "שלום, 3 מפתחות\n", "ascii only", "é\n"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_wide_text_without_a_mark_is_known_by_its_zeros(text, encoding):
    assert decode(text.encode(encoding)) == Decoded(text, ())


@pytest.mark.parametrize(("text", "encoding"), [(text, one) for text, several in OLD.items() for one in several])
def test_an_old_encoding_is_told_by_its_letters_and_named(text, encoding):
    read = decode(text.encode(encoding))
    assert read.text == text
    assert encoding.startswith("iso2022") or "save it as UTF-8" in read.doubts[0]


@pytest.mark.parametrize(
    "data",
    [
        GERMAN.encode() + b"\xff\xfe",
        GERMAN.encode()[:-1] + "ß".encode()[:1],
        CHINESE.encode()[1:],
        b"\x80" + "Завтра".encode() + b"\xf0",
        "naïve café, and a stray \udcfc byte".encode("utf-8", "surrogateescape"),
    ],
)
def test_nearly_valid_utf8_stays_utf8_and_bad_bytes_are_counted(data):
    read = decode(data)
    assert read.text == data.decode("utf-8", "replace")
    assert "not UTF-8" in read.doubts[0]


def test_a_replacement_character_that_stands_in_the_file_is_no_bad_byte():
    assert decode("it shows \ufffd there".encode()).doubts == ()


@pytest.mark.parametrize(
    "text", ["A tiny note: caf\xe9.", "21\xb0C, \xa33 and a na\xefve fa\xe7ade of cost", "perch\xe9 no"]
)
def test_a_few_letters_of_an_english_note_are_western(text):
    assert decode(text.encode("cp1252")).text == text


def test_what_a_file_declares_is_believed_unless_its_bytes_say_otherwise():
    greek = "Το κλειδί".encode("cp1253")
    assert decode(greek, "windows-1253") == Decoded("Το κλειδί", ())
    assert decode("Größe".encode(), "iso-8859-1") == Decoded("Größe", ())
    assert decode("“quoted”".encode("cp1252"), "ISO-8859-1") == Decoded("“quoted”", ())
    assert decode("朝の會議㈱".encode("cp932"), "shift_jis") == Decoded("朝の會議㈱", ())
    assert decode("見積り".encode("iso2022_jp"), "iso-2022-jp") == Decoded("見積り", ())
    assert decode("€ größer".encode("cp1252"), "us-ascii").text == "€ größer"


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "rot13", "unicode_escape", "undefined", "no-such", "utf-16", "\0"]
)
def test_an_encoding_that_no_file_has_is_not_believed(name):
    assert decode("Grüße \\u0041".encode(), name) == Decoded("Grüße \\u0041", ())
    assert decode("Grüße \\u0041 aus Köln".encode("cp1252"), name).text == "Grüße \\u0041 aus Köln"


def test_a_wide_text_with_an_odd_byte_at_its_end_is_read():
    read = decode(GERMAN.encode("utf-16") + b"x")
    assert read.text == GERMAN + "\ufffd"
    assert "not UTF-16" in read.doubts[0]


def test_the_guess_is_made_from_lines_that_have_such_letters():
    line = "Завтра в 9 утра приедет мастер чинить котёл.\n"
    data = b"only ascii here\n" * 20_000 + line.encode("koi8-r") * 3 + b"\xff"
    assert line in decode(data).text


@given(st.binary(max_size=64))
def test_any_bytes_are_text_or_refused(data):
    with contextlib.suppress(Unreadable):
        assert isinstance(decode(data).text, str)
