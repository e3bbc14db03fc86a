"""Requests that tag products."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from index.errors import TagweaveError
from index.product import Product
from tagger.schema.tags import Explanation, SuggestedOrNot, SuggestedTogether, Suggestions
from tagger.web.http.problems import problem_of, status_of
from tagger.web.rest.answering import WAIT, Wait, deadline_of, reply, result_of, suggestions_of
from tagger.web.rest.bodies import OneOfMany, SuggestBody, SuggestManyBody
from tagger.web.service.limits import MOST_AT_ONCE, MOST_TAGS
from tagger.web.service.questions import Question, question_of
from tagger.web.service.requests import ExplainRequest
from tagger.web.service.service import Service
from tagger.web.service.tagging import Tagged, explained

# Cleaning a longer text would keep other requests waiting.
_LONG = 10_000


def routes(service: Service) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["tagging"])

    @router.post("/suggest", response_model=Suggestions)
    async def suggest(body: SuggestBody, wait: Wait = WAIT) -> Response:
        """Suggest tags for one product, best first."""
        deadline = deadline_of(wait)
        question = await _question(body)
        [tagged] = await result_of(service.tagging.submit(question, deadline=deadline), deadline)
        return reply(suggestions_of(tagged, id=body.id, brief=body.brief))

    @router.post("/suggest/batch", response_model=SuggestedTogether)
    async def suggest_batch(body: SuggestManyBody, wait: Wait = WAIT) -> Response:
        """Suggest tags for up to 256 products; a product that cannot be tagged does not stop the others."""
        deadline = deadline_of(wait)
        made = await run_in_threadpool(lambda: [_product(each) for each in body.products])
        products = [each for each in made if isinstance(each, Product)]
        tagged = iter(await _tag_together(service, body, products, deadline))
        results = [
            SuggestedOrNot(problem=problem_of(status_of(each), each.message, each.code))
            if isinstance(each, TagweaveError)
            else SuggestedOrNot(suggestions=suggestions_of(next(tagged), id=asked.id, brief=body.brief))
            for asked, each in zip(body.products, made, strict=True)
        ]
        return reply(SuggestedTogether(results=tuple(results)))

    @router.post("/explain", response_model=Explanation)
    async def explain(body: ExplainRequest, wait: Wait = WAIT) -> Response:
        """Explain one tag of a product: its probability, and the evidence for it."""
        deadline = deadline_of(wait)
        question = Question((await run_in_threadpool(body.product),), MOST_TAGS)
        [tagged] = await result_of(service.tagging.submit(question, deadline=deadline), deadline)
        return reply(Explanation.model_validate(explained(tagged, body.tag)))

    return router


async def _question(body: SuggestBody) -> Question:
    if len(body.text) + len(body.title) + len(body.description) > _LONG:
        return await run_in_threadpool(question_of, body, brief=body.brief)
    return question_of(body, brief=body.brief)


def _product(asked: OneOfMany) -> Product | TagweaveError:
    try:
        return asked.product()
    except TagweaveError as error:
        return error


async def _tag_together(
    service: Service, body: SuggestManyBody, products: Sequence[Product], deadline: float
) -> list[Tagged]:
    """Tag products a few at a time: the first ones in turn, the others behind what people ask for."""
    tagged: list[Tagged] = []
    for begin in range(0, len(products), MOST_AT_ONCE):
        few = tuple(products[begin : begin + MOST_AT_ONCE])
        question = Question(few, body.limit, body.brief, body.without, body.threshold)
        future = service.tagging.submit(question, deadline=deadline, bulk=begin > 0)
        try:
            answered: list[Tagged] = await result_of(future, deadline)
            tagged += answered
        except asyncio.CancelledError:
            future.cancel()
            raise
    return tagged
