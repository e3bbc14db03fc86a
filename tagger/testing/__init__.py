"""Check a plugin against what every tagger, encoder or index must hold; needs no test framework.

    from tagger.testing import check_tagger

    def test_my_tagger_is_one(tmp_path):
        check_tagger(lambda: create(resources), labelled_products, tmp_path)

Whatever does not hold raises an `AssertionError` that says what, with the product's id where it is about one. The
checks beneath `check_tagger` may be called one by one with a tagger that has learnt already.
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
