"""What people type of themselves and of tags, in clean text."""

from index.catalogue.decision import ANONYMOUS
from index.errors import BadInput
from index.text.cleaning import clean

LONGEST_NAME = 80
LONGEST_TAG = 200


def clean_tag(text: str) -> str:
    """Return the tag in clean text; raises `BadInput` where nothing is left, or too much."""
    tag = clean(text)
    if not tag:
        raise BadInput("the tag is empty")
    if len(tag) > LONGEST_TAG:
        raise BadInput(f"the tag has more than {LONGEST_TAG} characters")
    return tag


def reviewer_name(name: str) -> str:
    """Return who decides, in clean text; raises `BadInput` for a name that is too long."""
    by = clean(name)
    if len(by) > LONGEST_NAME:
        raise BadInput(f"the name has more than {LONGEST_NAME} characters")
    return by or ANONYMOUS
