"""Clean and check reviewer names and tags that people type."""

from index.catalogue.decision import ANONYMOUS
from index.errors import BadInput
from index.text.cleaning import clean

LONGEST_NAME = 80
LONGEST_TAG = 200


def clean_tag(text: str) -> str:
    """Return the cleaned tag; raises `BadInput` if it is empty or longer than `LONGEST_TAG` characters."""
    tag = clean(text)
    if not tag:
        raise BadInput("tag.empty")
    if len(tag) > LONGEST_TAG:
        raise BadInput("tag.too-long", most=LONGEST_TAG)
    return tag


def reviewer_name(name: str) -> str:
    """Return the cleaned reviewer name, `ANONYMOUS` if it is empty; raises `BadInput` for an overlong name."""
    by = clean(name)
    if len(by) > LONGEST_NAME:
        raise BadInput("reviewer.too-long", most=LONGEST_NAME)
    return by or ANONYMOUS
