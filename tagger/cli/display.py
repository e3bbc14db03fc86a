"""Print results as text and tables."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

Result = Mapping[str, Any]

_SPELLINGS = 3
_PLAIN = "plain"
_NOT_REPAIRED = {"changed": "changed after the last fit", "none": "damaged, and not made from the catalogue"}
_STORED_TAGS = {"keep": "stored tags stay", "append": "tags are added to stored ones"}


def plain(result: Result) -> None:
    """Print keys and values, one per line."""
    for key, value in result.items():
        sys.stdout.write(f"{key}: {_short(value)}\n")


def show_ingest(result: Result) -> None:
    """Print how each file was read, and the counts of an ingest."""
    for each in result["files"]:
        _show_file(each)
    sys.stdout.write(f"{result['accepted']:,} of {result['read']:,} rows accepted, {result['rejected']:,} rejected\n")
    if result["rejected"]:
        sys.stdout.write(f"why: {result['rejects']}\n")


def _show_file(file: Result) -> None:
    """Print how a file was read: what was found out, and what was not used."""
    parts = [file["kind"]]
    parts += [f"format {file['format']}"] if file["format"] != _PLAIN else []
    parts += [file["encoding"]] if file.get("sample") else []
    parts += [f"{field} from {column!r}" for field, column in file["fields"].items() if field != column]
    if file["tags_split"]:
        parts.append(f"tags split at {file['tags_split']!r} ({file['tags_split_score']:.0%} sure)")
    if file["spellings"]:
        pairs = ", ".join(f"{tag} → {usual}" for tag, usual in list(file["spellings"].items())[:_SPELLINGS])
        parts.append(f"{len(file['spellings']):,} tags in another case: {pairs}")
    if file["stored_tags"] != "replace":
        parts.append(_STORED_TAGS[file["stored_tags"]])
    if file["unused"]:
        parts.append(f"not used: {', '.join(file['unused'])}")
    sys.stdout.write(_printable(f"{file['file']}: {'; '.join(parts)}") + "\n")


def show_round(result: Result) -> None:
    """Print what became of each file of a watched folder."""
    for each in result["reports"]:
        said = each["error"] if "error" in each else f"{each['tagged']:,} of {each['read']:,} rows, {each['out']}"
        sys.stdout.write(_printable(f"{each['file']}: {each['event']}, {said}") + "\n")
    sys.stdout.write(f"{result['tagged']} tagged, {result['failed']} failed, {result['waiting']} not complete yet\n")


def _show_without(result: Result) -> None:
    """Print which taggers were left out, and why."""
    for name, reason in result["without"].items():
        sys.stdout.write(f"without {name}: {reason}\n")


def show_fit(result: Result) -> None:
    """Print what was fitted."""
    sys.stdout.write(
        f"fitted {', '.join(result['taggers'])} on {result['products']:,} products with {result['tags']:,} tags "
        f"in {result['seconds']:.0f} s; tags are accepted from {result['threshold']:.2f}\n"
    )
    _show_without(result)


def info(result: Result) -> None:
    """Print what a store holds, and how to start using an adapter that waits for a fit."""
    plain(result)
    if result["adapter_waits"]:
        sys.stdout.write(f"the adapter waits for a fit; to use it, run: tagweave fit {result['store']}\n")


def show_suggestions(result: Result) -> None:
    """Print tags with bars and the main evidence, and why the product is unknown."""
    if not result["known"]:
        sys.stdout.write(f"unknown: {result['reason']}\n")
    table = _table("", "tag", "probability", "", "because")
    for each in result["tags"]:
        mark = "[green]✓[/green]" if each["accepted"] else ""
        bar = "█" * round(20 * each["probability"])
        table.add_row(mark, _tag_name(each), f"{each['probability']:.3f}", bar, _because(each["evidence"]))
    _print(table)
    _show_without(result)


def show_evaluation(result: Result) -> None:
    """Print the metrics of every system."""
    names = ("micro_f1", "macro_f1", "precision@1", "precision@5", "recall@5", "recall@20", "ndcg@10", "ece")
    table = _table("system", *names)
    for system, figures in result["systems"].items():
        table.add_row(system, *(f"{figures[name]:.4f}" for name in names))
    _print(table)


def show_leaderboard(result: Result) -> None:
    """Print the figures of every system, the best first."""
    names = ("micro_f1", "macro_f1", "accuracy", "precision", "recall")
    table = _table("system", *names, "fit s", "ms", "MB")
    for system, figures in result["systems"].items():
        cost = f"{figures['fit_seconds']:.1f}", f"{figures['ms']:.1f}", f"{figures['bytes'] / 1e6:.1f}"
        table.add_row(system, *(f"{figures[name]:.4f}" for name in names), *cost)
    _print(table)
    of = result["accuracy_of"] or "all tags"
    sys.stdout.write(
        f"trained on {result['training']:,} products, thresholds from {result['validation']:,}, measured on "
        f"{result['test']:,}; accuracy of {of}\n"
    )
    _show_without(result)


def show_tuning(result: Result) -> None:
    """Print what a search found, as settings."""
    sys.stdout.write(
        f"{result['trials']} trials; micro-F1 {result['micro_f1']:.4f}, on products that the search has not seen "
        f"{result['test_f1']:.4f}\n"
    )
    for name, share in result["importance"].items():
        sys.stdout.write(f"importance of {name}: {share:.2f}\n")
    sys.stdout.write(f"\n{result['settings']}")


def show_duplicates(result: Result) -> None:
    """Print pairs of products, one per row."""
    heads = ("score", "product", "title", "other product", "title")
    _show_scored(result["pairs"], heads, ("id", "title", "other_id", "other_title"))
    sys.stdout.write(
        f"{len(result['pairs']):,} of {result['found']:,} pairs shown; {result['products']:,} products compared\n"
    )


def show_check(result: Result) -> None:
    """Print probable errors among the tags, one per row."""
    heads = ("probability", "tag", "instead", "product", "title")
    _show_scored(result["errors"], heads, ("tag", "instead", "product", "title"))
    sys.stdout.write(
        f"{len(result['errors']):,} of {result['found']:,} probable errors shown; {result['labels']:,} tags of "
        f"{result['products']:,} products checked\n"
    )


def _show_scored(rows: Sequence[Result], heads: Sequence[str], fields: Sequence[str]) -> None:
    """Print a table whose first column is the score."""
    table = _table(*heads)
    for each in rows:
        table.add_row(f"{each['score']:.3f}", *(_safe(each[name]) for name in fields))
    _print(table)


def show_products(result: Result) -> None:
    """Print products, one per row."""
    table = _table("id", "title", "tags")
    for each in result["products"]:
        table.add_row(
            _safe(each["id"]), _safe(each["title"] or each["description"][:60]), _safe(", ".join(each["tags"]))
        )
    _print(table)
    sys.stdout.write(f"{result['total']:,} found\n")


def show_decision(result: Result) -> None:
    """Print a decision with its number, which `tagweave undo` takes."""
    undone = f"; undone by {result['undone_by']}" if result["undone_by"] else ""
    said = f"{result['kind']} {result['tag']} of {result['title']} ({result['product']}), by {result['by']}{undone}"
    sys.stdout.write(f"decision {result['number']}: {_printable(said)}\n")


def show_repair(result: Result) -> None:
    """Print each damaged file, its remedy, and whether it is repaired."""
    for each in result["damaged"]:
        done = "repaired" if each["repaired"] else _NOT_REPAIRED.get(each["remedy"], "damaged")
        sys.stdout.write(f"{each['file']}: {done} ({each['remedy']})\n")
    sys.stdout.write("the store is sound\n" if result["sound"] else "the store is damaged\n")


def show_keys(result: Result) -> None:
    """Print keys as a table, and below it the one that was made."""
    table = _table("name", "scope", "expires", "id")
    for key in result["keys"]:
        until = "never" if key["expires"] is None else time.strftime("%Y-%m-%d", time.gmtime(key["expires"]))
        table.add_row(_safe(key["name"]), key["scope"], "expired" if key["expired"] else until, key["id"])
    _print(table)
    if "token" in result:
        sys.stdout.write(f"{result['token']}\nKeep this key now: it is shown only once.\n")


def vocabulary(result: Result) -> None:
    """Print pairs of tags that may be duplicates, or a tag's names after a change."""
    if "forms" in result:
        sys.stdout.write(f"{result['tag']}: {', '.join(result['forms'])}\n")
        return
    if "out" in result:
        plain(result)
        return
    table = _table("tag", "into", "score", "why")
    for each in result["merges"]:
        table.add_row(_safe(each["tag"]), _safe(each["into"]), f"{each['score']:.2f}", each["why"])
    _print(table)
    sys.stdout.write(f"{result['tags']:,} tags; {len(result['merges']):,} of {result['found']:,} pairs shown\n")


def taggers(result: Result) -> None:
    """Print taggers with their settings."""
    table = _table("tagger", "settings")
    for each in result["taggers"]:
        settings = ", ".join(f"{key}={value!r}" for key, value in each.get("settings", {}).items())
        table.add_row(each["name"], _safe(each.get("missing", settings)))
    _print(table)


def _tag_name(each: Result) -> str:
    labels = [label for label in each["labels"].values() if label != each["tag"]]
    new = " [yellow]new[/yellow]" if each["new"] else ""
    return _safe(" / ".join([each["tag"], *labels])) + new


def _because(evidence: Result) -> str:
    said = [f"“{span['text']}”" for span in evidence["spans"][:2]]
    near = [f"{each['title'][:24]} ({each['similarity']:.2f})" for each in evidence["neighbours"][:1]]
    return _safe("; ".join([*said, *near]))


def _short(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _safe(text: str) -> str:
    """Escape rich's markup, and remove control characters that could steer the terminal."""
    from rich.markup import escape

    return escape(_printable(text))


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


def _table(*columns: str) -> "Table":
    from rich.table import Table

    table = Table(box=None)
    for column in columns:
        table.add_column(column)
    return table


def _print(table: "Table") -> None:
    from rich.console import Console

    Console().print(table)
