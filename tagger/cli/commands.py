"""One function for each command: takes the parsed options and returns the object to print.

Imports are inside the functions, so that `tagweave --help` starts fast.
"""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import BadInput, BadSetting, MissingArtifact

if TYPE_CHECKING:
    from index.files.columns import Columns
    from index.files.readers.options import ReadingOptions
    from index.store import Store
    from tagger.api.tagger import Tagger
    from tagger.settings import Settings
    from tagger.watch.webhook import Webhook
    from tagger.web.server import Serving

Options = argparse.Namespace
Result = dict[str, Any]

log = logging.getLogger(__name__)

# Words that stand for the stores that come with the package.
_DEMO = "demo"
_PACKAGED = (_DEMO, "anything")


def ingest(options: Options) -> Result:
    """Add the products of files to a store, which is created if there is none."""
    from index.store import Store
    from tagger.cli.progress import show_progress
    from tagger.ingest import ingest_profiled, profile_files, readable_files
    from tagger.vocabulary import read_vocabulary

    folder = _own(options)
    if not (options.files or options.vocabulary):
        raise BadSetting("cli.nothing-to-ingest")
    vocabulary = read_vocabulary(options.vocabulary) if options.vocabulary else None
    if vocabulary and options.vocabulary.is_file() and (clashes := vocabulary.clashes()):
        log.warning("%s: %d pairs of tags share a name, such as %s", options.vocabulary, len(clashes), clashes[0])
    reading = _reading(options)
    settings = _settings(options, folder)
    with readable_files(options.files, reading) as paths:
        # A file that cannot be read must not leave an empty store behind.
        profiles = profile_files(paths, _columns(options, paths, reading), reading)
        writer = Store.writer(folder, settings.catalogue, create=True, wait_s=options.wait)
        with writer as store, show_progress() as progress:
            done = ingest_profiled(
                store, profiles, progress, vocabulary=vocabulary, tags=options.tags, mask=settings.privacy.mask
            )
            return asdict(done)


def fit(options: Options) -> Result:
    """Fit the store's taggers and ranker."""
    from index.store import Store
    from tagger.cli.progress import show_progress
    from tagger.fit import fit

    folder = _own(options)
    settings = _settings(options, folder)
    with Store.writer(folder, settings.catalogue, wait_s=options.wait) as store, show_progress() as progress:
        return asdict(fit(store, settings, progress))


def finetune(options: Options) -> Result:
    """Train the generator's adapter."""
    from tagger.api.finetuning import train_adapter
    from tagger.cli.progress import show_progress

    folder = _own(options)
    changed = {name: getattr(options, name) for name in ("base", "epochs", "learning_rate", "seed")}
    settings = _settings(options, folder)
    with show_progress() as progress:
        return train_adapter(folder, settings, changed, progress, wait_s=options.wait, fresh=options.fresh)


def suggest(options: Options) -> Result:
    """Suggest tags for one text, with their evidence."""
    import time

    from index.files.html_page import product_in
    from tagger.load import open_pipeline_for

    product = product_in(options.text)
    if not product.text:
        raise BadInput("value.empty-text")
    store, _ = _open_store(options)
    pipeline = open_pipeline_for(store, product)
    start = time.perf_counter()
    answer = pipeline.explain(product, options.limit)
    return {**answer.as_dict(), "seconds": time.perf_counter() - start}


def tag(options: Options) -> Result:
    """Tag every product of a file."""
    from index.files.row_reader import check
    from tagger.cli.progress import show_progress
    from tagger.jobs.tag_file import engine_of, tag_file
    from tagger.jobs.write_back import Choice, Output, write_back_to

    check(options.source)
    reading = _reading(options)
    columns = _columns(options, [options.source], reading)
    output = Output(
        Choice(options.min_probability, options.only_accepted),
        write_back_to(options.out, options.source, options.write_tags, options.language),
        options.excel,
    )
    store, _ = _open_store(options)
    with show_progress() as progress:
        done = tag_file(
            store,
            options.source,
            options.out,
            progress,
            limit=options.limit,
            columns=columns,
            reading=reading,
            engine=engine_of(options.engine),
            output=output,
        )
    return asdict(done)


def watch(options: Options) -> Result:
    """Tag the files of a folder once, or as they come until interrupted."""
    from tagger.cli.progress import show_progress
    from tagger.jobs.tag_file import engine_of
    from tagger.jobs.write_back import Choice
    from tagger.watch.watcher import FolderWatcher, Tagging

    store, _ = _open_store(options)
    choice = Choice(options.min_probability, options.only_accepted)
    tagging = Tagging(options.limit, options.write_tags, options.language, choice, options.excel)
    watcher = FolderWatcher(
        store,
        options.folder,
        engine_of("local"),
        tagging=tagging,
        settle_s=options.settle,
        webhook=_webhook(options),
    )
    with watcher.holding(), show_progress() as progress:
        if not options.once:
            watcher.run(progress, options.interval)
        return asdict(watcher.look(progress))


def _webhook(options: Options) -> "Webhook | None":
    from tagger.watch.webhook import Webhook

    if not options.webhook:
        return None
    try:
        secret = options.webhook_secret.read_text("utf-8").strip() if options.webhook_secret else ""
    except OSError as error:
        raise BadInput("file.cannot-read", path=options.webhook_secret, reason=error.strerror) from error
    return Webhook(options.webhook, secret)


def evaluate(options: Options) -> Result:
    """Evaluate the taggers on held-out products."""
    from tagger.cli.progress import show_progress

    reading = _reading(options)
    columns = _columns(options, [options.file], reading)
    tagger = _tagger(options)
    with show_progress() as progress:
        return tagger.evaluate(options.file, columns=columns.names, reading=reading, progress=progress).as_dict()


def leaderboard(options: Options) -> Result:
    """Train every system on a part of the store's products, and measure it on another."""
    from tagger.cli.progress import show_progress

    tagger = _tagger(options)
    with show_progress() as progress:
        return tagger.leaderboard(
            only=options.only, facet=options.facet, folds=options.folds, plot=options.plot, progress=progress
        ).as_dict()


def tune(options: Options) -> Result:
    """Search the options of a tagger."""
    from tagger.cli.progress import show_progress

    tagger = _tagger(options)
    with show_progress() as progress:
        return tagger.tune(options.system, trials=options.trials, folds=options.folds, progress=progress).as_dict()


def check(options: Options) -> Result:
    """List tags of the store's products that are probably wrong or missing."""
    return _tagger(options).check(limit=options.limit).as_dict()


def duplicates(options: Options) -> Result:
    """List pairs of the store's products that are probably the same product."""
    return _tagger(options).duplicates(limit=options.limit, min_score=options.min_score).as_dict()


def search(options: Options) -> Result:
    """Find products."""
    from tagger.cli.progress import show_progress

    tagger = _tagger(options)
    with show_progress() as progress:
        return tagger.search(
            options.query,
            tags=options.tag,
            semantic=options.semantic,
            limit=options.limit,
            offset=options.offset,
            progress=progress,
        ).as_dict()


def decide(options: Options) -> Result:
    """Record a person's decision on a tag of a product, or of a text."""
    from index.files.html_page import product_in

    tagger = _own_tagger(options)
    product = product_in(options.product) if options.text else options.product
    return tagger.decide(options.kind, product, options.tag, by=options.by).as_dict()


def undo(options: Options) -> Result:
    """Undo a decision."""
    return _own_tagger(options).undo(options.number, by=options.by).as_dict()


def vocabulary(options: Options) -> Result:
    """List likely duplicates among the tags, change a tag's names, or write the vocabulary to a file."""
    from tagger.cli.progress import show_progress
    from tagger.feedback import tag_merges as merges

    if options.accept or options.separate or options.rename or options.alias:
        return _vocabulary_changed(options)
    store, settings = _open_store(options)
    if options.out:
        return asdict(merges.export(store, options.out))
    with show_progress() as progress:
        return asdict(merges.suggest_merges(store, settings, progress, limit=options.limit))


def _vocabulary_changed(options: Options) -> Result:
    vocabulary = _own_tagger(options).vocabulary
    if options.accept:
        tag = vocabulary.merge(*options.accept).value
    elif options.rename:
        tag = vocabulary.rename(*options.rename).value
    elif options.alias:
        tag = vocabulary.alias(*options.alias).value
    else:
        tag = vocabulary.separate(options.separate).tag
    return {"tag": vocabulary[tag].tag, "forms": list(vocabulary[tag].names)}


def serve(options: Options) -> Result:
    """Serve the page and the APIs until interrupted."""
    words = options.stores or [_DEMO]
    if options.train and not set(words).isdisjoint(_PACKAGED):
        raise BadSetting("cli.demo-read-only")
    stores: dict[str, Store] = {}
    for word in words:
        name = Path(word).resolve().name
        if name in stores:
            raise BadSetting("serve.same-name", name=name)
        stores[name] = _open_named(options, word)[0]
    # Imported after the stores are found: the web libraries take seconds to load.
    from tagger.web.server import serve

    serve(stores, _serving(options, train=options.train), host=options.host, port=options.port, open=options.open)
    return {}


def demo(options: Options) -> Result:
    """Serve a store that comes with the package until interrupted; with `--snapshots`, snapshots of it are saved."""
    from index.store import Store

    folder = _packaged(options, options.name, options.snapshots)
    store = Store.open(folder, _settings(options, folder).catalogue)
    from tagger.web.server import serve

    # The demo is there for everybody to try.
    serving = _serving(options, snapshots=options.snapshots)
    serve({options.name: store}, serving, host=options.host, port=options.port, open=True)
    return {}


def _serving(options: Options, *, train: bool = False, snapshots: Path | None = None) -> "Serving":
    from tagger.web.server import Serving

    return Serving(train, options.rate_limit, options.log_requests, snapshots)


def mcp(options: Options) -> Result:
    """Answer an assistant over standard input and output until it ends."""
    from tagger.web.mcp_server.server import serve_stdio

    serve_stdio(_open_store(options)[0])
    return {}


def keys(options: Options) -> Result:
    """List the API keys of a store, or make, replace or remove one."""
    from index.store import Store
    from tagger.access.keys import KeyRing, shown

    folder = _own(options)
    Store.open(folder)
    ring, token = KeyRing(folder), ""
    if options.add:
        token = ring.add(options.add, options.scope, options.days)
    elif options.rotate:
        token = ring.rotate(options.rotate, options.days)
    elif options.revoke:
        ring.revoke(options.revoke)
    made = {"token": token} if token else {}
    return {"keys": [shown(each) for each in ring.all()], **made}


def taggers(options: Options) -> Result:
    """List the installed taggers with their settings."""
    from index.errors import TagweaveError
    from tagger.plugins import TAGGERS

    listed = []
    for name, entry in TAGGERS.entries().items():
        try:
            defaults = {key: _as_json(default) for key, default in TAGGERS.settings(name).items()}
            listed.append({"name": name, "from": entry.value, "settings": defaults})
        except TagweaveError as error:
            listed.append({"name": name, "from": entry.value, "missing": str(error)})
    return {"taggers": listed}


def _as_json(default: Any) -> Any:
    """Convert a setting's default to JSON; None if the setting has no default."""
    import inspect
    from types import NoneType

    if default is inspect.Parameter.empty:
        return None
    return default if isinstance(default, (str, int, float, bool, NoneType)) else repr(default)


def info(options: Options) -> Result:
    """Return what a store holds, and whether its models are up to date."""
    from tagger.load import describe

    return describe(_open_store(options)[0])


def export(options: Options) -> Result:
    """Write all products with their tags, under the tags' current names; or a file again with the store's tags."""
    from tagger.jobs.export import export_like, export_products
    from tagger.jobs.write_back import REPLACE, WriteBack

    store, _ = _open_store(options)
    if not options.like:
        return asdict(export_products(store, options.out, excel=options.excel))
    reading = _reading(options)
    back = WriteBack(options.write_tags or REPLACE, options.language)
    columns = _columns(options, [options.like], reading)
    return asdict(export_like(store, options.like, options.out, columns=columns, reading=reading, back=back))


def backup(options: Options) -> Result:
    """Copy a store into one file."""
    from index.snapshots import back_up

    store, _ = _open_store(options)
    if options.file.resolve().is_relative_to(store.folder.resolve()):
        raise BadInput("backup.inside", path=options.file, folder=store.folder)
    back_up(store, options.file)
    return {"store": str(store.folder), "file": str(options.file), "bytes": options.file.stat().st_size}


def restore(options: Options) -> Result:
    """Make a store from a backup."""
    from index.snapshots import restore_backup
    from index.store import FITTED, Store

    folder = _own(options)
    if folder.exists():
        raise BadInput("backup.store-exists", folder=folder)
    if not options.file.is_file():
        raise MissingArtifact("backup.missing", path=options.file)
    restore_backup(options.file, folder)
    store = Store.open(folder)
    fitted = FITTED in store.manifest().publications
    return {"store": str(folder), "products": store.catalogue.count(), "fitted": fitted}


def repair(options: Options) -> Result:
    """Find the damaged files of a store, and repair them unless only a check is wanted."""
    from index.store import Store
    from tagger.cli.progress import show_progress
    from tagger.maintenance.inspection import inspect
    from tagger.maintenance.repair import Repair, repair

    folder = _own(options)
    settings = _settings(options, folder)
    if options.check:
        found = inspect(Store.open(folder, settings.catalogue))
        return Repair(found, found).as_dict()
    with show_progress() as progress:
        return repair(folder, settings, progress, wait_s=options.wait).as_dict()


def forget(options: Options) -> Result:
    """Delete products and the decisions on them for good."""
    from tagger.cli.progress import show_progress
    from tagger.maintenance.forgetting import forget

    folder = _own(options)
    with show_progress() as progress:
        return asdict(forget(folder, options.products, _settings(options, folder), progress, wait_s=options.wait))


def distill(options: Options) -> Result:
    """Let a large model label products, or delete its labels."""
    from tagger.cli.progress import show_progress
    from tagger.jobs.distillation import distill, undo_distillation

    folder = _own(options)
    settings = _settings(options, folder)
    if options.undo:
        return {"undone": undo_distillation(folder, settings, wait_s=options.wait)}
    with show_progress() as progress:
        return asdict(distill(folder, settings, progress, products=options.products, wait_s=options.wait))


def _tagger(options: Options) -> "Tagger":
    from tagger.api.tagger import Tagger

    return Tagger(*_open_store(options))


def _own_tagger(options: Options) -> "Tagger":
    _own(options)
    return _tagger(options)


def _open_store(options: Options) -> "tuple[Store, Settings]":
    """Open the store for reading, with its settings."""
    return _open_named(options, options.store)


def _open_named(options: Options, word: str) -> "tuple[Store, Settings]":
    from index.store import Store

    folder = _folder(options, word)
    settings = _settings(options, folder)
    return Store.open(folder, settings.catalogue), settings


def _settings(options: Options, folder: Path) -> "Settings":
    from tagger.settings import read

    own = folder / "settings.toml"
    files = [own] if own.is_file() else []
    return read(*files, *([options.config] if options.config else []))


def _folder(options: Options, word: str) -> Path:
    """Return the folder of a store, named by its folder or a word; a packaged store is created on first use."""
    return _packaged(options, word) if word in _PACKAGED else Path(word)


def _packaged(options: Options, name: str, snapshots: Path | None = None) -> Path:
    from tagger.cli.progress import show_progress
    from tagger.demo.store import ready, settings_of_demo

    settings = settings_of_demo(*([options.config] if options.config else []), name=name)
    with show_progress() as progress:
        return ready(settings, progress, snapshots, name=name)


def _own(options: Options) -> Path:
    if options.store in _PACKAGED:
        raise BadSetting("cli.demo-read-only")
    return Path(options.store)


def _columns(options: Options, paths: Sequence[Path], reading: "ReadingOptions") -> "Columns":
    from index.files.columns import Columns
    from index.files.product_reader import refuse_missing

    pairs = [each.partition("=") for each in options.map]
    for field, equals, column in pairs:
        if not (field and equals and column):
            raise BadSetting("cli.bad-map")
    columns = Columns({field: column for field, _, column in pairs}, tuple(options.attribute))
    refuse_missing(columns, paths, reading)
    return columns


def _reading(options: Options) -> "ReadingOptions":
    from index.files.readers.options import ReadingOptions

    return ReadingOptions(
        encoding=options.encoding,
        delimiter=options.delimiter,
        quote=options.quote,
        skip_lines=options.skip_lines,
        tags_split=options.tags_split,
        format=options.format,
        table=options.table,
    )
