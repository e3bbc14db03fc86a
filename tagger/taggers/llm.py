"""Ask a large language model which of the candidates fit, and for further tags."""

import os
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from index.errors import BadSetting
from index.messages import Message
from index.neighbours import Neighbours
from index.privacy.masking import mask as mask_text
from index.privacy.personal_data import KINDS, Kind
from index.product import Product
from tagger.llm.answer_cache import LEDGER, AnswerCache
from tagger.llm.budget import AskedShare, Budget, Prices
from tagger.llm.endpoint import Endpoint
from tagger.llm.language_model import RESERVED, LanguageModel, LimitName, Limits, Model
from tagger.llm.question import Question, Similar, Task
from tagger.llm.reading import ReadAnswer
from tagger.plugins import Resources
from tagger.types import NotAsked, Ranking, ranked
from tagger.vocabulary import Vocabulary, fold, stands

# A tag that the model wrote is in the text, but nobody has used it before.
_NEW = 0.5


class LlmTagger:
    """Scores a tag by the model's answer: by the probability of its tokens, or else by its place in the answer.

    The question shows the product, similar labelled products, and numbered candidates: those of the other taggers, the
    similar products' tags, tags whose name is in the text, and the whole vocabulary if it is small. Personal data is
    masked. A product without an answer gets `NotAsked`.
    """

    def __init__(
        self,
        model: LanguageModel,
        share_asked: AskedShare,
        vocabulary: Vocabulary,
        neighbours: Neighbours,
        *,
        task: Task,
        candidates: int,
        sample: int,
        share: float,
        masked: Sequence[Kind],
    ) -> None:
        self._model = model
        self._asked = share_asked
        self._vocabulary = vocabulary
        self._neighbours = neighbours
        self._task = task
        self._candidates = candidates
        self._masked = masked
        self.sample = sample
        self.share = share

    def fit(self, products: Sequence[Product]) -> None:
        """Index the products as examples for the questions."""
        self._neighbours.fit(products)

    def save(self, folder: Path) -> None:
        """Write the index of examples."""
        self._neighbours.save(folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._neighbours.load(folder)

    def follow(self, vocabulary: Vocabulary) -> None:
        """Ask with the names of another vocabulary from now on."""
        self._vocabulary = vocabulary

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Ask about every product, with candidates of its own."""
        return self.review(products, [[] for _ in products], limit, 0)

    def review(
        self, products: Sequence[Product], candidates: Sequence[Ranking], limit: int, among: int
    ) -> list[Ranking]:
        """Ask about products that were chosen from `among` many, as far as the share allows; 0 for no such bound.

        `candidates` are the tags that the other taggers suggest. What the cache knows does not count as asked.
        """
        if not products:
            return []
        questions = self._questions(products, candidates)
        answers: list[ReadAnswer | Message | None] = list(self._model.known(questions))
        open_ones = [place for place, answer in enumerate(answers) if answer is None]
        if among:
            open_ones = open_ones[: self._asked.admit(among, len(open_ones))]
        texts = [products[place].text for place in open_ones]
        for place, answer in zip(
            open_ones, self._model.answer([questions[place] for place in open_ones], texts), strict=True
        ):
            answers[place] = answer
        return [
            self._ranking(product, question, answer, limit)
            for product, question, answer in zip(products, questions, answers, strict=True)
        ]

    def _ranking(
        self, product: Product, question: Question, answer: ReadAnswer | Message | None, limit: int
    ) -> Ranking:
        if not isinstance(answer, ReadAnswer):
            return NotAsked(answer)
        scores = {question.candidates[place]: score for place, score in answer.scores.items() if score > 0}
        text = fold(product.text)
        for written in answer.new:
            # Models make words up; what they add must be in the text.
            tag = self._vocabulary.canonical(written)
            if tag in self._vocabulary or stands(fold(written), text):
                scores.setdefault(tag, _NEW)
        return ranked(scores, limit)

    def _questions(self, products: Sequence[Product], candidates: Sequence[Ranking]) -> list[Question]:
        found = self._neighbours.near(products)
        titles, tags = self._neighbours.titles, self._neighbours.tags
        return [
            Question(
                self._task,
                self._mask(product.title, product.lang),
                self._mask(product.description, product.lang),
                [Similar(self._mask(titles[hit.id], product.lang), tags[hit.id]) for hit in hits],
                self._listed(product, ranking, [tags[hit.id] for hit in hits]),
            )
            for product, ranking, hits in zip(products, candidates, found, strict=True)
        ]

    def _mask(self, text: str, lang: str) -> str:
        return mask_text(text, lang, self._masked) if self._masked else text

    def _listed(self, product: Product, ranking: Ranking, similar: Sequence[Sequence[str]]) -> list[str]:
        """Return the candidates of a question, by name.

        The order of the others' opinion would suggest an answer, and change the question with each fit.
        """
        listed = list(dict.fromkeys([*(each.tag for each in ranking), *chain.from_iterable(similar)]))
        room = self._candidates - len(listed)
        if not ranking and room > 0:
            text = fold(product.text)
            listed += [tag for tag in self._vocabulary.tags if tag not in listed and stands(fold(tag), text)]
            room = self._candidates - len(listed)
        others = [tag for tag in self._vocabulary.tags if tag not in listed]
        if len(others) <= room:
            listed += others
        return sorted(listed[: self._candidates])


def create(
    resources: Resources,
    *,
    url: str = "",
    model: str = "",
    key_env: str = "",
    task: Literal["choose", "judge"] = "choose",
    share: float = 0.2,
    sample: int = 300,
    candidates: int = 30,
    neighbours: int = 5,
    mask: tuple[Literal["email", "phone", "id", "card"], ...] = KINDS,
    budget_tokens: int = 1_000_000,
    budget_money: float = 0.0,
    price_read: float = 0.0,
    price_written: float = 0.0,
    max_tokens: int = Limits.max_tokens,
    wait_s: float = Limits.wait_s,
    retries: int = Limits.retries,
    concurrency: int = Limits.concurrency,
    limit_name: LimitName = "max_tokens",
    parameters: Mapping[str, Any] | None = None,
) -> LlmTagger:
    """Create the tagger for the plugin registry; nothing is sent before the first question.

    `url` is the address of an OpenAI-compatible API, such as http://localhost:11434/v1, and `key_env` the name of the
    environment variable with its key, if it needs one. `share` is the share of products to ask about, `sample` the
    number of products to ask about when the store is fitted. Prices are for a million tokens. A budget of 0 is none.
    """
    _check_numbers(
        minimum_0={"sample": sample, "neighbours": neighbours, "retries": retries, "budget_tokens": budget_tokens,
                   "budget_money": budget_money, "price_read": price_read, "price_written": price_written},
        minimum_1={"candidates": candidates, "max_tokens": max_tokens, "concurrency": concurrency},
    )  # fmt: skip
    if not 0 <= share <= 1:
        raise BadSetting("value.range", name="share", low=0, high=1, value=share)
    if not wait_s > 0:
        raise BadSetting("value.minimum", name="wait_s", minimum=0.001, value=wait_s)
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise BadSetting("llm.url", url=url)
    if not model:
        raise BadSetting("llm.model")
    if wrong := sorted(RESERVED.intersection(parameters or {})):
        raise BadSetting("llm.parameter", name=wrong[0])
    if budget_money and not (price_read or price_written):
        raise BadSetting("llm.prices")
    assert resources.cache is not None, "the store gives a folder"
    ledger = resources.cache / LEDGER
    asked = LanguageModel(
        Endpoint(url, _key(key_env)),
        Model(model, limit_name, parameters or {}),
        Budget(ledger, Prices(price_read, price_written), tokens=budget_tokens, money=budget_money),
        AnswerCache(ledger),
        Limits(max_tokens, wait_s, retries, concurrency),
    )
    return LlmTagger(
        asked,
        AskedShare(ledger, share),
        resources.vocabulary,
        Neighbours(resources.encoder, resources.index, neighbours),
        task=task,
        candidates=candidates,
        sample=sample,
        share=share,
        masked=mask,
    )


def _check_numbers(*, minimum_0: Mapping[str, float], minimum_1: Mapping[str, float]) -> None:
    for minimum, values in enumerate((minimum_0, minimum_1)):
        for name, value in values.items():
            if not minimum <= value < float("inf"):
                raise BadSetting("value.minimum", name=name, minimum=minimum, value=value)


def _key(variable: str) -> str:
    """Return the key in an environment variable. The settings name the variable, so that no file holds the key."""
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise BadSetting("llm.key", variable=variable)
    return key
