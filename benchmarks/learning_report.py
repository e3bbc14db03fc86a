"""Write the report's sections on what people correct."""

from typing import Any

_BAD_LABELS = """\
## Wrong labels

Written by `python -m benchmarks.bad_labels`. A share of the tags of labelled products is spoilt at random (seed 0):
every second is replaced by another tag of its facet, the others are taken away. The list of `tagweave check` is cut at
7 % of the number of tags for 5 % spoilt ones, at 14 % for 10 %. What else is listed need not be right: the sets have
errors of their own."""


def bad_labels_section(results: dict[str, Any]) -> str:
    """Return how many of the planted errors were found, by set and by share."""
    head = "| set | products | tags | spoilt | listed | cut at | replaced, found | removed, found | found |"
    lines = [_BAD_LABELS, "", head, "|---" * 9 + "|"]
    for name, by_share in results.items():
        for share, each in by_share.items():
            lines.append(
                f"| {name} | {each['products']:,} | {each['labels']:,} | {float(share):.0%} | {each['listed']:,} "
                f"| {each['cut']:,} | {each['found_replaced'] / each['replaced']:.1%} "
                f"| {each['found_removed'] / each['removed']:.1%} | {each['found']:.1%} |"
            )
    return "\n".join(lines)
