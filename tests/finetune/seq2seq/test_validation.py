import math
from dataclasses import replace

import pytest
import torch

from finetune.seq2seq.base_model import Base
from finetune.seq2seq.batching import IGNORED
from finetune.seq2seq.dataset import Split
from finetune.seq2seq.settings import TrainingSettings
from finetune.seq2seq.validation import cross_entropy, validate

SETTINGS = TrainingSettings(batch_size=4, max_input_tokens=32, max_target_tokens=8)


def test_cross_entropy_leaves_out_what_is_padding() -> None:
    logits = torch.tensor([[[math.log(3), 0.0], [0.0, 0.0], [9.0, 0.0]]])
    labels = torch.tensor([[0, 1, IGNORED]])
    # Two tokens count, with probabilities 3 / 4 and 1 / 2.
    assert cross_entropy(logits, labels).item() == pytest.approx(-(math.log(3 / 4) + math.log(1 / 2)) / 2)


def test_the_order_of_the_products_and_the_batches_change_no_figure(small: Base, split: Split) -> None:
    one = validate(small.model, small.tokenizer, split.test, SETTINGS)
    other = validate(small.model, small.tokenizer, split.test[::-1], replace(SETTINGS, batch_size=3))
    assert one == pytest.approx(other, abs=1e-4)


def test_an_untrained_model_is_as_good_as_guessing_among_all_pieces(small: Base, split: Split) -> None:
    with torch.no_grad():
        small.model.get_input_embeddings().weight.zero_()
    figures = validate(small.model, small.tokenizer, split.test, SETTINGS)
    assert figures.loss == pytest.approx(math.log(len(small.tokenizer)), abs=1e-4)
    assert figures.micro_f1 == 0


def test_validation_changes_no_weight(small: Base, split: Split) -> None:
    before = {name: weight.clone() for name, weight in small.model.state_dict().items()}
    validate(small.model, small.tokenizer, split.test, SETTINGS)
    assert all(torch.equal(before[name], weight) for name, weight in small.model.state_dict().items())
