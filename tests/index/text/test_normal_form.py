import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import StaleArtifact
from index.text.name_matching import find_name, name_of
from index.text.normal_form import FOLDED, VERSION, normal_form, normal_text, saved_version


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Electric Kettles", "electric kettle"),
        ("Kettle™ and Kettle®", "kettle and kettle"),
        ("stainless-steel water-bottle", "stainless steel water bottle"),
        ("Women’s T-Shirts", "woman t shirt"),
        ("noise cancelling, in colour: grey", "noise canceling in color gray"),
        ("電熱水壺", "电热水壶"),
        ("ＵＳＢ－Ｃ Crème", "usb c creme"),
        ("1.7 L, 1.7L and 1,7 l", "1.7l 1.7l and 1.7l"),
        ("500 ML, 500毫升, 500 millilitres", "500ml 500ml 500ml"),
        ("200×200, 200*200, 200 x 200 cm", "200x200 200x200 200x200cm"),
        ("XXXL or 3XL, XXL or 2 XL", "3xl or 3xl 2xl or 2xl"),
        ('1,000 pieces of 1,5 kg, 55" wide', "1000 piece of 1.5kg 55inch wide"),
        ("sizes 36,37,38", "size 36,37,38"),
        ("2 in 1, 3 a day, 5升级", "2 in 1 3 a day 5升级"),
        ("glasses, sunglasses and wine glasses", "glasses sunglass and wine glass"),
        ("shorts of good news", "shorts of good news"),
        ("C++ & C# at 50%", "c++ and c# at 50%"),
        ("★ … ™", ""),
        ("", ""),
    ],
)
def test_a_text_in_its_normal_form(text: str, expected: str) -> None:
    assert normal_text(text) == expected


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("water bottle", "Two water-bottles, blue", ["water-bottles"]),
        ("water bottle", "a waterbottle", ["waterbottle"]),
        ("waterbottle", "a water bottle", ["water bottle"]),
        ("water bottle", "water, bottle", []),
        ("t-shirt", "T-shirts, Tshirt, t shirt", ["T-shirts", "Tshirt", "t shirt"]),
        ("mat", "m at home, a mate, matt", []),
        ("beat", "be at ease", []),
        ("电热水壶", "家用電熱水壺", ["電熱水壺"]),
        ("蓝牙耳机", "蓝牙 耳机", ["蓝牙 耳机"]),
        ("红外", "红 外套", []),
        ("T恤", "男士t恤衫, T 恤", ["t恤", "T 恤"]),
        ("a4", "A-4, A 4", ["A-4"]),
        ("crème", "Cre\u0300me café", ["Cre\u0300me"]),
        ("strasse", "Große Straße", ["Straße"]),
        ("m2", "12 ㎡ room, M2 screw", ["㎡", "M2"]),
        ("1.7l", "Kettle 1,7 L", ["1,7 L"]),
        ("10 12", "10 12 and 1012", ["10 12"]),
        ("red", "red, Red and infrared", ["red", "Red"]),
    ],
)
def test_a_name_is_found_in_any_spelling_as_whole_words(name: str, text: str, found: list[str]) -> None:
    form = normal_form(text)
    spans = [form.original(*place) for place in find_name(name_of(name), form)]
    assert [text[start:end] for start, end in spans] == found


PARTS = "kettles|™|電熱|水壶|1,7|l|×|200|café|ß|-|,| |T恤|s|①|e\u0301"
WORDS = st.sampled_from(PARTS.split("|"))
TEXTS = st.one_of(st.lists(WORDS, max_size=12).map("".join), st.text(max_size=20))


@given(TEXTS)
def test_tokens_are_in_order_and_lie_in_the_text(text: str) -> None:
    end = 0
    for token in normal_form(text).tokens:
        assert end <= token.start < token.end <= len(text)
        assert token.text
        assert not token.han or token.end - token.start == len(token.text)
        end = token.end


@given(TEXTS)
def test_the_key_has_the_tokens_where_they_begin(text: str) -> None:
    form = normal_form(text)
    assert [form.key[at : at + len(token.text)] for at, token in zip(form.begins, form.tokens, strict=True)] == [
        token.text for token in form.tokens
    ]


@given(TEXTS)
def test_a_name_is_found_in_itself(text: str) -> None:
    form = normal_form(text)
    found = list(find_name(name_of(text), form))
    assert (0, len(form.key)) in found or not form.key


def test_models_say_which_normal_form_they_were_made_with() -> None:
    assert saved_version({}) == FOLDED
    assert saved_version({"normal_form": VERSION}) == VERSION
    with pytest.raises(StaleArtifact, match="normal form"):
        saved_version({"normal_form": VERSION + 1})
