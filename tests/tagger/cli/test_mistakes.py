"""Every user error exits with status 2 and one clear line on standard error."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

MUG = {"title": "blue mug", "tags": ["mug"]}
NO_MODEL = '[encoder]\nplugin = "acme-pairs"\n[taggers.generator]\nenabled = false\n'


@pytest.fixture
def copied(stocked: Path, tmp_path: Path) -> Path:
    """A copy of the fitted store, for damaging."""
    return Path(shutil.copytree(stocked, tmp_path / "copied"))


def manifest(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    # Without its checksum, a manifest may be changed by hand.
    del read["checksum"]
    return read


ON_A_STORE = [
    ["fit"], ["suggest", "mug"], ["tag", "{file}", "{out}"], ["evaluate", "{file}"], ["search", "mug"],
    ["search", "mug", "--semantic"], ["info"], ["export", "{out}"], ["finetune"], ["serve"],
]  # fmt: skip


@pytest.fixture
def on(tagweave: Run, products: Path, tmp_path: Path) -> Run:
    """Run one of the listed commands on a store."""

    def run(command: list[str], store: object) -> Any:
        name, *rest = (each.format(file=products, out=tmp_path / "out.jsonl") for each in command)
        return tagweave(name, store, *rest)

    return run


@pytest.mark.parametrize("command", ON_A_STORE, ids=" ".join)
def test_a_store_that_is_not_there_is_named(on: Run, tmp_path: Path, command: list[str]) -> None:
    missing = tmp_path / "none"
    assert on(command, missing).mistake == f"no store at {missing}; create one with: tagweave ingest {missing} FILE"
    assert not missing.exists()


@pytest.mark.parametrize("command", ON_A_STORE, ids=" ".join)
def test_a_file_is_no_store(on: Run, products: Path, command: list[str]) -> None:
    assert on(command, products).mistake.startswith(f"no store at {products}; ")


@pytest.mark.parametrize("command", ON_A_STORE, ids=" ".join)
def test_a_folder_of_other_things_is_no_store_and_left_alone(on: Run, tmp_path: Path, command: list[str]) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").touch()
    assert on(command, folder).mistake.startswith(f"no store at {folder}; ")
    assert [path.name for path in folder.iterdir()] == ["cat.jpg"]


def test_ingest_makes_no_store_of_a_file_or_of_a_folder_of_other_things(
    tagweave: Run, products: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").touch()
    assert tagweave("ingest", products, products).mistake == f"{products} is a file; a store is a folder"
    message = f"{folder} is not a store and not empty (it has 'cat.jpg'); name a new folder"
    assert tagweave("ingest", folder, products).mistake == message
    assert [path.name for path in folder.iterdir()] == ["cat.jpg"]


def test_ingest_makes_no_store_below_a_file(tagweave: Run, products: Path) -> None:
    assert "Not a directory" in tagweave("ingest", products / "store", products).mistake


def test_a_name_that_the_system_refuses_is_a_mistake_like_any_other(tagweave: Run) -> None:
    assert "File name too long" in tagweave("info", "x" * 300).mistake


@pytest.mark.parametrize("command", [["ingest", "{file}"], ["fit"], ["finetune"], ["serve", "--train"]], ids=" ".join)
def test_the_demo_is_not_to_be_changed(
    on: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert on(command, "demo").mistake == "the demo store is read-only; name a folder of your own"
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("none.jsonl", None, "no file {path}"),
        ("folder.csv", "folder", "no file {path}"),
        ("empty.csv", "", "{path} is empty"),
        ("empty.jsonl", "", "{path} is empty"),
        ("a.doc", "title\nmug\n", "{path}: unknown file type '.doc'; available: .csv, .tsv, .txt, .jsonl, "),
        ("a", "title\nmug\n", "{path}: unknown file type ''; available: "),
        ("a.pptx", "PK", "{path}: unknown file type '.pptx'; available: "),
        ("a.parquet", "no parquet", "{path} is not a Parquet file: "),
        ("a.jsonl.gz", "not packed", None),
    ],
)
@pytest.mark.parametrize("command", ["ingest", "tag", "evaluate"])
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tagweave: Run, stocked: Path, tmp_path: Path, command: str, name: str, content: str | None, reason: str | None
) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_text(content)
    store = tmp_path / "store" if command == "ingest" else stocked
    outcome = tagweave(command, store, path, *([tmp_path / "out.jsonl"] if command == "tag" else []))
    if reason is not None:
        assert outcome.mistake.startswith(reason.format(path=path))
    elif command == "evaluate":
        assert outcome.mistake == "none of the products to evaluate has tags"
    elif command == "ingest":
        assert f"{path}: no row can be read; line 1: the compressed" in outcome.mistake
    else:
        assert outcome.status == 0  # Only one line is rejected: the point from which the file is damaged.


def test_of_several_files_a_wrong_one_stops_ingest_before_it_begins(
    tagweave: Run, products: Path, tmp_path: Path
) -> None:
    assert tagweave("ingest", tmp_path / "store", products, tmp_path / "none.csv").mistake.startswith("no file")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no file "),
        (b"tag,facet\n", "must have the column tag, and may have facet, parent, description and language codes"),
        (b"tag\tfacet\tzh\ten\n\tkind\t\t\n", "line 2: no tag"),
        (b"tag\tfacet\tzh\ten\n\xff\xfe\t\t\t\n", "cannot be read: "),
    ],
)
def test_a_vocabulary_that_cannot_be_read_is_named_with_the_reason(
    tagweave: Run, products: Path, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "tags.tsv"
    if content is not None:
        path.write_bytes(content)
    mistake = tagweave("ingest", tmp_path / "store", products, "--vocabulary", path).mistake
    assert str(path) in mistake
    assert reason in mistake
    assert not (tmp_path / "store").exists()


def test_a_store_without_a_labelled_product_cannot_be_fitted(tagweave: Run, new_store: Run) -> None:
    folder = new_store({"title": "blue mug"}, {"title": "red cup", "tags": []})
    mistake = tagweave("fit", folder).mistake
    assert mistake.startswith(f"no product in {folder} has tags, and there is no vocabulary; ingest labelled products")


@pytest.mark.parametrize(
    "command", [["suggest", "mug"], ["tag", "{file}", "{out}"], ["evaluate", "{file}"]], ids=" ".join
)
def test_what_needs_models_says_that_fit_comes_first(on: Run, new_store: Run, command: list[str]) -> None:
    folder = new_store(MUG)
    assert on(command, folder).mistake == f"the store {folder} has no fitted models yet; run: tagweave fit {folder}"


@pytest.mark.parametrize("text", ["", " \t\n", "<br/>", "\u200b", "&nbsp;"])
def test_a_text_without_any_character_to_read_gets_no_suggestion(tagweave: Run, stocked: Path, text: str) -> None:
    assert tagweave("suggest", stocked, text).mistake == "the text is empty"


@pytest.mark.parametrize("query", ["", " ", "<br/>"])
def test_an_empty_query_is_near_nothing(tagweave: Run, stocked: Path, query: str) -> None:
    mistake = tagweave("search", stocked, query, "--semantic").mistake
    assert mistake == "the query is empty: there is nothing to compare products with"


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1001", "1.5", ""])
@pytest.mark.parametrize("command", [["suggest", "mug"], ["tag", "in.csv", "out.csv"], ["search", "mug"]], ids=" ".join)
def test_a_limit_out_of_range_is_named(tagweave: Run, stocked: Path, command: list[str], limit: str) -> None:
    name, *rest = command
    mistake = tagweave(name, stocked, *rest, f"--limit={limit}").mistake
    assert mistake == f"argument --limit: {limit!r} is not a number from 1 to 1000; see: tagweave {name} --help"


@pytest.mark.parametrize("seconds", ["-1", "long", "nan", "inf", ""])
def test_a_wait_that_is_no_number_of_seconds_is_named(tagweave: Run, stocked: Path, seconds: str) -> None:
    mistake = tagweave("fit", stocked, f"--wait={seconds}").mistake
    assert mistake == f"argument --wait: {seconds!r} is not a number of seconds of at least 0; see: tagweave fit --help"


@pytest.mark.parametrize("semantic", [[], ["--semantic"]])
def test_an_offset_below_zero_is_refused(tagweave: Run, stocked: Path, semantic: list[str]) -> None:
    mistake = tagweave("search", stocked, "mug", "--offset", "-1", *semantic).mistake
    assert mistake.startswith("argument --offset: '-1' is not a number of at least 0; ")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("title", "--map takes FIELD=COLUMN, for example title=product_name"),
        ("=title", "--map takes FIELD=COLUMN, for example title=product_name"),
        ("title=", "--map takes FIELD=COLUMN, for example title=product_name"),
        ("colour=title", "no field 'colour' to map; available: id, title, description, lang, tags"),
        ("tags=label", "{path} has no column 'label'; available: description, lang, tags, title"),
    ],
)
@pytest.mark.parametrize("command", ["ingest", "tag", "evaluate"])
def test_a_mapping_that_cannot_be_is_refused(
    tagweave: Run, stocked: Path, products: Path, tmp_path: Path, command: str, given: str, reason: str
) -> None:
    store = tmp_path / "store" if command == "ingest" else stocked
    out = [tmp_path / "out.jsonl"] if command == "tag" else []
    mistake = tagweave(command, store, products, *out, "--map", given).mistake
    assert mistake == reason.format(path=products)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("settings", "reasons"),
    [
        ("[taggers.oracle]\n", ["no tagger 'oracle'; available: ", "names, phrases, prior"]),
        ('[taggers.knn]\nplugin = "nearest"\n', ["no tagger 'nearest'; available: "]),
        ('[taggers.x]\nplugin = "acme-unfinished"\n', ["(acme-tags 1.0) needs acme_not_installed, which is not "]),
        ('[encoder]\nplugin = "word2vec"\n', ["no encoder 'word2vec'; available: acme-pairs, ", ", sentence"]),
        ('[index]\nplugin = "annoy"\n', ["no index 'annoy'; available: faiss, flat"]),
        ("[taggers.knn.options]\nneighbors = 5\n", ["'knn' has no setting 'neighbors'; available: neighbours, shown"]),
        ("[taggers.knn.options]\nneighbours = 0\n", ["neighbours must be at least 1, not 0"]),
        ('[taggers.knn.options]\nneighbours = "many"\n', ["the setting 'neighbours' of the tagger 'knn' is wrong: "]),
        ("[fusion]\nfold = 3\n", ["the setting fusion.fold is wrong: "]),
        ("[fusion]\nfolds = 1\n", ["the setting fusion.folds is wrong: "]),
        ("[colours]\nred = 1\n", ["the setting colours is wrong: "]),
        ('[fusion]\nfuser = "vote"\n', ["the setting fusion.fuser is wrong: "]),
        ("[fusion\n", ["settings.toml is not TOML: "]),
        ('[encoder.options]\nmodel = "no/such-model"\n[encoder]\nplugin = "sentence"\n', ["no weights for 'no/such"]),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_what_there_is(
    tagweave: Run, new_store: Run, settings: str, reasons: list[str]
) -> None:
    folder = new_store(MUG)
    own = NO_MODEL if "[encoder]" not in settings else ""
    (folder / "settings.toml").write_text(own + settings, "utf-8")
    mistake = tagweave("fit", folder).mistake
    for reason in reasons:
        assert reason in mistake
    assert tagweave("info", folder).status in (0, 2)


def test_settings_of_a_config_file_are_checked_too(tagweave: Run, stocked: Path, write: Run, tmp_path: Path) -> None:
    config = write("config.toml", "[catalogue]\nthread = 1\n")
    mistake = tagweave("info", stocked, "--config", config).mistake
    assert mistake.startswith("the setting catalogue.thread is wrong: ")
    assert tagweave("info", stocked, "--config", tmp_path / "none.toml").mistake == f"no file {tmp_path}/none.toml"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 1, "publications": {"fitted": {}}}', "\xff"])
@pytest.mark.parametrize("command", [["suggest", "mug"], ["info"], ["fit"]], ids=" ".join)
def test_a_damaged_manifest_says_the_way_out(on: Run, copied: Path, command: list[str], content: str) -> None:
    (copied / "manifest.json").write_text(content, "latin-1")
    mistake = on(command, copied).mistake
    assert mistake.startswith(f"{copied}/manifest.json cannot be read (")
    assert mistake.endswith(f"); run: tagweave repair {copied}")


@pytest.mark.slow
def test_after_a_damaged_manifest_is_deleted_fit_makes_the_store_whole(tagweave: Run, copied: Path) -> None:
    (copied / "manifest.json").unlink()
    assert tagweave("info", copied, "--json").result["fitted"] is False
    assert tagweave("fit", copied, "--json").result["products"] == 156
    assert tagweave("suggest", copied, "智能手表", "--json").result["tags"]


@pytest.mark.parametrize("change", ["altered", "cut short", "missing"])
@pytest.mark.parametrize("name", ["ranker.txt", "company.txt", "knn/index.faiss", "linear/features.json"])
def test_a_model_file_that_is_not_as_published_is_refused(tagweave: Run, copied: Path, change: str, name: str) -> None:
    path = copied / "models" / manifest(copied)["publications"]["fitted"]["folder"] / name
    content = path.read_bytes()
    if change == "missing":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if change == "cut short" else content[:-1] + b"?")
    mistake = tagweave("suggest", copied, "智能手表").mistake
    assert mistake == f"{path} is missing or was changed after it was published; run: tagweave repair {copied}"


def test_models_of_another_encoder_are_refused(tagweave: Run, copied: Path) -> None:
    changed = manifest(copied)
    changed["publications"]["fitted"]["about"]["encoder"] = "acme/letter-pairs@32"
    (copied / "manifest.json").write_text(json.dumps(changed), "utf-8")
    mistake = tagweave("suggest", copied, "智能手表").mistake
    assert (
        "was trained with the encoder acme/letter-pairs@32, but the settings name acme/letter-pairs@64; run fit again"
        in mistake
    )


@pytest.mark.parametrize("content", [b"", b"no database", b"\0" * 50_000])
@pytest.mark.parametrize("command", [["info"], ["search", "mug"], ["fit"], ["export", "{out}"]], ids=" ".join)
def test_a_damaged_catalogue_is_refused(on: Run, copied: Path, command: list[str], content: bytes) -> None:
    (copied / "catalogue.duckdb").write_bytes(content)
    assert str(copied / "catalogue.duckdb") in on(command, copied).mistake


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("out.txt", "cannot write '.txt' files; available: .csv, .jsonl (each also with .gz), .parquet"),
        ("out", "cannot write ''"),
        ("out.parquet.gz", "cannot write '.gz'"),
        ("none/out.csv", "no folder "),
    ],
)
@pytest.mark.parametrize("command", ["export", "tag"])
def test_a_result_file_that_cannot_be_written_is_refused(
    tagweave: Run, stocked: Path, products: Path, tmp_path: Path, command: str, name: str, reason: str
) -> None:
    given = [products] if command == "tag" else []
    assert reason in tagweave(command, stocked, *given, tmp_path / name).mistake
    assert list(tmp_path.iterdir()) == []


def test_an_unlabelled_file_cannot_be_evaluated_on(tagweave: Run, stocked: Path, write: Run) -> None:
    path = write("a.jsonl", '{"title": "blue mug"}')
    assert tagweave("evaluate", stocked, path).mistake == "none of the products to evaluate has tags"


def test_an_unknown_engine_is_refused_with_those_there_are(tagweave: Run, stocked: Path, products: Path) -> None:
    mistake = tagweave("tag", stocked, products, "out.csv", "--engine", "spark").mistake
    assert mistake.startswith("argument --engine: invalid choice: 'spark'")


def test_the_engine_ray_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tagweave: Run, stocked: Path, products: Path, tmp_path: Path
) -> None:
    # What Python does if a package is not installed.
    monkeypatch.setitem(sys.modules, "ray", None)
    mistake = tagweave("tag", stocked, products, tmp_path / "out.csv", "--engine", "ray").mistake
    assert mistake == "the engine ray needs Ray; try: pip install 'tagweave[ray]'"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--epochs", "some"], "argument --epochs: invalid int value: 'some'"),
        (["--learning-rate", "fast"], "argument --learning-rate: invalid float value: 'fast'"),
        (["--seed", "x"], "argument --seed: invalid int value: 'x'"),
    ],
)
def test_a_wrong_setting_of_finetune_is_named(tagweave: Run, stocked: Path, arguments: list[str], reason: str) -> None:
    assert tagweave("finetune", stocked, *arguments).mistake.startswith(reason)


def test_the_error_file_has_the_code_and_the_parameters_and_one_that_cannot_be_written_is_named(
    tagweave: Run, tmp_path: Path
) -> None:
    missing, path = tmp_path / "none", tmp_path / "error.json"
    line = f"no store at {missing}; create one with: tagweave ingest {missing} FILE"
    assert tagweave("info", missing, "--error-file", path).mistake == line
    assert json.loads(path.read_text("utf-8")) == {"code": "store.missing", "params": {"folder": str(missing)}}
    outcome = tagweave("info", missing, "--error-file", tmp_path / "no folder" / "error.json")
    assert (outcome.status, outcome.out) == (2, "")
    first, second = outcome.err.splitlines()
    assert first == f"tagweave: {line}"
    assert second.startswith("tagweave: [Errno 2] No such file or directory: ")


@pytest.mark.parametrize(
    ("variables", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "en_GB.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_MESSAGES": "zh_TW"}, True),
        ({}, False),
    ],
)
def test_an_error_is_in_the_language_of_the_locale(
    tagweave: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], chinese: bool
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    store = tmp_path / "none"
    english = f"no store at {store}; create one with: tagweave ingest {store} FILE"
    said = f"{store} 没有商品库；请运行：tagweave ingest {store} FILE"
    assert tagweave("info", store).mistake == (said if chinese else english)
