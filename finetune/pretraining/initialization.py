"""Give an untrained T5 what it would have to find first: what pieces mean, and how to copy."""

from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast, T5ForConditionalGeneration

_WORDS = "word_embeddings.weight"
# The bucket of T5's relative positions for the piece just before.
_BEFORE = 1
_LOOKS_BACK = 5.0
_LIKENESS = 0.35


def start(model: T5ForConditionalGeneration, embeddings: torch.Tensor) -> None:
    """Set the embeddings, (pieces, width), and let attention begin as an induction head does.

    An induction head (Olsson et al. 2022, arXiv:2209.11895) writes what followed when a piece was last read. The
    encoder's first head begins by looking at the piece before; the decoder's heads look where the text has, or has
    just had, the piece that was written last, and hand on what stands there as it is.

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
    """Return a vector for each piece from a sentence encoder's own, float32 (pieces, width), with a spread of 1.

    A piece has the mean of the encoder's vectors for the tokens that the encoder would read it as, on the `width`
    principal axes of all of them.
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
        [name] = [name for name in file.keys() if name.endswith(_WORDS)]  # noqa: SIM118 - it is no mapping
        vectors: torch.Tensor = file.get_tensor(name).float()
    return vectors


def _ids(theirs: Tokenizer, ours: PreTrainedTokenizerFast, piece: int) -> list[int]:
    text = ours.decode([piece]).strip()
    # A sentencepiece tokenizer begins every text with the piece of a space, which says nothing.
    space = theirs.token_to_id("▁")
    return [id for id in theirs.encode(text, add_special_tokens=False).ids if id != space]


def _mean(vectors: torch.Tensor, ids: list[int]) -> torch.Tensor:
    return vectors[ids].mean(0) if ids else vectors.mean(0)
