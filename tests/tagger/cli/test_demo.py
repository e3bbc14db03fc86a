"""The demo shop from a new user's point of view."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

pytestmark = pytest.mark.slow

WATCH = (
    "这款智能手表采用高端材质，拥有3种材质、4种表带颜色、5种表盘设计，具有心率监测、血氧检测、睡眠监测等功能，"
    "适合运动、商务、休闲等多种场合使用。"
)
BOTTLE = "Stainless steel insulated water bottle 750ml, keeps drinks cold for 24 hours"


@dataclass(frozen=True)
class Demo:
    """A configuration that leaves the user's own cache untouched, and the answer to the first query."""

    config: Path
    first: dict[str, Any]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, run_here: Run) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    config = folder / "config.toml"
    config.write_text(f'[weights]\ncache = "{folder.as_posix()}/cache"\n', "utf-8")
    return Demo(config, run_here("suggest", "demo", "高清晰度 4K 电视", "--config", config, "--json").result)


def names(result: dict[str, Any], first: int) -> set[str]:
    """Return all names of the accepted tags among the first `first` tags."""
    return {name for tag in result["tags"][:first] if tag["accepted"] for name in (tag["tag"], *tag["labels"].values())}


def test_the_first_command_makes_the_demo_and_answers(demo: Demo) -> None:
    assert "电视" in names(demo.first, 5)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("节能型冰箱", {"冰箱"}),
        ("超薄冰箱", {"冰箱"}),
        ("智能洗衣机", {"洗衣机"}),
        ("全自动洗衣机", {"洗衣机"}),
        ("这是一款红色的iPhone 13", {"手机", "红色"}),
        ("这是一款笔记本电脑", {"笔记本电脑"}),
        (BOTTLE, {"water bottle", "stainless steel"}),
    ],
)
def test_the_expected_tags_are_accepted_and_among_the_first_five(
    tagweave: Run, demo: Demo, text: str, tags: set[str]
) -> None:
    assert names(tagweave("suggest", "demo", text, "--config", demo.config, "--json").result, 5) >= tags


def test_a_long_text_gets_what_it_lists_among_the_first_eight(tagweave: Run, demo: Demo) -> None:
    result = tagweave("suggest", "demo", WATCH, "--config", demo.config, "--json").result
    assert names(result, 8) >= {"智能手表", "心率监测", "运动", "商务"}


def test_the_demo_is_fitted_and_both_its_languages_are_searched(tagweave: Run, demo: Demo) -> None:
    info = tagweave("info", "demo", "--config", demo.config, "--json").result
    assert (info["fitted"], info["up_to_date"]) == (True, True)
    assert info["languages"]["zh"] > 500
    assert info["languages"]["en"] > 500
    search = ("search", "demo", "--config", demo.config, "--json")
    found = [tagweave(*search, "", "--tag", tag).result["total"] for tag in ("冰箱", "refrigerator")]
    assert found[0] == found[1] > 10


def test_semantic_search_finds_across_languages(tagweave: Run, demo: Demo) -> None:
    search = ("search", "demo", "--config", demo.config, "--semantic", "--limit", "10", "--json")
    products = tagweave(*search, "a fridge that saves energy").result["products"]
    assert sum("refrigerator" in product["tags"] for product in products) >= 5


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("Stainless steel electric kettle 1.7 L", ["Home & Garden", "Kitchen & Dining"], "Stainless steel"),
        ("纯棉男士长袖衬衫 蓝色", ["Apparel & Accessories", "Clothing"], "Blue"),
    ],
)
def test_anything_gets_its_place_in_the_taxonomy_and_values(
    tagweave: Run, demo: Demo, text: str, path: list[str], value: str
) -> None:
    category, *others = tagweave("suggest", "anything", text, "--config", demo.config, "--json").result["tags"]
    assert category["accepted"]
    assert category["path"]["en"][:2] == path
    assert len(category["path"]["zh"]) == len(category["path"]["en"])
    [found] = [each for each in others if each["labels"].get("en") == value]
    assert found["accepted"]
    assert "path" not in found
