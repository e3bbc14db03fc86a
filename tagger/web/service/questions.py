"""Questions for the models: products and how to tag them, answered several at a time."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from index.encoders.base import Encoder
from index.product import Product
from tagger.fusion.diversity import diverse
from tagger.pipeline import Pipeline
from tagger.results import Answer
from tagger.types import Evidence
from tagger.web.scheduling.answer_cache import key_of
from tagger.web.service.limits import TAGS
from tagger.web.service.requests import SuggestRequest

_NO_EVIDENCE = Evidence()


@dataclass(frozen=True)
class Question:
    """Products to tag, and how; `brief` leaves out the evidence, which makes it several times as fast."""

    products: tuple[Product, ...]
    limit: int = TAGS
    brief: bool = False
    without: tuple[str, ...] = ()
    threshold: float | None = None
    diversity: float = 0.0

    @property
    def plain(self) -> bool:
        """Tell whether the products can be tagged together with others."""
        return self.brief and not self.diversity

    @property
    def usual(self) -> bool:
        """Tell whether all taggers and the store's own threshold answer."""
        return not self.without and self.threshold is None

    def key(self, product: Product) -> bytes:
        """Return the key of a product's answer in the cache."""
        return key_of(product, self.limit, self.brief, self.without, self.threshold, self.diversity)


def question_of(request: SuggestRequest, *, brief: bool = False) -> Question:
    """Return the question that a request asks. Raises `BadInput` for an empty product."""
    return Question(
        (request.product(),), request.limit, brief, tuple(request.without), request.threshold, request.diversity
    )


def answer_questions(questions: Sequence[Question], pipeline: Pipeline, encoder: Encoder) -> list[list[Answer]]:
    """Answer questions, one answer for each product; those without evidence are one batch for the taggers.

    Raises `BadInput` if a question names an unknown tagger.
    """
    asked = [pipeline.variant(without=each.without, threshold=each.threshold) for each in questions]
    texts = [product.text for each in questions for product in each.products]
    if len(texts) > 1:
        # The encoder remembers the vectors for the taggers.
        encoder.encode(texts)
    together: dict[Hashable, list[int]] = {}
    for place, question in enumerate(questions):
        key = (question.without, question.threshold) if question.plain else place
        together.setdefault(key, []).append(place)
    answers: dict[int, list[Answer]] = {}
    for places in together.values():
        first = places[0]
        if questions[first].plain:
            found = _answer_plain([questions[place] for place in places], asked[first])
            answers |= dict(zip(places, found, strict=True))
        else:
            answers[first] = _explain(questions[first], asked[first], encoder)
    return [answers[place] for place in range(len(questions))]


def _answer_plain(questions: Sequence[Question], pipeline: Pipeline) -> list[list[Answer]]:
    products = [product for each in questions for product in each.products]
    found = iter(pipeline.answers(products, max(each.limit for each in questions)))
    return [[_cut(next(found), each.limit) for _ in each.products] for each in questions]


def _explain(question: Question, pipeline: Pipeline, encoder: Encoder) -> list[Answer]:
    choose = diverse(encoder, question.diversity)
    answers = [pipeline.explain(product, question.limit, choose=choose) for product in question.products]
    return [_without_evidence(each) for each in answers] if question.brief else answers


def _cut(answer: Answer, limit: int) -> Answer:
    return replace(answer, tags=answer.tags[:limit])


def _without_evidence(answer: Answer) -> Answer:
    return replace(answer, tags=[replace(each, evidence=_NO_EVIDENCE) for each in answer.tags])
