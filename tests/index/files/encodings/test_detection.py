import codecs
from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from index.files.encodings.detection import CODECS, Encoding, detect_encoding

GERMAN = ["Tischläufer aus Leinen", "Frühstücksbrettchen", "Gemüseschäler mit Öse", "Kaffeekanne weiß"]
FRENCH = ["Crème brûlée, moule à four", "Théière émaillée", "Écharpe en laine mérinos"]
SPANISH = ["Jarrón de cerámica", "Sartén de 24 cm", "Pañuelo de algodón orgánico"]
SIMPLIFIED = ["双门冰箱 450升", "玻璃水杯", "陶瓷咖啡杯套装"]
TRADITIONAL = ["電熱水壺", "陶瓷杯連蓋", "摺疊雨傘"]
CANTONESE = ["煲湯用嘅砂鍋", "細佬仔嘅水樽", "廚房用品"]
JAPANESE = ["ガラスのコップ", "木製まな板", "電気ケトル 1.0L"]
KANJI = ["折畳傘 黒色", "陶磁器湯呑", "竹製箸置"]
KOREAN = ["유리컵 세트", "전기주전자", "접이식 우산"]
RUSSIAN = ["Чайник электрический", "Кружка синяя", "Зонт складной"]

# Forty files over the encodings that shops use, and three more kinds.
FILES = [
    *(("utf-8", texts) for texts in (GERMAN, SIMPLIFIED, JAPANESE, KOREAN)),
    *(("utf-8-sig", texts) for texts in (FRENCH, TRADITIONAL)),
    *(("utf-16", texts) for texts in (GERMAN, SIMPLIFIED)),
    *((codec, texts) for codec in ("utf-16-le", "utf-16-be") for texts in (SPANISH, TRADITIONAL)),
    *(("gb18030", texts) for texts in (SIMPLIFIED, SIMPLIFIED[:1], SIMPLIFIED[1:2], SIMPLIFIED * 50)),
    *(("big5hkscs", texts) for texts in (TRADITIONAL, TRADITIONAL[:1], CANTONESE, CANTONESE * 50)),
    *(("cp932", texts) for texts in (JAPANESE, JAPANESE[:1], KANJI, JAPANESE + KANJI)),
    *(("euc_jp", texts) for texts in (JAPANESE, JAPANESE[1:], KANJI, JAPANESE + KANJI)),
    *(("cp949", texts) for texts in (KOREAN, KOREAN[:2], KOREAN * 50)),
    *(("cp1252", texts) for texts in (GERMAN, GERMAN[:1], FRENCH, SPANISH, ["Tee 12 € – fein", *GERMAN])),
    *(("latin-1", texts) for texts in (GERMAN, FRENCH)),
    *(("mac_roman", texts) for texts in (GERMAN, FRENCH, SPANISH)),
    ("cp1251", RUSSIAN),
    ("big5", TRADITIONAL),
]


def table(texts: Sequence[str]) -> str:
    return "id,title,tags\r\n" + "".join(f"{number},{text},a|b\r\n" for number, text in enumerate(texts))


@pytest.mark.parametrize(("codec", "texts"), FILES)
def test_a_shop_file_is_read_in_the_encoding_it_was_written_in(codec: str, texts: Sequence[str]) -> None:
    data = table(texts).encode(codec)
    found = detect_encoding([data])
    assert data.decode(found.codec) == table(texts)
    assert found.rival == ""
    assert found.confidence > 0.99


def test_there_are_forty_files_at_least() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize(
    ("text", "codec"),
    [("title\nKäse\n", "mac_roman"), ("title\n茶\n", "euc_jp"), ("title\nÜ\n", "cp1252"), ("title\n½\n", "latin-1")],
)
def test_too_little_text_is_refused_with_two_readings(text: str, codec: str) -> None:
    found = detect_encoding([text.encode(codec)])
    assert found.rival != found.codec != ""
    assert found.rival_sample != found.sample


def test_the_end_of_a_long_file_counts() -> None:
    ascii_rows = b"1,steel mug,a|b\n" * 200_000
    end = table(TRADITIONAL).encode("cp950")
    chunks = [ascii_rows[place : place + 1_000_000] for place in range(0, len(ascii_rows), 1_000_000)]
    assert detect_encoding([*chunks, end]).name == "Big5"


def test_parts_may_end_inside_a_character() -> None:
    data = table(SIMPLIFIED).encode("utf-8")
    assert detect_encoding(data[place : place + 1] for place in range(len(data))).codec == "utf-8"
    half = "冰".encode()
    assert detect_encoding([b"title\n" + half[:2], b"mug\n"]).codec != "utf-8"


def test_one_damaged_line_does_not_change_the_encoding() -> None:
    damaged = b"9,\xe5\x86,a\n"
    assert detect_encoding([table(SIMPLIFIED).encode() + damaged]).codec == "utf-8"
    assert detect_encoding([table(SIMPLIFIED).encode("gb18030") + b"9,\xb1\xff,a\n"]).codec == "gb18030"


def test_a_nul_in_one_row_makes_no_utf_16() -> None:
    assert detect_encoding([b"id,title\n1,raw\0nul\n2,mug\n"]) == Encoding("utf-8")


def test_a_file_of_ascii_or_of_nothing_is_utf_8() -> None:
    assert detect_encoding([b"title\nmug\n"]) == Encoding("utf-8")
    assert detect_encoding([]) == Encoding("utf-8")


def test_the_sample_is_the_text_around_the_first_characters_beyond_ascii() -> None:
    found = detect_encoding([table(GERMAN).encode("cp1252")])
    assert (found.name, found.sample) == ("Windows-1252", "0,Tischläufer aus Leinen,a|b")


NATURAL = st.lists(
    st.sampled_from([*GERMAN, *FRENCH, *SPANISH, *SIMPLIFIED, *TRADITIONAL, *JAPANESE, *KANJI, *KOREAN, *RUSSIAN]),
    min_size=1,
    max_size=6,
).map(table)


# A dozen different characters of one script are enough that no wrong reading looks like text.
ANY = st.one_of(
    st.lists(st.characters(min_codepoint=0x80, categories=["L", "M", "N", "P"]), min_size=12, unique=True).map("".join),
    st.lists(st.characters(codec="gb2312", min_codepoint=0x4E00), min_size=12, unique=True).map("".join),
    st.lists(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=12, unique=True).map("".join),
    st.text("abcdefghijklmnoprstuvwyzàâäçéèêëíîïñóôöùûüß ", min_size=12),
)


@settings(max_examples=150, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.one_of(ANY.map("title\n{}\n".format), NATURAL))
def test_any_text_in_any_encoding_is_read_back_or_refused(text: str) -> None:
    for codec in CODECS:
        try:
            data = text.encode(codec)
        except UnicodeEncodeError:
            continue
        # Some codecs write a sign that they read back as another one.
        if _is_another(data, codec) or data.decode(codec) != text:
            continue
        found = detect_encoding([data])
        read = data.decode(found.codec, "replace")
        # A row with bytes that cannot be read is rejected.
        assert found.rival or "\ufffd" in read or read == text, (codec, found)


def _is_another(data: bytes, codec: str) -> bool:
    """Tell whether bytes in another encoding happen to be UTF-8, or begin with a byte order mark, and count as that."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8))
    if codec in ("utf-8", "utf-8-sig", "utf-16"):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return marked
    return True
