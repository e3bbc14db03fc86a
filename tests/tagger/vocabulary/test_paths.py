from tagger.vocabulary import Entry, Facet, Vocabulary
from tagger.vocabulary.paths import path_of, plain_names

PETS = Entry("Pets", "category", {"en": ("Pets",), "zh": ("宠物",)})
BIRDS = Entry("Bird Supplies", "category", {"en": ("Bird Supplies",), "zh": ("鸟类用品",)}, ("Pets",))
ADDITION = {"en": ("Accessories [Bird Supplies]",), "zh": ("配件 [鸟类用品]",)}
ACCESSORIES = Entry("Accessories [Bird Supplies]", "category", ADDITION, ("Bird Supplies",))
GIFT_CARDS = Entry("Gift Cards", "category", {"en": ("Gift Cards",), "zh": ("礼品卡",)})
COTTON = Entry("Cotton [Fabric]", "Fabric", {"en": ("Cotton [Fabric]",), "zh": ("棉 [面料]",)})
SHOP = Vocabulary(
    [PETS, BIRDS, ACCESSORIES, GIFT_CARDS, COTTON, Entry("red", "colour")],
    facets=[Facet("Fabric", {"en": "Fabric", "zh": "面料"})],
)


def test_a_category_has_its_path_from_the_top_in_each_language() -> None:
    assert path_of(SHOP, "Accessories [Bird Supplies]") == {
        "en": ["Pets", "Bird Supplies", "Accessories"],
        "zh": ["宠物", "鸟类用品", "配件"],
    }


def test_a_first_level_has_itself_as_path_even_without_children() -> None:
    assert path_of(SHOP, "Pets") == {"en": ["Pets"], "zh": ["宠物"]}
    assert path_of(SHOP, "Gift Cards") == {"en": ["Gift Cards"], "zh": ["礼品卡"]}


def test_other_tags_have_no_path() -> None:
    assert [path_of(SHOP, tag) for tag in ("Cotton [Fabric]", "red", "unknown")] == [{}, {}, {}]
    flat = Vocabulary([Entry("Pets", "category"), Entry("red", "colour")])
    assert path_of(flat, "Pets") == {}


def test_tags_without_a_facet_are_categories_only_if_they_are_linked() -> None:
    loose = Vocabulary([Entry("home"), Entry("kitchen", parents=("home",)), Entry("red")])
    assert path_of(loose, "kitchen") == {"en": ["home", "kitchen"]}
    assert path_of(loose, "home") == {"en": ["home"]}
    assert path_of(loose, "red") == {}


def test_a_circle_ends_where_it_began() -> None:
    circle = Vocabulary([Entry("a", parents=("b",)), Entry("b", parents=("a",))])
    assert path_of(circle, "a") == {"en": ["b", "a"]}


def test_names_leave_out_what_the_facet_or_the_path_says() -> None:
    assert plain_names(SHOP, "Cotton [Fabric]") == {"en": "Cotton", "zh": "棉"}
    assert plain_names(SHOP, "Accessories [Bird Supplies]") == {"en": "Accessories", "zh": "配件"}
    other = Vocabulary([Entry("Cable [2 m]", "Fabric", {"en": ("Cable [2 m]",)})])
    assert plain_names(other, "Cable [2 m]") == {"en": "Cable [2 m]"}
