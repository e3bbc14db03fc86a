"""The commands and options of `tagweave`, with their help texts."""

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tagger import __version__
from tagger.cli import commands, display

Run = Callable[[argparse.Namespace], dict[str, Any]]
Show = Callable[[dict[str, Any]], None]


class _Parser(argparse.ArgumentParser):
    """Reports a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"tagweave: {message}; see: {self.prog} --help\n")


def parse_args(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the arguments. Exits with status 2 and one line if they are wrong."""
    return build_parser().parse_args(arguments)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands. The documentation is generated from it."""
    parser = _Parser(prog="tagweave", description="Tag products in Chinese and English.")
    parser.add_argument("--version", action="version", version=f"tagweave {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for add in (
        _ingest,
        _fit,
        _finetune,
        _suggest,
        _tag,
        _watch,
        _evaluate,
        _leaderboard,
        _tune,
        _check,
        _duplicates,
        _search,
        _decide,
        _undo,
        _vocabulary,
        _serve,
        _mcp,
        _keys,
        _taggers,
        _info,
        _export,
        _backup,
        _restore,
        _repair,
        _forget,
        _distill,
        _demo,
    ):
        add(subparsers)
    return parser


_LIMIT = "maximum number of {} (default: %(default)s)"
_PRODUCT_FILE = (
    "CSV, JSON, XML, Excel, OpenDocument, Parquet, Arrow or SQLite file; all but SQLite may be compressed (.gz)"
)
_DATABASE = "or a DuckDB file, or the address of a PostgreSQL or MySQL database"
_RESULT_FILE = ".csv or .jsonl, optionally as .gz, .xlsx or .parquet"
_CHANGING = ("ingest", "fit", "finetune", "decide", "undo", "repair", "forget", "distill", "keys")
_OWN = "folder of the store"
_ASKED = "folder of the store, or the word demo or anything"
_CONFIG = "TOML file that overrides the store's settings; suggestions keep the settings of the last fit"


def _command(subparsers: Any, name: str, help: str, run: Run, show: Show, *, store: str = "STORE") -> Any:
    command = subparsers.add_parser(name, help=help, description=help)
    if store:
        command.add_argument("store", metavar="STORE", help=_OWN if name in _CHANGING else _ASKED)
    command.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    command.add_argument(
        "--error-file", type=Path, metavar="FILE", help="on an error, write its code and parameters to FILE as JSON"
    )
    command.add_argument("--config", type=Path, metavar="FILE", help=_CONFIG)
    command.set_defaults(run=run, show=show)
    return command


def _waiting(command: Any) -> None:
    help = "seconds to wait while another process writes to the store (default: %(default)g); 0 fails at once"
    command.add_argument("--wait", type=_seconds, default=60.0, metavar="SECONDS", help=help)


def _columns(command: Any) -> None:
    command.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="column to read id, title, description, lang or tags from; may be repeated",
    )
    encoding = "encoding of a text file, such as gb18030, big5 or latin-1 (default: found out from the whole file)"
    command.add_argument("--encoding", default="", metavar="NAME", help=encoding)
    delimiter = "character between two cells, or tab (default: found out)"
    command.add_argument("--delimiter", default="", metavar="CHARACTER", help=delimiter)
    quote = "character around cells, or none (default: found out)"
    command.add_argument("--quote", default="", metavar="CHARACTER", help=quote)
    skipped = "number of lines before the line with the names of the columns (default: found out)"
    command.add_argument("--skip-lines", type=_place, metavar="N", help=skipped)
    split = "text between two tags in a cell, or none (default: found out from the whole column)"
    command.add_argument("--tags-split", default="", metavar="TEXT", help=split)
    format = "program that wrote the file, such as shopify, or plain for any table (default: found out)"
    command.add_argument("--format", default="", metavar="NAME", help=format)
    table = "sheet of a workbook, table of a database, or path of a list in JSON, such as data.items"
    command.add_argument("--table", default="", metavar="NAME", help=table)
    attribute = "column whose values become tags with the column as their facet; may be repeated"
    command.add_argument("--attribute", action="append", default=[], metavar="COLUMN", help=attribute)


def _ingest(subparsers: Any) -> None:
    command = _command(
        subparsers, "ingest", "add the products of files to a store", commands.ingest, display.show_ingest
    )
    files = f"{_PRODUCT_FILE}; {_DATABASE}; may be left out with --vocabulary"
    command.add_argument("files", nargs="*", type=_source, metavar="FILE", help=files)
    command.add_argument(
        "--vocabulary",
        type=Path,
        metavar="FILE",
        help="tags with labels and parents: shopify or google (packaged product taxonomies), a .tsv with a header "
        "line, a .tsv of ids with English and Chinese names, or SKOS (.ttl, .rdf, .xml, .nt); optionally as .gz",
    )
    tags = "what becomes of stored tags: replace, append, keep (default: replace; a file without tags keeps them)"
    command.add_argument("--tags", default="", choices=("keep", "append", "replace"), help=tags)
    _columns(command)
    _waiting(command)


def _fit(subparsers: Any) -> None:
    help = "fit the store's models on its labelled products"
    _waiting(_command(subparsers, "fit", help, commands.fit, display.show_fit))


def _finetune(subparsers: Any) -> None:
    help = "train the generator's adapter on the store's labelled products"
    command = _command(subparsers, "finetune", help, commands.finetune, display.plain)
    base = "T5 model to start from: a folder, or a hub id if the settings have hub = true under [weights]"
    command.add_argument("--base", metavar="MODEL", help=base)
    epochs = "maximum number of passes over the products; a higher one continues the last training"
    command.add_argument("--epochs", type=int, metavar="N", help=epochs)
    command.add_argument("--learning-rate", type=float, metavar="X", help="peak learning rate")
    command.add_argument("--seed", type=int, metavar="N", help="random seed; another one starts from scratch")
    fresh = "start from scratch even if the last training could be resumed"
    command.add_argument("--fresh", action="store_true", help=fresh)
    _waiting(command)


def _suggest(subparsers: Any) -> None:
    command = _command(
        subparsers, "suggest", "suggest tags for one product", commands.suggest, display.show_suggestions
    )
    text = "the product: its title, with a description from the second line on, or its page's HTML"
    command.add_argument("text", metavar="TEXT", help=text)
    command.add_argument("--limit", type=_count, default=10, metavar="N", help=_LIMIT.format("tags"))


def _tag(subparsers: Any) -> None:
    command = _command(subparsers, "tag", "tag a whole file", commands.tag, display.plain)
    command.add_argument("source", type=Path, metavar="IN", help=_PRODUCT_FILE)
    command.add_argument("out", type=Path, metavar="OUT", help=_RESULT_FILE)
    command.add_argument("--limit", type=_count, default=10, metavar="N", help=_LIMIT.format("suggestions per product"))
    _write_back(command, "append to the file's own tags where OUT is the same kind of table, else records")
    _chosen_tags(command)
    engine = "run on this machine (default) or on a Ray cluster"
    command.add_argument("--engine", default="local", choices=("local", "ray"), help=engine)
    _columns(command)


def _chosen_tags(command: Any) -> None:
    command.add_argument(
        "--only-accepted", action="store_true", help="with --min-probability: also only tags that the store accepts"
    )
    least = "write tags from this probability on (default: those that the store accepts)"
    command.add_argument("--min-probability", type=_probability, metavar="P", help=least)


def _watch(subparsers: Any) -> None:
    help = "tag the files that come into a folder"
    command = _command(subparsers, "watch", help, commands.watch, display.show_round)
    folder = "folder that files come into; tagged, done and failed files go to folders in it"
    command.add_argument("folder", type=Path, metavar="FOLDER", help=folder)
    command.add_argument("--once", action="store_true", help="tag the files that are complete now, then end")
    interval = "seconds between two looks at the folder (default: %(default)g)"
    command.add_argument("--interval", type=_seconds, default=5.0, metavar="SECONDS", help=interval)
    settle = "a file is complete if it has not changed for so many seconds (default: %(default)g)"
    command.add_argument("--settle", type=_seconds, default=5.0, metavar="SECONDS", help=settle)
    command.add_argument("--limit", type=_count, default=10, metavar="N", help=_LIMIT.format("suggestions per product"))
    _write_back(command, "append to a table's own tags; other files become records")
    _chosen_tags(command)
    url = "address that is told of each file, by a signed request"
    command.add_argument("--webhook", default="", metavar="URL", help=url)
    signing = "file with the secret that signs the requests, of at least 16 characters"
    command.add_argument("--webhook-secret", type=Path, metavar="FILE", help=signing)


def _evaluate(subparsers: Any) -> None:
    help = "evaluate the store's taggers on held-out labelled products"
    command = _command(subparsers, "evaluate", help, commands.evaluate, display.show_evaluation)
    command.add_argument("file", type=Path, metavar="FILE", help=f"labelled products: {_PRODUCT_FILE}")
    _columns(command)


def _leaderboard(subparsers: Any) -> None:
    help = "train every kind of tagger on a part of the store's products, and compare them on another part"
    command = _command(subparsers, "leaderboard", help, commands.leaderboard, display.show_leaderboard)
    only = "measure these systems only: taggers of the store, or installed ones"
    command.add_argument("--only", type=_names, default=(), metavar="NAME,...", help=only)
    facet = "facet that the accuracy is of (default: category, else all tags of a product)"
    command.add_argument("--facet", default="", metavar="NAME", help=facet)
    folds = "cross-validation: train on all folds but one, for each of N (default: one split)"
    command.add_argument("--folds", type=_place, default=0, metavar="N", help=folds)
    plot = "draw the systems by F1 and training time: a .png or .svg file"
    command.add_argument("--plot", type=Path, metavar="FILE", help=plot)


def _tune(subparsers: Any) -> None:
    help = "search the options of a tagger; a search that was interrupted resumes"
    command = _command(subparsers, "tune", help, commands.tune, display.show_tuning)
    command.add_argument("system", metavar="NAME", help="a tagger of the store, or an installed one")
    trials = "sets of options to try, with those of earlier runs (default: %(default)s)"
    command.add_argument("--trials", type=_count, default=20, metavar="N", help=trials)
    folds = "folds that each set is measured on (default: %(default)s)"
    command.add_argument("--folds", type=_count, default=2, metavar="N", help=folds)


def _check(subparsers: Any) -> None:
    help = "list tags of the store's products that are probably wrong or missing"
    command = _command(subparsers, "check", help, commands.check, display.show_check)
    command.add_argument("--limit", type=_count, default=20, metavar="N", help=_LIMIT.format("errors"))


def _duplicates(subparsers: Any) -> None:
    help = "list pairs of products that are probably the same product"
    command = _command(subparsers, "duplicates", help, commands.duplicates, display.show_duplicates)
    command.add_argument("--limit", type=_count, default=20, metavar="N", help=_LIMIT.format("pairs"))
    least = "least score of a pair, from 0 to 1 (default: %(default)s)"
    command.add_argument("--min-score", type=_probability, default=0.7, metavar="SCORE", help=least)


def _search(subparsers: Any) -> None:
    command = _command(subparsers, "search", "find products by text and tags", commands.search, display.show_products)
    command.add_argument("query", metavar="QUERY", help="words or parts of words; empty for all products")
    command.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="only products with this tag; may be repeated"
    )
    command.add_argument("--semantic", action="store_true", help="search by meaning instead of by words")
    command.add_argument("--limit", type=_count, default=20, metavar="N", help=_LIMIT.format("products"))
    command.add_argument("--offset", type=_place, default=0, metavar="N", help="number of products to skip")


def _decide(subparsers: Any) -> None:
    help = "record a person's decision on a tag; it shows in the next suggestion"
    command = _command(subparsers, "decide", help, commands.decide, display.show_decision)
    kinds = ("accept", "reject", "add", "remove")
    meant = "accept or reject a suggested tag, add another tag, or remove one from the product"
    command.add_argument("kind", metavar="KIND", choices=kinds, help=meant)
    command.add_argument("product", metavar="PRODUCT", help="id of a product in the store; with --text, a text")
    command.add_argument("tag", metavar="TAG", help="the tag, by any of its names")
    command.add_argument("--text", action="store_true", help="PRODUCT is a text, as for suggest")
    _by(command)


def _undo(subparsers: Any) -> None:
    command = _command(subparsers, "undo", "undo a decision", commands.undo, display.show_decision)
    command.add_argument("number", metavar="NUMBER", type=_place, help="number of the decision, as printed by decide")
    _by(command)


def _by(command: Any) -> None:
    command.add_argument("--by", default="", metavar="NAME", help="name of the person who decides")


def _vocabulary(subparsers: Any) -> None:
    help = "list tags that may be duplicates, merge them, or rename tags"
    command = _command(subparsers, "vocabulary", help, commands.vocabulary, display.vocabulary)
    command.add_argument("--limit", type=_count, default=20, metavar="N", help=_LIMIT.format("pairs"))
    change = command.add_mutually_exclusive_group()
    change.add_argument("--accept", nargs=2, metavar=("TAG", "INTO"), help="merge the first tag into the second")
    change.add_argument("--rename", nargs=2, metavar=("TAG", "NAME"), help="rename a tag")
    change.add_argument("--alias", nargs=2, metavar=("TAG", "ALIAS"), help="add an alias to a tag")
    change.add_argument("--separate", metavar="ALIAS", help="turn an alias back into a tag of its own")
    change.add_argument("--out", type=Path, metavar="TSV", help="write all tags with their names to a file")


def _serve(subparsers: Any) -> None:
    command = _command(subparsers, "serve", "serve the web page and the APIs", commands.serve, display.plain, store="")
    stores = (
        "folders of one or more stores, or the words demo (the default) and anything; the first is the default store, "
        "the others are named by ?store=NAME"
    )
    command.add_argument("stores", nargs="*", metavar="STORE", help=stores)
    help = "let anyone who opens the page run fit and finetune on this store"
    command.add_argument("--train", action="store_true", help=help)
    open = "let anyone who reaches --host read and change stores that have no keys"
    command.add_argument("--open", action="store_true", help=open)
    _address(command)


def _mcp(subparsers: Any) -> None:
    help = "offer the MCP tools on standard input and output, for an assistant that starts them"
    _command(subparsers, "mcp", help, commands.mcp, display.plain)


def _keys(subparsers: Any) -> None:
    help = "list the API keys of a store, or make, replace or remove one"
    command = _command(subparsers, "keys", help, commands.keys, display.show_keys)
    change = command.add_mutually_exclusive_group()
    change.add_argument("--add", metavar="NAME", help="make a key for a person or a program, and print it once")
    change.add_argument("--rotate", metavar="NAME", help="replace a key by a new one, and print that once")
    change.add_argument("--revoke", metavar="NAME", help="remove a key; it counts no more at once")
    scope = "what a new key allows: read; write, also products, tags and decisions; admin, also rules and training"
    command.add_argument("--scope", choices=("read", "write", "admin"), default="read", help=f"{scope} (default: read)")
    days = "days until a new key expires (default: never)"
    command.add_argument("--days", type=_seconds, metavar="N", help=days)


def _demo(subparsers: Any) -> None:
    help = "serve the demo shop, or another store that comes with the package"
    command = _command(subparsers, "demo", help, commands.demo, display.plain, store="")
    name = "demo, a shop (default: %(default)s); or anything, which knows no product but Shopify's product taxonomy"
    command.add_argument("name", nargs="?", default="demo", choices=("demo", "anything"), metavar="NAME", help=name)
    command.add_argument(
        "--snapshots",
        type=Path,
        metavar="FOLDER",
        help="save copies of the shop there, and restore it if this machine has none",
    )
    _address(command)


def _address(command: Any) -> None:
    host = "address to listen on (default: %(default)s, this machine only)"
    command.add_argument("--host", default="127.0.0.1", help=host)
    command.add_argument("--port", type=int, default=7860, help="port (default: %(default)s); 0 for any free one")
    rate = "requests per second of one key or address (default: %(default)g, no limit)"
    command.add_argument("--rate-limit", type=_seconds, default=0.0, metavar="N", help=rate)
    logged = "log each request as one line of JSON on standard error, without texts of products"
    command.add_argument("--log-requests", action="store_true", help=logged)


def _taggers(subparsers: Any) -> None:
    _command(subparsers, "taggers", "list the installed taggers", commands.taggers, display.taggers, store="")


def _info(subparsers: Any) -> None:
    _command(subparsers, "info", "show what a store holds", commands.info, display.info)


def _export(subparsers: Any) -> None:
    command = _command(
        subparsers, "export", "write the store's products with their tags", commands.export, display.plain
    )
    command.add_argument("out", type=Path, metavar="OUT", help=_RESULT_FILE)
    like = "file of products to write again as it came, with the store's tags"
    command.add_argument("--like", type=Path, metavar="FILE", help=like)
    _write_back(command, "replace")
    _columns(command)


def _backup(subparsers: Any) -> None:
    help = "copy a store as it is at one moment into one file, also while it is served and written"
    command = _command(subparsers, "backup", help, commands.backup, display.plain)
    command.add_argument("file", type=Path, metavar="FILE", help="file to write, such as shop.tar; an old one goes")


def _restore(subparsers: Any) -> None:
    help = "make a store from the file that tagweave backup wrote, after comparing it with its digests"
    command = _command(subparsers, "restore", help, commands.restore, display.plain, store="")
    command.add_argument("file", type=Path, metavar="FILE", help="file of the backup")
    command.add_argument("store", metavar="STORE", help="folder of the store, which must not exist yet")


def _repair(subparsers: Any) -> None:
    help = "find damaged files of a store, and make again what the catalogue allows"
    command = _command(subparsers, "repair", help, commands.repair, display.show_repair)
    command.add_argument("--check", action="store_true", help="only look; change nothing")
    _waiting(command)


def _forget(subparsers: Any) -> None:
    help = "delete products and the decisions on them for good, also from the models"
    command = _command(subparsers, "forget", help, commands.forget, display.plain)
    command.add_argument(
        "products", nargs="+", metavar="PRODUCT", help="id of a product, in the store or only decided on"
    )
    _waiting(command)


def _distill(subparsers: Any) -> None:
    help = "let the model of [taggers.llm] label products that have no tags; the next fit learns from its labels"
    command = _command(subparsers, "distill", help, commands.distill, display.plain)
    products = "number of products to ask about (default: %(default)s)"
    command.add_argument("--products", type=_positive, default=1000, metavar="N", help=products)
    undo = "delete the model's labels instead; the next fit learns from people's alone"
    command.add_argument("--undo", action="store_true", help=undo)
    _waiting(command)


def _write_back(command: Any, default: str) -> None:
    modes = (
        "append to the file's own tags, replace them, or write to a column:NAME; all else in the file stays as it is; "
        f"records: a table of our own with all suggestions (default: {default})"
    )
    command.add_argument("--write-tags", default="", metavar="HOW", help=modes)
    language = "language of the tags' labels that are written (default: their names)"
    command.add_argument("--language", default="", choices=("zh", "en", "both"), help=language)
    excel = "begin a CSV file with the mark that Excel needs for UTF-8"
    command.add_argument("--excel", action="store_true", help=excel)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _source(text: str) -> Path | str:
    """Return the path of a file, or the address of a database as it is."""
    return text if "://" in text else Path(text)


def _place(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return int(text)


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds of at least 0")
    return seconds
