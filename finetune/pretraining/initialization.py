"""Initialise an untrained T5 with what it would have to learn first: the meaning of pieces, and copying."""

from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast, T5ForConditionalGeneration

_WORDS = "word_embeddings.weight"
# T5's relative-position bucket for the preceding piece.
_BEFORE = 1
_LOOKS_BACK = 5.0
_LIKENESS = 0.35


def start(model: T5ForConditionalGeneration, embeddings: torch.Tensor) -> None:
    """Set the embeddings, (pieces, width), and initialise attention as induction heads.

    An induction head (Olsson et al. 2022, arXiv:2209.11895) predicts what followed the last occurrence of a piece. The
    encoder's first head starts out attending to the preceding piece. The decoder's heads attend to places where the
    text has, or has just had, the piece written last, and pass on the content there unchanged.

    In trials of 3.5 minutes on one core, on `en_bestbuy` and `zh_advertisegen` together, micro-F1 on validation
    products was .67 and .35 from random weights, .79 and .52 with embeddings and copying.
    """
    width, heads = model.config.d_model, model.config.num_heads
    same = torch.eye(width)
    head = same[: width // heads]
    with torch.no_grad():
        model.shared.weight.copy_(0.9 * embeddings + 0.3 * torch.randn_like(embeddings))
        first = model.encoder.block[0].layer[0].SelfAttention
        first.relative_attention_bias.weight[_BEFORE, 0] += _LOOKS_BACK
        first.v.weight[: len(head)] = head
        first.o.weight[:, : len(head)] = head.T
        for block in model.decoder.block:
            attention = block.layer[1].EncDecAttention
            for projection in (attention.q, attention.k):
                projection.weight.mul_(0.5).add_(_LIKENESS * head.repeat(heads, 1))
            for projection in (attention.v, attention.o):
                projection.weight.mul_(0.3).add_(same)


def from_encoder(folder: Path, tokenizer: PreTrainedTokenizerFast, width: int) -> torch.Tensor:
    """Return a vector for each piece, derived from a sentence encoder's token vectors, with a standard deviation of 1.

    A piece gets the mean of the encoder's vectors for the tokens into which the encoder splits it, projected onto the
    first `width` principal axes; float32 (pieces, width).
    """
    theirs = Tokenizer.from_file(str(folder / "tokenizer.json"))
    vectors = _vectors(folder)
    rows = torch.stack([_mean(vectors, _ids(theirs, tokenizer, piece)) for piece in range(len(tokenizer))])
    centred = rows - rows.mean(0)
    axes = torch.linalg.svd(centred, full_matrices=False).Vh[:width]
    projected = centred @ axes.T
    scaled: torch.Tensor = projected / projected.std()
    return scaled


def _vectors(folder: Path) -> torch.Tensor:
    with safe_open(str(folder / "model.safetensors"), "pt") as file:
        [name] = [name for name in file.keys() if name.endswith(_WORDS)]  # noqa: SIM118 - not a mapping
        vectors: torch.Tensor = file.get_tensor(name).float()
    return vectors


def _ids(theirs: Tokenizer, ours: PreTrainedTokenizerFast, piece: int) -> list[int]:
    text = ours.decode([piece]).strip()
    # A sentencepiece tokenizer begins every text with a space piece, which has no meaning.
    space = theirs.token_to_id("▁")
    return [id for id in theirs.encode(text, add_special_tokens=False).ids if id != space]


def _mean(vectors: torch.Tensor, ids: list[int]) -> torch.Tensor:
    return vectors[ids].mean(0) if ids else vectors.mean(0)
