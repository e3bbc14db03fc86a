"""One function for each command: from parsed options to the object that is printed.

Imports stand inside, so that `tagweave --help` loads nothing that it does not need.
"""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import BadInput, BadSetting

if TYPE_CHECKING:
    from index.reading import Columns
    from index.store import Store
    from tagger.settings import Settings

Options = argparse.Namespace
Result = dict[str, Any]

_DEMO = "demo"


def ingest(options: Options) -> Result:
    """Bring files into a store, and make the store where there is none."""
    from index.rows import check
    from index.store import Store
    from tagger.cli.progress import shown
    from tagger.ingesting import ingest
    from tagger.vocabulary import read_tsv

    for path in options.files:
        check(path)
    vocabulary = read_tsv(options.vocabulary) if options.vocabulary else None
    columns = _columns(options)
    settings = _settings(options)
    with Store.writer(_own(options), settings.catalogue_settings(), create=True) as store, shown() as progress:
        return asdict(ingest(store, options.files, progress, columns=columns, vocabulary=vocabulary))


def fit(options: Options) -> Result:
    """Fit the store's taggers and ranker."""
    from index.store import Store
    from tagger.cli.progress import shown
    from tagger.fitting import fit

    settings = _settings(options)
    with Store.writer(_own(options), settings.catalogue_settings()) as store, shown() as progress:
        return asdict(fit(store, settings, progress))


def finetune(options: Options) -> Result:
    """Train the generator's adapter."""
    from index.plugins import Door
    from tagger.cli.progress import shown

    settings = _settings(options)
    door = Door("tagweave.commands", {"finetune": "finetune.command:run"})
    given = {
        "base": options.base,
        "epochs": options.epochs,
        "learning_rate": options.learning_rate,
        "seed": options.seed,
    }
    changed = {key: value for key, value in given.items() if value is not None}
    with shown() as progress:
        arguments = [_own(options), settings.weights_settings(), settings.catalogue_settings(), progress]
        result: Result = door.factory("finetune")(*arguments, changed)
    return result


def suggest(options: Options) -> Result:
    """Suggest tags for one text, with the evidence."""
    import time

    from index.product import make_product
    from tagger.opening import open_pipeline

    product = make_product(options.text)
    if not product.text:
        raise BadInput("the text is empty")
    pipeline = open_pipeline(_store(options))
    start = time.perf_counter()
    answer = pipeline.explain(product, options.limit)
    tags = [result.as_dict() for result in answer.tags]
    return {"tags": tags, "seconds": time.perf_counter() - start, "stages": dict(answer.seconds)}


def tag(options: Options) -> Result:
    """Tag every product of a file."""
    from index.rows import check
    from tagger.cli.progress import shown
    from tagger.tagging import tag_file

    check(options.source)
    store = _store(options)
    with shown() as progress:
        done = tag_file(
            store,
            options.source,
            options.out,
            progress,
            limit=options.limit,
            columns=_columns(options),
            engine=options.engine,
        )
    return asdict(done)


def evaluate(options: Options) -> Result:
    """Measure on held-out products."""
    from index.product import Product
    from index.reading import read_products
    from index.rows import check
    from tagger.cli.progress import shown
    from tagger.evaluation import canonical, evaluate
    from tagger.opening import KIND, open_pipeline

    check(options.file)
    store = _store(options)
    pipeline = open_pipeline(store)
    thresholds = store.published(KIND)[1]["thresholds"]
    read = [each.outcome for each in read_products([options.file], columns=_columns(options))]
    products = canonical([each for each in read if isinstance(each, Product)], pipeline.vocabulary)
    with shown() as progress:
        return asdict(evaluate(pipeline, products, thresholds, progress))


def search(options: Options) -> Result:
    """Find products."""
    from index.catalogue import Query
    from tagger.cli.progress import shown
    from tagger.searching import by_meaning, by_words

    store = _store(options)
    query = Query(options.query, options.tag, "", "relevance", options.limit, options.offset)
    if not options.semantic:
        page = by_words(store, query)
        return {"total": page.total, "products": [asdict(product) for product in page.products]}
    with shown() as progress:
        found = by_meaning(store, _settings(options), query, progress)
    return {"total": len(found), "products": [{**asdict(product), "similarity": score} for product, score in found]}


def serve(options: Options) -> Result:
    """Serve the page and the APIs until interrupted."""
    from tagger.web.server import serve

    serve(_store(options), _settings(options), host=options.host, port=options.port)
    return {}


def taggers(options: Options) -> Result:
    """List the taggers that are installed, with their settings."""
    from index.errors import MissingDependency
    from index.plugins import settings_of
    from tagger.plugin import TAGGERS

    listed = []
    for name, entry in TAGGERS.entries().items():
        try:
            listed.append({"name": name, "from": entry.value, "settings": settings_of(TAGGERS.factory(name))})
        except MissingDependency as error:
            listed.append({"name": name, "from": entry.value, "missing": str(error)})
    return {"taggers": listed}


def info(options: Options) -> Result:
    """Say what a store holds, and whether its models are up to date."""
    from tagger.opening import describe

    return describe(_store(options))


def export(options: Options) -> Result:
    """Write all products with their tags."""
    from index.writing import write

    store = _store(options)
    products = store.catalogue.products()
    records = ({**asdict(product), "tags": list(product.tags)} for product in products)
    count = write(options.out, ("id", "title", "description", "lang", "tags"), records)
    return {"products": count, "out": str(options.out)}


def _settings(options: Options) -> "Settings":
    from tagger.settings import read

    own = _folder(options) / "settings.toml"
    files = [own] if own.is_file() else []
    return read(*files, *([options.config] if options.config else []))


def _store(options: Options) -> "Store":
    from index.store import Store

    return Store.open(_folder(options), _settings(options).catalogue_settings())


def _folder(options: Options) -> Path:
    """Return the store's folder; the demo's is made first where it is not there yet."""
    if options.store != _DEMO:
        return Path(options.store)
    from tagger.cli.progress import shown
    from tagger.demo.store import ready
    from tagger.settings import read

    with shown() as progress:
        return ready(read(*([options.config] if options.config else [])), progress)


def _own(options: Options) -> Path:
    if options.store == _DEMO:
        raise BadSetting("the demo is not to be changed; name a folder of your own")
    return Path(options.store)


def _columns(options: Options) -> "Columns":
    from index.reading import Columns

    pairs = [each.partition("=") for each in options.map]
    for field, equals, column in pairs:
        if not (field and equals and column):
            raise BadSetting("--map takes FIELD=COLUMN, such as title=product_name")
    return Columns({field: column for field, _, column in pairs})
