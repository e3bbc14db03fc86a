"""The results of each command, as JSON and as tables."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.store import ADAPTER, Store

Run = Callable[..., Any]

FIGURES = (
    "precision@1", "precision@3", "precision@5", "recall@5", "recall@20", "ndcg@5", "ndcg@10",
    "micro_f1", "macro_f1", "ece",
)  # fmt: skip
TAGGERS = ["prior", "lexical", "knn", "linear", "phrases"]
WATCH = "红色的智能手表"


def test_ingest_counts_what_it_read(made: Any) -> None:
    result = made.ingested.result
    assert list(result) == ["read", "accepted", "rejected", "rejects", "files", "format"]
    assert (result["read"], result["accepted"], result["rejected"]) == (156, 156, 0)
    assert Path(result["rejects"]).parent == made.folder / "rejects"
    assert Path(result["rejects"]).read_text() == ""


def test_fit_says_what_it_fitted_and_how_long_that_took(made: Any) -> None:
    result = made.fitted.result
    assert list(result) == ["seconds", "products", "tags", "taggers", "fuser", "threshold", "stages", "without"]
    assert (result["products"], result["taggers"], result["fuser"]) == (156, TAGGERS, "learned")
    assert 0 < result["threshold"] < 1
    assert 0 < sum(result["stages"].values()) <= result["seconds"]
    assert {"encode", "out of fold", "ranker", *TAGGERS} == set(result["stages"])


def test_suggest_gives_tags_with_labels_and_evidence(tagweave: Run, stocked: Path) -> None:
    result = tagweave("suggest", stocked, WATCH, "--json").result
    assert {"tags", "seconds"} <= set(result)
    tags = {each["tag"]: each for each in result["tags"]}
    assert len(tags) == 10
    watch = tags["smartwatch"]
    assert {"tag", "probability", "accepted", "new", "labels", "evidence"} <= set(watch)
    assert watch["labels"] == {"zh": "智能手表", "en": "smartwatch"}
    assert (watch["accepted"], watch["new"]) == (True, False)
    assert watch["evidence"]["spans"] == [{"start": 3, "end": 7, "text": "智能手表"}]
    assert [span["text"] for span in tags["red"]["evidence"]["spans"]] == ["红色"]
    neighbours = [each for tag in tags.values() for each in tag["evidence"]["neighbours"]]
    assert neighbours
    assert all(set(each) == {"id", "title", "similarity", "vote", "place"} for each in neighbours)
    assert [share["source"] for share in watch["evidence"]["shares"]] == [
        *TAGGERS,
        "statistics",
        "text",
        "base",
        "others",
    ]


def test_suggestions_are_sorted_and_accepted_from_the_stores_threshold_on(
    tagweave: Run, stocked: Path, made: Any
) -> None:
    tags = tagweave("suggest", stocked, WATCH, "--limit", 30, "--json").result["tags"]
    probabilities = [each["probability"] for each in tags]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 <= probabilities[-1] <= probabilities[0] <= 1
    threshold = made.fitted.result["threshold"]
    assert [each["accepted"] for each in tags] == [probability >= threshold for probability in probabilities]


def test_suggest_reads_the_source_of_a_page(tagweave: Run, stocked: Path) -> None:
    source = f"<!doctype html><title>Our shop</title><nav>Home</nav><h1>{WATCH}</h1>"
    of_page, of_text = (tagweave("suggest", stocked, text, "--json").result["tags"] for text in (source, WATCH))
    assert of_page == of_text


@pytest.mark.parametrize("limit", [1, 3])
def test_suggest_gives_as_many_tags_as_asked_for(tagweave: Run, stocked: Path, limit: int) -> None:
    limits = (limit, 10)
    first, whole = (tagweave("suggest", stocked, WATCH, "--limit", each, "--json").result["tags"] for each in limits)
    assert len(first) == limit
    assert first == whole[:limit]


@pytest.mark.parametrize(
    "text", ["x" * 50_000, "<b>手表</b>\x1b[31m", "🛒", "' OR 1=1; --", "-5 度冰柜", "a\ud800b", "__import__('os')"]
)
def test_suggest_takes_any_text(tagweave: Run, stocked: Path, text: str) -> None:
    assert len(tagweave("suggest", stocked, text, "--limit", 2, "--json").result["tags"]) <= 2


def test_the_evidence_of_a_tag_shows_the_nearest_product_that_has_it(tagweave: Run, stocked: Path) -> None:
    [product] = tagweave("search", stocked, "智能手表", "--limit", 1, "--json").result["products"]
    text = f"{product['title']} {product['description']}"
    tags = tagweave("suggest", stocked, text, "--limit", 50, "--json").result["tags"]
    first = {each["tag"]: each["evidence"]["neighbours"][:1] for each in tags}
    for tag in product["tags"]:
        [nearest] = first[tag]
        assert (nearest["id"], nearest["title"]) == (product["id"], product["title"])
        assert nearest["similarity"] > 0.9


def test_evaluate_measures_every_system_by_every_figure(tagweave: Run, stocked: Path, unseen: Path, made: Any) -> None:
    result = tagweave("evaluate", stocked, unseen, "--json").result
    assert list(result) == ["n", "seconds", "systems"]
    assert result["n"] == 31
    assert list(result["systems"]) == ["fused", *TAGGERS]
    for figures in result["systems"].values():
        assert set(FIGURES) <= set(figures)
        assert all(0 <= figures[name] <= 1 for name in FIGURES)
    systems = result["systems"]
    assert systems["fused"]["threshold"] == made.fitted.result["threshold"]
    assert systems["fused"]["micro_f1"] > systems["knn"]["micro_f1"] > systems["prior"]["micro_f1"]


def test_evaluate_takes_the_threshold_from_the_store_whatever_the_file_holds(
    tagweave: Run, stocked: Path, unseen: Path, write: Run
) -> None:
    half = write("half.jsonl", "".join(unseen.read_text("utf-8").splitlines(keepends=True)[:16]))
    systems = [tagweave("evaluate", stocked, path, "--json").result["systems"] for path in (unseen, half)]
    for name in ("fused", *TAGGERS):
        assert systems[0][name]["threshold"] == systems[1][name]["threshold"]


def test_evaluate_takes_tags_by_any_of_their_labels(tagweave: Run, stocked: Path, write: Run) -> None:
    text = {"title": "Vexlumo 红色智能手表"}
    files = [
        write(f"{number}.jsonl", json.dumps(text | {"tags": tags}))
        for number, tags in enumerate((["智能手表", "红色"], ["Smartwatch", "RED"]))
    ]
    first, second = (tagweave("evaluate", stocked, path, "--json").result["systems"]["fused"] for path in files)
    assert first == second
    assert first["precision@1"] == 1


def test_evaluate_warns_of_products_that_the_store_has_learnt(
    process: Run, stocked: Path, products: Path, unseen: Path, write: Run
) -> None:
    learnt, new = (path.read_text("utf-8").splitlines(keepends=True)[:2] for path in (products, unseen))
    warned = process("evaluate", stocked, write("both.jsonl", "".join([*learnt, *new])), "--json")
    assert "2 of the 4 products are in the store with tags: the figures are too high" in warned.err


def test_evaluate_names_the_rows_that_it_leaves_out(process: Run, stocked: Path, write: Run) -> None:
    path = write("held.jsonl", '{"title": "智能手表", "tags": ["智能手表"]}\n{"title": \n{"tags": ["x"]}\n')
    outcome = process("evaluate", stocked, path, "--json")
    assert outcome.result["n"] == 1
    assert f"{path} line 2 is left out: not JSON: Expecting value at column 10\n" in outcome.err
    assert f"{path} line 3 is left out: no title\n" in outcome.err


@pytest.mark.parametrize("tag", ["refrigerator", "冰箱", "fridge", "FRIDGE"])
def test_search_takes_a_tag_by_any_of_its_labels(tagweave: Run, stocked: Path, tag: str) -> None:
    result = tagweave("search", stocked, "", "--tag", tag, "--json").result
    assert result["total"] == len(result["products"]) > 0
    for product in result["products"]:
        assert list(product) == ["id", "title", "description", "lang", "tags", "translations", "attributes"]
        assert "refrigerator" in product["tags"]


def test_search_narrows_down_with_every_word_and_every_tag(tagweave: Run, stocked: Path) -> None:
    def total(*arguments: str) -> int:
        return int(tagweave("search", stocked, *arguments, "--json").result["total"])

    assert total("") == 156
    assert 156 > total("", "--tag", "智能手表") > total("", "--tag", "智能手表", "--tag", "红色") >= 0
    assert total("智能手表") >= total("智能手表 圆盘") >= total("智能手表 圆盘 Vexlumo")
    assert total("no such words at all") == 0
    # Nothing of a query becomes SQL; its words may occur.
    assert total("' OR 1=1 --") < total("1") < 156
    assert total("'; DROP TABLE products; --") == 0
    assert total("") == 156


def test_search_pages_do_not_overlap(tagweave: Run, stocked: Path) -> None:
    pages = [
        tagweave("search", stocked, "", "--limit", 50, "--offset", offset, "--json").result["products"]
        for offset in (0, 50, 100, 150, 200)
    ]
    assert [len(page) for page in pages] == [50, 50, 50, 6, 0]
    assert len({product["id"] for page in pages for product in page}) == 156


def test_semantic_search_puts_the_nearest_first(tagweave: Run, stocked: Path) -> None:
    wanted = tagweave("search", stocked, "智能手表", "--limit", 1, "--json").result["products"][0]
    text = f"{wanted['title']}\n{wanted['description']}"
    result = tagweave("search", stocked, text, "--semantic", "--limit", 5, "--json").result
    assert [len(result["products"]), result["products"][0]["id"]] == [5, wanted["id"]]
    similarities = [product["similarity"] for product in result["products"]]
    # The command joins title and description into one line, so the text differs slightly.
    assert similarities[0] == pytest.approx(1, abs=0.01)
    assert similarities == sorted(similarities, reverse=True)


def test_semantic_search_keeps_to_the_tags_and_pages_on(tagweave: Run, stocked: Path) -> None:
    semantic = ("search", stocked, "手环", "--semantic", "--tag", "智能手表", "--json")
    everything = tagweave(*semantic).result["products"]
    assert everything
    assert all("smartwatch" in product["tags"] for product in everything)
    assert tagweave(*semantic, "--offset", 1, "--limit", 1).result["products"] == everything[1:2]
    assert tagweave(*semantic, "--tag", "no such tag").result == {"total": 0, "products": []}


def test_taggers_lists_those_installed_with_their_settings(tagweave: Run) -> None:
    listed = {each["name"]: each for each in tagweave("taggers", "--json").result["taggers"]}
    assert set(listed) >= {"prior", "lexical", "knn", "linear", "generator", "acme-oracle", "acme-unfinished"}
    assert listed["knn"] == {
        "name": "knn",
        "from": "tagger.taggers.knn:create",
        "settings": {"neighbours": 20, "shown": 5},
    }
    assert listed["acme-oracle"]["settings"] == {"score": 0.9}
    assert listed["acme-picky"]["settings"] == {"url": None, "folder": "PosixPath('words')"}


def test_taggers_that_are_broken_are_listed_with_the_reason_among_the_others(tagweave: Run) -> None:
    listed = {each["name"]: each.get("missing") for each in tagweave("taggers", "--json").result["taggers"]}
    assert listed["acme-unfinished"] == (
        "the tagger 'acme-unfinished' (acme-tags 1.0) needs acme_not_installed, which is not installed; "
        "try: pip install acme_not_installed"
    )
    assert listed["acme-not-callable"] == (
        "the tagger 'acme-not-callable' (acme-tags 1.0) cannot be created: "
        "acme_not_callable:TAGGER is not a function but 'longest word'"
    )
    assert listed["prior"] is None
    assert "acme_not_callable:TAGGER is not a function" in " ".join(tagweave("taggers").out.split())


def test_info_says_what_the_store_holds(tagweave: Run, stocked: Path, made: Any) -> None:
    result = tagweave("info", stocked, "--json").result
    assert result["store"] == str(stocked)
    assert (result["products"], sum(result["languages"].values())) == (156, 156)
    assert result["tags"] == made.fitted.result["tags"]
    assert len(result["most_frequent"]) == 10
    assert (result["fitted"], result["up_to_date"]) == (True, True)
    assert (result["taggers"], result["fuser"]) == (TAGGERS, "learned")
    assert result["threshold"] == made.fitted.result["threshold"]
    assert (result["adapter"], result["adapter_waits"]) == (False, False)


def test_info_says_how_an_adapter_that_waits_is_brought_into_use(tagweave: Run, new_store: Run) -> None:
    folder = new_store({"title": "blue mug", "tags": ["mug"]}, {"title": "red cup", "tags": ["cup"]})
    with Store.writer(folder) as store, store.publication(ADAPTER, {}) as adapter:
        (adapter / "about.json").write_text("{}", "utf-8")
    way_out = f"the adapter waits for a fit; to use it, run: tagweave fit {folder}\n"
    assert tagweave("info", folder).out.endswith(way_out)
    tagweave("fit", folder)
    assert "adapter: True\nadapter_waits: False\n" in tagweave("info", folder).out
    assert "waits for a fit" not in tagweave("info", folder).out


def test_info_says_where_the_models_are_behind_the_products(tagweave: Run, new_store: Run, write: Run) -> None:
    folder = new_store({"title": "blue mug", "tags": ["mug"]}, {"title": "red cup", "tags": ["cup"]})
    assert tagweave("info", folder, "--json").result["fitted"] is False
    tagweave("fit", folder, "--json")
    assert tagweave("info", folder, "--json").result["up_to_date"] is True
    unlabelled = write("more.jsonl", '{"title": "a lamp"}')
    tagweave("ingest", folder, unlabelled)
    assert tagweave("info", folder, "--json").result["up_to_date"] is True
    labelled = write("more.jsonl", '{"title": "a lamp", "tags": ["lamp"]}')
    tagweave("ingest", folder, labelled)
    assert tagweave("info", folder, "--json").result["up_to_date"] is False


def test_one_labelled_product_is_enough_to_fit_and_to_get_its_tags(tagweave: Run, new_store: Run) -> None:
    folder = new_store({"title": "blue mug", "tags": ["mug", "blue"]})
    fitted = tagweave("fit", folder, "--json").result
    assert (fitted["products"], fitted["tags"], fitted["fuser"]) == (1, 2, "weighted_sum")
    tags = tagweave("suggest", folder, "a blue mug of steel", "--json").result["tags"]
    assert {each["tag"] for each in tags} == {"mug", "blue"}
    assert all(each["accepted"] for each in tags)
    assert tags[0]["evidence"]["neighbours"][0]["title"] == "blue mug"


def test_a_file_of_other_column_names_is_mapped(tagweave: Run, tmp_path: Path, write: Run) -> None:
    path = write("shop.csv", "sku,product name,colour;kind\nA1,Blue mug,blue|mug\nA2,Red cup,red;cup\n")
    maps = ("--map", "id=sku", "--map", "title=product name", "--map", "tags=colour;kind")
    assert tagweave("ingest", tmp_path / "store", path, *maps, "--json").result["accepted"] == 2
    products = tagweave("search", tmp_path / "store", "", "--json").result["products"]
    assert {product["id"]: (product["title"], product["tags"]) for product in products} == {
        "A1": ("Blue mug", ["blue", "mug"]),
        "A2": ("Red cup", ["red", "cup"]),
    }


def test_several_files_of_several_kinds_come_in_at_once(tagweave: Run, tmp_path: Path, write: Run) -> None:
    files = [
        write("a.csv", "title,tags\nmug,kitchen\n"),
        write("b.jsonl.gz", gzip.compress(b'{"title": "cup", "tags": ["kitchen"]}\n')),
        write("c.tsv", "title\ttags\njug\tkitchen\n"),
    ]
    assert tagweave("ingest", tmp_path / "store", *files, "--json").result["accepted"] == 3
    assert tagweave("search", tmp_path / "store", "", "--tag", "kitchen", "--json").result["total"] == 3


def test_tags_come_in_under_the_vocabularys_own_names(tagweave: Run, tmp_path: Path, write: Run) -> None:
    vocabulary = write("tags.tsv", "tag\tfacet\tzh\ten\nrefrigerator\tkind\t冰箱|电冰箱\trefrigerator|fridge\n")
    path = write("a.jsonl", '{"title": "双门冰箱", "tags": ["电冰箱", "Fridge", "new"]}')
    tagweave("ingest", tmp_path / "store", path, "--vocabulary", vocabulary)
    [product] = tagweave("search", tmp_path / "store", "", "--json").result["products"]
    assert product["tags"] == ["refrigerator", "new"]


def test_ingest_run_again_changes_nothing(tagweave: Run, tmp_path: Path, products: Path) -> None:
    def state() -> list[dict[str, Any]]:
        result = tagweave("search", tmp_path / "store", "", "--limit", 1000, "--json").result["products"]
        return sorted(result, key=lambda product: str(product["id"]))

    outcomes = [tagweave("ingest", tmp_path / "store", products, "--json").result for _ in range(2)]
    first = state()
    assert [each["accepted"] for each in outcomes] == [156, 156]
    assert len(first) == 156
    assert outcomes[0]["rejects"] != outcomes[1]["rejects"]
    tagweave("ingest", tmp_path / "store", products)
    assert state() == first


def test_a_product_that_comes_again_under_its_id_replaces_the_former(tagweave: Run, new_store: Run, write: Run) -> None:
    folder = new_store({"id": "1", "title": "blue mug"}, {"id": "2", "title": "red cup"})
    tagweave("ingest", folder, write("new.csv", "id,title,tags\n1,green mug,green\n"))
    products = tagweave("search", folder, "", "--json").result["products"]
    assert {each["id"]: (each["title"], each["tags"]) for each in products} == {
        "1": ("green mug", ["green"]),
        "2": ("red cup", []),
    }


def test_for_people_ingest_and_fit_say_it_in_a_sentence(
    tagweave: Run, tmp_path: Path, write: Run, stocked: Path
) -> None:
    folder = tmp_path / "store"
    path = write("a.jsonl", '{"title": "blue mug", "tags": ["mug"]}\n{}\n')
    ingested = tagweave("ingest", folder, path)
    assert ingested.status == 0
    assert ingested.out.startswith(f"{path}: JSON lines\n1 of 2 rows accepted, 1 rejected\nwhy: {folder}/rejects/")
    fitted = tagweave("fit", folder, "--config", stocked / "settings.toml")
    assert fitted.out.startswith("fitted prior, lexical, knn, linear, names, phrases on 1 products with 1 tags in ")
    assert re.search(r"tags are accepted from 0\.\d\d\n$", fitted.out)


def test_for_people_the_other_commands_print_tables(
    tagweave: Run, stocked: Path, unseen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    suggested = tagweave("suggest", stocked, WATCH).out
    assert "✓" in suggested
    assert "smartwatch / 智能手表" in suggested
    assert "“智能手表”" in suggested
    evaluated = tagweave("evaluate", stocked, unseen).out
    assert [line.split()[0] for line in evaluated.splitlines()] == ["system", "fused", *TAGGERS]
    assert tagweave("search", stocked, "智能手表", "--limit", 3).out.endswith(" found\n")
    assert "neighbours=20, shown=5" in tagweave("taggers").out
    assert "up_to_date: True\n" in tagweave("info", stocked).out
    assert "products: 156\n" in tagweave("export", stocked, tmp_path / "out.csv").out
    assert "tagged: 31\n" in tagweave("tag", stocked, unseen, tmp_path / "tagged.csv").out


def test_tables_show_hostile_texts_as_they_are_written_and_do_not_steer_the_terminal(
    tagweave: Run, new_store: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    folder = new_store({"id": "a\x1b[2J\x07", "title": "[red]mug[/red] [/bold]", "tags": ["[link=http://x]y"]})
    out = tagweave("search", folder, "").out
    assert "[red]mug[/red] [/bold]" in out
    assert "[link=http://x]y" in out
    assert not {"\x1b", "\x07"}.intersection(out)
