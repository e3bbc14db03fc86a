"""Training examples of a generator: a product and the labelled products nearest to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.neighbours import Neighbours
from index.product import Product
from tagger.generation.prompt import Near, parse, prompts, target, votes


@dataclass(frozen=True)
class Case:
    """A labelled product with its neighbours, the nearest first."""

    product: Product
    near: tuple[Near, ...] = ()

    def prompt(self, window: int = 0) -> str:
        """Return the prompt with one window of the description."""
        found = prompts(self.product, votes(self.near))
        return found[window % len(found)]

    def answer(self) -> str:
        """Return the target text for the tags."""
        return target(self.product.tags, votes(self.near), self.product.text)

    def read(self, line: str) -> list[str]:
        """Return the tags in a line that was written for this case."""
        return parse(line, votes(self.near))


def cases(products: Sequence[Product], among: Neighbours) -> list[Case]:
    """Find the neighbours of each product."""
    found = among.near(products)
    return [
        Case(product, tuple(Near(hit.score, among.tags[hit.id]) for hit in hits))
        for product, hits in zip(products, found, strict=True)
    ]
