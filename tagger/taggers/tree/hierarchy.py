"""Turn scores of a taxonomy's nodes into shares of whole branches, and choose how far down to go.

Pure functions over arrays. A tree is `parents`, int (nodes,): the place of each node's parent, -1 at the top. Parents
come before their children.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]


def order_of(parents: Mapping[str, str]) -> list[str]:
    """Return the tags of a tree, given with the parent of each or an empty text, parents before their children."""
    found: dict[str, None] = {}
    for tag in parents:
        line: list[str] = []
        while tag and tag not in found and tag not in line:
            line.append(tag)
            tag = parents.get(tag, "")
        found.update(dict.fromkeys(reversed(line)))
    return list(found)


def depths_of(parents: Places) -> Places:
    """Return the level of each node, 1 at the top, int (nodes,)."""
    depths = np.ones(len(parents), np.intp)
    for node, above in enumerate(parents):
        if above >= 0:
            depths[node] = depths[above] + 1
    return depths


def blend_down(vectors: Floats, parents: Places, weight: float) -> Floats:
    """Return each node's vector averaged with those above it, float32 (nodes, dim).

    The parent has `weight` times the weight of the node, its own parent `weight` times that, and so on.
    """
    blended, total = vectors.copy(), np.ones(len(parents), np.float32)
    for nodes in reversed(_levels_upwards(parents)):
        blended[nodes] += weight * blended[parents[nodes]]
        total[nodes] += weight * total[parents[nodes]]
    return blended / total[:, None]


def branch_shares(scores: Floats, parents: Places, temperature: float) -> Floats:
    """Return each node's share of the probability together with its branch, float32 (products, nodes), 0 to 1.

    The probability of single nodes is the softmax of score / temperature. A node's share is at least that of its
    children together, and the shares of the top level add up to 1.
    """
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    for nodes in _levels_upwards(parents):
        np.add.at(shares.T, parents[nodes], shares.T[nodes])
    return shares


def best_nodes(shares: Floats, parents: Places) -> Places:
    """Return the node of each product with the highest expected hierarchical F1, int (products,).

    Hierarchical F1 compares the sets of a node's ancestors, itself included (Kiritchenko et al., "Learning and
    evaluation in the presence of class hierarchies", 2006). The expected size of the overlap is the sum of the shares
    on the way down; the truth's depth is taken at its expected value, the sum of all shares. The node is below the top
    with the largest share.
    """
    depths, on_the_way, depth = depths_of(parents), shares.copy(), shares.sum(axis=1, keepdims=True)
    top = np.where(parents < 0, shares, -1.0).argmax(axis=1)
    tops = np.arange(len(parents))
    for nodes in reversed(_levels_upwards(parents)):
        on_the_way[:, nodes] += on_the_way[:, parents[nodes]]
        tops[nodes] = tops[parents[nodes]]
    best: Places = np.where(tops == top[:, None], on_the_way / (depths + depth), -1.0).argmax(axis=1)
    return best


def _levels_upwards(parents: Places) -> list[Places]:
    """Return the nodes of each level but the top one, the lowest level first."""
    depths = depths_of(parents)
    return [np.flatnonzero(depths == depth) for depth in range(int(depths.max(initial=1)), 1, -1)]
