import random
from dataclasses import replace

import torch
from hypothesis import given
from hypothesis import strategies as st

from finetune.seq2seq.base_model import Base
from finetune.seq2seq.batching import IGNORED, Example, batches, collate, encode
from finetune.seq2seq.cases import Case
from finetune.seq2seq.settings import TrainingSettings
from index.product import Product
from tagger.generation.prompt import Near

MUG = Product("1", "mug", "", "en", ("cup", "blue"))

examples = st.lists(st.integers(1, 60).map(lambda length: Example([7] * length, [8], [], [])), max_size=80)


@given(examples, st.integers(1, 9), st.integers())
def test_every_example_is_in_one_batch_of_at_most_the_size(listed: list[Example], size: int, seed: int) -> None:
    cut = batches(listed, size, random.Random(seed))
    assert sorted(each for batch in cut for each in batch) == sorted(listed)
    assert all(0 < len(batch) <= size for batch in cut)


def test_examples_of_like_length_share_a_batch() -> None:
    listed = [Example([7] * length, [8], [], []) for length in (9, 1, 8, 2, 9, 1, 8, 2)]
    cut = batches(listed, 4, random.Random(0))
    assert sorted(sorted(len(each.source) for each in batch) for batch in cut) == [[1, 1, 2, 2], [8, 8, 9, 9]]


def test_another_seed_gives_another_order_and_the_same_seed_the_same() -> None:
    listed = [Example([number], [8], [], []) for number in range(40)]
    first, again, other = (batches(listed, 4, random.Random(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_examples_are_padded_at_their_end_and_padding_is_no_target() -> None:
    batch = collate(
        [Example([5, 6, 1], [9, 1], [4], [IGNORED, 1, 0]), Example([5, 1], [9, 8, 1], [4, 3], [0, IGNORED])],
        0,
        torch.device("cpu"),
    )
    assert batch.input_ids.tolist() == [[5, 6, 1], [5, 1, 0]]
    assert batch.attention_mask.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert batch.labels.tolist() == [[9, 1, IGNORED], [9, 8, 1]]
    assert batch.names.tolist() == [[4, IGNORED], [4, 3]]
    assert batch.decided.tolist() == [[IGNORED, 1, 0], [0, IGNORED, IGNORED]]


def test_a_case_becomes_its_prompt_and_its_tags(small: Base) -> None:
    [example] = encode([Case(MUG, (Near(0.9, ("cup",)),))], small.tokenizer, TrainingSettings())
    read = [small.tokenizer.decode(ids, skip_special_tokens=True) for ids in example[:3]]
    assert read == ["similar: A9 cup title: mug", " A| blue", "| cup| blue"]


def test_what_is_decided_of_a_neighbours_tag_is_marked_at_its_letter(small: Base) -> None:
    near = (Near(0.9, ("cup", "a", "blue")), Near(0.8, ("cup", "b 2")))
    product = Product("1", "mug A and B", "C", "en", ("cup", "blue"))
    [example] = encode([Case(product, near)], small.tokenizer, TrainingSettings())
    pieces = [small.tokenizer.decode([id]) for id in example.source]
    marked = [(piece, mark) for piece, mark in zip(pieces, example.decided, strict=True) if mark != IGNORED]
    # Sorted by votes, ties by name: cup, a, blue, b 2.
    assert marked == [(" A", 1), (" B", 0), (" C", 1), (" D", 0)]


def test_without_neighbours_nothing_is_decided(small: Base) -> None:
    [example] = encode([Case(replace(MUG, title="A mug"))], small.tokenizer, TrainingSettings())
    assert set(example.decided) == {IGNORED}


def test_each_window_of_a_long_text_becomes_an_example_in_its_turn(small: Base) -> None:
    case = Case(Product("1", "mug", "first " * 80 + "second " * 80, "en", ("cup",)))
    settings = TrainingSettings(max_input_tokens=999)
    read = [small.tokenizer.decode(encode([case], small.tokenizer, settings, turn)[0].source) for turn in range(3)]
    assert "first" in read[0]
    assert "first" not in read[1]
    assert read[0] == read[2]


def test_long_texts_are_cut_and_end_properly(small: Base) -> None:
    settings = TrainingSettings(max_input_tokens=9, max_target_tokens=8)
    [example] = encode(
        [Case(Product("1", "mug " * 99, "", "en", ("a very long tag of many words",)))], small.tokenizer, settings
    )
    assert (len(example.source), len(example.target)) == (9, 8)
    assert example.source[-1] == example.target[-1] == small.tokenizer.eos_token_id


def test_no_product_gives_no_example(small: Base) -> None:
    assert encode([], small.tokenizer, TrainingSettings()) == []
