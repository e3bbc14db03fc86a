import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from finetune.pretraining.pretrain import tokenizer_texts
from finetune.pretraining.tokenizer import UNK, alphabet, equal_shares, train_tokenizer
from finetune.seq2seq.dataset import Split
from tagger.generation.prompt import join_tags

any_text = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture(scope="module")
def tokenizer(split: Split, tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerFast:
    """A tokenizer, saved and loaded again."""
    folder = tmp_path_factory.mktemp("tokenizer")
    train_tokenizer(tokenizer_texts(split.training), pieces=900).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


@given(any_text)
@example("\u32ff")
@example("👩‍👩‍👧‍👦 🛒 ﷺ Ⅻ ①")
@example("龘 \t\n  x  ")
@example("a▁b ▁ Ġ")
def test_every_text_comes_back_as_it_was_and_none_is_unknown(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    # Normalise as `index.text.cleaning` does: the tokenizer's tables come from an older Unicode version than Python's.
    text = unicodedata.normalize("NFKC", text)
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.unk_token_id not in ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_a_text_is_folded_by_the_tokenizer_itself(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer.decode(tokenizer("Ⅻ ① ﷺ ｍｕｇ")["input_ids"], skip_special_tokens=True) == unicodedata.normalize(
        "NFKC", "Ⅻ ① ﷺ ｍｕｇ"
    )


@pytest.mark.parametrize("text", ["</s>", "<unk> <pad>", "<0x41><0xFF>", "mug</s>blue"])
def test_text_that_spells_out_a_special_piece_is_text(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    ids = tokenizer(text)["input_ids"]
    assert ids[-1] == tokenizer.eos_token_id
    assert not {tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id}.intersection(ids[:-1])
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_a_character_without_a_piece_is_written_as_its_bytes(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer.convert_ids_to_tokens(tokenizer("🛒")["input_ids"]) == [
        *("<0xF0>", "<0x9F>", "<0x9B>", "<0x92>"),
        "</s>",
    ]


def test_there_are_as_many_pieces_as_were_asked_for(tokenizer: PreTrainedTokenizerFast) -> None:
    assert len(tokenizer) == 900


def test_common_words_are_one_piece_and_each_chinese_character() -> None:
    trained = train_tokenizer(["好看 mug", "好看 mug"] * 20, pieces=500)
    assert trained.tokenize("好看 mug") == ["好", "看", " mug"]


def test_a_tag_is_the_same_pieces_in_a_text_and_in_an_answer(tokenizer: PreTrainedTokenizerFast) -> None:
    for text, tag in (("title: Red stroller, foldable", "stroller"), ("title:可折叠婴儿推车", "婴儿推车")):
        spelt = tokenizer.tokenize(join_tags([tag]))[1:]
        pieces = tokenizer.tokenize(text)
        assert any(pieces[start : start + len(spelt)] == spelt for start in range(len(pieces)))


def test_the_most_frequent_characters_have_pieces_ties_in_their_order() -> None:
    letters = alphabet(["好好看丁", "ＡＢ好"], 98)
    assert letters[:95] == [chr(code) for code in range(32, 127)]
    assert letters[95:] == ["好", "丁", "看"]


def test_the_same_texts_give_the_same_tokenizer(split: Split) -> None:
    first, second = (train_tokenizer(tokenizer_texts(split.training), pieces=900) for _ in range(2))
    assert first.backend_tokenizer.to_str() == second.backend_tokenizer.to_str()


def test_a_cut_text_still_has_its_end(tokenizer: PreTrainedTokenizerFast) -> None:
    ids = tokenizer("mug " * 100, truncation=True, max_length=8)["input_ids"]
    assert len(ids) == 8
    assert ids[-1] == tokenizer.eos_token_id


def test_the_smaller_group_is_repeated_up_to_the_bytes_of_the_larger() -> None:
    # 6 bytes against 9: the smaller group once, then its first text again; a further text would exceed 9 bytes.
    assert equal_shares([["aa", "bbbb"], ["杯子x", "yy"]]) == ["aa", "bbbb", "aa", "杯子x", "yy"]


def test_a_group_without_texts_has_no_share() -> None:
    assert equal_shares([[], ["mug"]]) == ["mug"]
    assert equal_shares([[], []]) == []


def test_the_saved_folder_holds_no_other_format_than_json(base: Path) -> None:
    assert {path.name for path in base.glob("tokenizer*")} == {"tokenizer.json", "tokenizer_config.json"}
    assert UNK == "<unk>"
