import numpy as np
import pytest
import torch

from finetune.products.objectives import name_loss, text_loss

ZERO = torch.zeros(())
AXES = torch.eye(3)


def test_the_loss_of_names_is_the_cross_entropy_of_the_tags() -> None:
    right = np.array([[1, 0, 0], [0, 1, 1]], np.float32)
    loss = name_loss(AXES[:2], AXES, ZERO, right, np.zeros(3, np.float32))
    # Cosines are 1 for the own name and 0 for others.
    whole = np.log(np.e + 2)
    assert float(loss) == pytest.approx(np.mean([whole - 1, whole - 0.5]))


def test_a_frequent_tag_needs_less_similarity() -> None:
    right = np.array([[1, 0, 0]], np.float32)
    plain, adjusted = (
        float(name_loss(AXES[:1], AXES, ZERO, right, np.array([shift, 0, 0], np.float32))) for shift in (0, 2)
    )
    assert adjusted == pytest.approx(np.log(np.e**3 + 2) - 3)
    assert adjusted < plain


def test_the_loss_of_texts_draws_texts_with_the_same_tags_together() -> None:
    right = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    together = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    apart = together[[0, 2, 1, 3]]
    idf = np.ones(2, np.float32)
    assert float(text_loss(together, ZERO, right, idf)) == pytest.approx(np.log(np.e + 2) - 1)
    assert float(text_loss(apart, ZERO, right, idf)) == pytest.approx(np.log(np.e + 2))


def test_a_rare_tag_counts_more_than_a_frequent_one() -> None:
    # The first text shares a rare tag with the second, and a frequent one with the third, which it is near.
    right = np.array([[1, 1], [1, 0], [0, 1]], np.float32)
    texts = torch.tensor([[1.0, 0], [0, 1], [1, 0]])
    rare_first, frequent_first = (
        float(text_loss(texts, ZERO, right, np.array(idf, np.float32))) for idf in ((5, 1), (1, 5))
    )
    assert rare_first > frequent_first


def test_texts_that_share_no_tag_do_not_count() -> None:
    assert float(text_loss(AXES, ZERO, np.eye(3, dtype=np.float32), np.ones(3, np.float32))) == 0
