"""What the training minimises, for some texts and names of one catalogue."""

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - its usual name

from index.vectors.base import Matrix

_LEAST_OVERLAP = 1e-3
_LEAST_LENGTH = 1e-9
_OUT_OF_REACH = -1e4


def name_loss(
    texts: torch.Tensor, names: torch.Tensor, sharpness: torch.Tensor, right: Matrix, adjustment: Matrix
) -> torch.Tensor:
    """Return the cross-entropy of each text's tags among all names, a mean over texts.

    `texts` and `names` are unit rows, (texts, dim) and (names, dim); `right`, (texts, names), is 1 for the tags of a
    text. `adjustment`, (names,), is added to the logits: the logarithm of each tag's share makes up for how frequent
    tags are in this catalogue, which says nothing about another (logit adjustment, Menon et al., ICLR 2021).
    """
    targets = torch.from_numpy(right / right.sum(axis=1, keepdims=True))
    logits = texts @ names.T * sharpness.exp() + torch.from_numpy(adjustment)
    return -(targets * F.log_softmax(logits, dim=1)).sum(dim=1).mean()


def text_loss(texts: torch.Tensor, sharpness: torch.Tensor, right: Matrix, idf: Matrix) -> torch.Tensor:
    """Return the cross-entropy of each text's neighbours among the other texts, a mean over texts.

    The targets are the squared cosines of the texts' tags, weighted by `idf`, (names,): a supervised contrastive loss
    (Khosla et al., NeurIPS 2020) with as much weight for a pair as its tags agree. A text that shares no tag with any
    other does not count; the loss is 0 if there are none.
    """
    weighted = right * idf
    weighted /= np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), _LEAST_LENGTH)
    overlap = (weighted @ weighted.T) ** 2
    np.fill_diagonal(overlap, 0)
    total = overlap.sum(axis=1, keepdims=True)
    counts = total[:, 0] > _LEAST_OVERLAP
    if not counts.any():
        return torch.zeros(())
    logits = (texts @ texts.T * sharpness.exp()).masked_fill(torch.eye(len(texts), dtype=torch.bool), _OUT_OF_REACH)
    targets = torch.from_numpy(overlap[counts] / total[counts])
    return -(targets * F.log_softmax(logits[torch.from_numpy(counts)], dim=1)).sum(dim=1).mean()
