"""Train a bilingual tokenizer: byte-pair pieces, and bytes for all characters without a piece."""

import itertools
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

PAD, EOS, UNK = "<pad>", "</s>", "<unk>"
_SPECIAL = (PAD, EOS, UNK)
_BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
_ASCII = "".join(chr(code) for code in range(32, 127))
# Words with the space before them, single Han characters, digits and separators, runs of other signs. A tag is split
# into the same pieces wherever it occurs: Chinese has no spaces, and pieces of several characters would not end where a
# tag does. Spaces are kept rather than replaced by a marker, so that decoding restores every text exactly.
_WORDS = Regex(r"\p{Han}| ?[\p{L}\p{M}&&[^\p{Han}]]+| ?\p{N}|\|| ?[^\s\p{L}\p{M}\p{N}|]+|\s")
_LONGEST_PIECE = 14


def train_tokenizer(texts: Sequence[str], *, pieces: int) -> PreTrainedTokenizerFast:
    """Train a tokenizer of at most `pieces` pieces; the result is deterministic, and no text encodes to `<unk>`."""
    learnt = pieces - len(_SPECIAL) - len(_BYTES)
    letters = alphabet(texts, learnt // 2)
    trainer = trainers.BpeTrainer(
        vocab_size=learnt,
        initial_alphabet=letters,
        limit_alphabet=len(letters),
        max_token_length=_LONGEST_PIECE,
        show_progress=False,
    )
    learner = _pipeline(models.BPE())
    learner.train_from_iterator(texts, trainer)
    return _wrap(_pipeline(_with_bytes(learner)))


def alphabet(texts: Iterable[str], most: int) -> list[str]:
    """Return the characters that get a piece: ASCII, then the most frequent ones; all others are written as bytes."""
    counts = Counter(itertools.chain.from_iterable(unicodedata.normalize("NFKC", text) for text in texts))
    frequent = sorted(counts, key=lambda character: (-counts[character], character))
    return list(dict.fromkeys([*_ASCII, *frequent]))[: max(most, len(_ASCII))]


def _with_bytes(learner: Tokenizer) -> models.BPE:
    """Put the special pieces and the bytes before the learnt pieces; merges never produce them from text."""
    learnt = json.loads(learner.to_str())["model"]
    pieces = [*_SPECIAL, *_BYTES, *sorted(learnt["vocab"], key=learnt["vocab"].__getitem__)]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    return models.BPE(numbers, [tuple(pair) for pair in learnt["merges"]], unk_token=UNK, byte_fallback=True)


def _pipeline(model: models.BPE) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(_WORDS, behavior="isolated")
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def _wrap(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    tokenizer.post_processor = processors.TemplateProcessing(f"$A {EOS}", special_tokens=[(EOS, _SPECIAL.index(EOS))])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=EOS,
        unk_token=UNK,
        # "</s>" in a product's text is text, not its end.
        split_special_tokens=True,
        clean_up_tokenization_spaces=False,
    )


def equal_shares(groups: Sequence[Sequence[str]]) -> list[str]:
    """Return the texts of all groups, repeating the smaller groups until all have about the same number of bytes."""
    full = [group for group in groups if group]
    most = max((_bytes(group) for group in full), default=0)
    return [text for group in full for text in _fill(group, most)]


def _fill(texts: Sequence[str], size: int) -> Iterator[str]:
    whole, rest = divmod(size, max(1, _bytes(texts)))
    yield from itertools.chain.from_iterable(itertools.repeat(texts, whole))
    for text in texts:
        rest -= len(text.encode())
        if rest < 0:
            return
        yield text


def _bytes(texts: Iterable[str]) -> int:
    return sum(len(text.encode()) for text in texts)
