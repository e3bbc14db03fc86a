"""Conformance checks for taggers, encoders and indexes; they need no test framework.

    from tagger.testing import check_tagger

    def test_my_tagger_is_one(tmp_path):
        check_tagger(lambda: create(resources), labelled_products, tmp_path)

A failed check raises an `AssertionError` that says what is wrong, with the product's id if it concerns one. The checks
that `check_tagger` runs can also be called one by one with a fitted tagger.
"""

from tagger.testing.encoders import check_encoder
from tagger.testing.indexes import check_index
from tagger.testing.taggers import (
    check_batches,
    check_evidence,
    check_odd_texts,
    check_rankings,
    check_saving,
    check_tagger,
    check_unseen,
)

__all__ = [
    "check_batches",
    "check_encoder",
    "check_evidence",
    "check_index",
    "check_odd_texts",
    "check_rankings",
    "check_saving",
    "check_tagger",
    "check_unseen",
]
