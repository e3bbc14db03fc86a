"""What can be typed after `tagweave`."""

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tagger.cli import commands, display

Run = Callable[[argparse.Namespace], dict[str, Any]]
Show = Callable[[dict[str, Any]], None]


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"tagweave: {message}; see: {self.prog} --help\n")


def parse_args(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the arguments; exits with 2 and one line where they are off."""
    parser = _Parser(prog="tagweave", description="Tags products, in Chinese and English.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for add in (
        _ingest,
        _fit,
        _finetune,
        _suggest,
        _tag,
        _evaluate,
        _search,
        _decide,
        _undo,
        _vocabulary,
        _serve,
        _taggers,
        _info,
        _export,
        _demo,
    ):
        add(subparsers)
    return parser.parse_args(arguments)


_LIMIT = "how many {} at most (%(default)s)"
_CHANGING = ("ingest", "fit", "finetune", "decide", "undo")
_OWN = "a store's folder"
_CONFIG = "settings over the defaults and the store's own; suggestions keep those of the last fit"


def _command(subparsers: Any, name: str, help: str, run: Run, show: Show, *, store: str = "STORE") -> Any:
    command = subparsers.add_parser(name, help=help, description=help)
    if store:
        optional = {"nargs": "?", "default": "demo"} if store == "[STORE]" else {}
        asked = "a store's folder, or the word demo" + (" (the default)" if optional else "")
        command.add_argument("store", metavar="STORE", help=_OWN if name in _CHANGING else asked, **optional)
    command.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    command.add_argument("--config", type=Path, metavar="FILE", help=_CONFIG)
    command.set_defaults(run=run, show=show)
    return command


def _waiting(command: Any) -> None:
    help = "how long to wait for another process that writes the store (%(default)g); 0 to fail at once"
    command.add_argument("--wait", type=_seconds, default=60.0, metavar="SECONDS", help=help)


def _columns(command: Any) -> None:
    command.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="a column that holds id, title, description, lang or tags",
    )


def _ingest(subparsers: Any) -> None:
    command = _command(
        subparsers, "ingest", "bring products of files into a store", commands.ingest, display.show_ingest
    )
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV, JSON lines or Parquet; .gz too")
    command.add_argument(
        "--vocabulary",
        type=Path,
        metavar="FILE",
        help="tags with their labels and parents: a .tsv with column names, or of ids with English and Chinese names, "
        "or SKOS (.ttl, .rdf, .xml, .nt); .gz too",
    )
    _columns(command)
    _waiting(command)


def _fit(subparsers: Any) -> None:
    help = "make the store's models from its labelled products"
    _waiting(_command(subparsers, "fit", help, commands.fit, display.show_fit))


def _finetune(subparsers: Any) -> None:
    help = "train an adapter for the generator on the store's products"
    command = _command(subparsers, "finetune", help, commands.finetune, display.plain)
    base = "a T5 by folder, or by hub id where hub = true stands under [weights]"
    command.add_argument("--base", metavar="MODEL", help=base)
    command.add_argument(
        "--epochs", type=int, metavar="N", help="how often to go through the products, at most; more than before go on"
    )
    command.add_argument("--learning-rate", type=float, metavar="X", help="the highest that is come to")
    command.add_argument("--seed", type=int, metavar="N", help="another draws another order")
    fresh = "start anew even where an earlier training could go on"
    command.add_argument("--fresh", action="store_true", help=fresh)
    _waiting(command)


def _suggest(subparsers: Any) -> None:
    command = _command(
        subparsers, "suggest", "suggest tags for one product", commands.suggest, display.show_suggestions
    )
    command.add_argument("text", metavar="TEXT", help="its title, in more lines its description, or its page's HTML")
    command.add_argument("--limit", type=_count, default=10, metavar="N", help=_LIMIT.format("tags"))


def _tag(subparsers: Any) -> None:
    command = _command(subparsers, "tag", "tag a whole file", commands.tag, display.plain)
    command.add_argument("source", type=Path, metavar="IN", help="CSV, JSON lines or Parquet; .gz too")
    command.add_argument("out", type=Path, metavar="OUT", help=".jsonl, .csv (.gz too) or .parquet")
    command.add_argument("--limit", type=_count, default=10, metavar="N", help=_LIMIT.format("suggestions a product"))
    engine = "this machine (the default), or a Ray cluster"
    command.add_argument("--engine", default="local", choices=("local", "ray"), help=engine)
    _columns(command)


def _evaluate(subparsers: Any) -> None:
    help = "measure the store's taggers on held-out labelled products"
    command = _command(subparsers, "evaluate", help, commands.evaluate, display.show_evaluation)
    command.add_argument("file", type=Path, metavar="FILE", help="labelled: CSV, JSON lines or Parquet; .gz too")
    _columns(command)


def _search(subparsers: Any) -> None:
    command = _command(subparsers, "search", "find products by text and tags", commands.search, display.show_products)
    command.add_argument("query", metavar="QUERY", help="words or parts of words; empty for all products")
    command.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="only products with this tag; may be repeated"
    )
    command.add_argument("--semantic", action="store_true", help="by meaning instead of by words")
    command.add_argument("--limit", type=_count, default=20, metavar="N", help=_LIMIT.format("products"))
    command.add_argument("--offset", type=_place, default=0, metavar="N", help="how many products to pass over")


def _decide(subparsers: Any) -> None:
    help = "record what a person decided on a tag; it shows in the next suggestion"
    command = _command(subparsers, "decide", help, commands.decide, display.show_decision)
    kinds = ("accept", "reject", "add", "remove")
    meant = "accept or reject a suggested tag, add another, or remove one that the product has"
    command.add_argument("kind", metavar="KIND", choices=kinds, help=meant)
    command.add_argument("product", metavar="PRODUCT", help="the id of a product of the store, or a text with --text")
    command.add_argument("tag", metavar="TAG", help="by any of its names")
    command.add_argument("--text", action="store_true", help="PRODUCT is a text, as suggest takes it")
    _by(command)


def _undo(subparsers: Any) -> None:
    command = _command(subparsers, "undo", "take a decision back", commands.undo, display.show_decision)
    command.add_argument("number", metavar="NUMBER", type=_place, help="the decision's number, as decide printed it")
    _by(command)


def _by(command: Any) -> None:
    command.add_argument("--by", default="", metavar="NAME", help="who decides")


def _vocabulary(subparsers: Any) -> None:
    help = "list tags that may be one, make them one, and change what tags are called"
    command = _command(subparsers, "vocabulary", help, commands.vocabulary, display.vocabulary)
    command.add_argument("--limit", type=_count, default=20, metavar="N", help="at most so many pairs")
    change = command.add_mutually_exclusive_group()
    change.add_argument("--accept", nargs=2, metavar=("TAG", "INTO"), help="make the first tag an alias of the second")
    change.add_argument("--rename", nargs=2, metavar=("TAG", "NAME"), help="call a tag by another name")
    change.add_argument("--alias", nargs=2, metavar=("TAG", "ALIAS"), help="give a tag one more name")
    change.add_argument("--separate", metavar="ALIAS", help="make an alias a tag of its own again")
    change.add_argument("--out", type=Path, metavar="TSV", help="write all tags and what they are called to a file")


def _serve(subparsers: Any) -> None:
    command = _command(
        subparsers, "serve", "serve the page and the APIs", commands.serve, display.plain, store="[STORE]"
    )
    help = "let whoever opens the page start fit and finetune on this store"
    command.add_argument("--train", action="store_true", help=help)
    _address(command)


def _demo(subparsers: Any) -> None:
    command = _command(subparsers, "demo", "serve the demo shop", commands.demo, display.plain, store="")
    command.add_argument(
        "--snapshots",
        type=Path,
        metavar="FOLDER",
        help="keep a copy of the shop there, and bring it back where it is not on this machine",
    )
    _address(command)


def _address(command: Any) -> None:
    command.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s: this machine alone)")
    command.add_argument("--port", type=int, default=7860, help="0 for any that is free (%(default)s)")


def _taggers(subparsers: Any) -> None:
    _command(subparsers, "taggers", "list the taggers there are", commands.taggers, display.taggers, store="")


def _info(subparsers: Any) -> None:
    _command(subparsers, "info", "say what a store holds", commands.info, display.info)


def _export(subparsers: Any) -> None:
    command = _command(
        subparsers, "export", "write the store's products with their tags", commands.export, display.plain
    )
    command.add_argument("out", type=Path, metavar="OUT", help=".jsonl, .csv (.gz too) or .parquet")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)


def _place(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0")
    return seconds
