"""Requests that read and change the vocabulary and the rules."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from index.messages import Message
from tagger.feedback.tag_edits import change_record
from tagger.schema import catalogue as schema
from tagger.web.http.problems import problem
from tagger.web.rest.answering import entry_of, named, reply
from tagger.web.rest.bodies import NamedId, PageQuery, VocabularyQuery
from tagger.web.rest.cursors import make_cursor, read_cursor
from tagger.web.service.limits import MOST_NUMBER
from tagger.web.service.requests import RulesRequest, TagChangeRequest, UndoRequest
from tagger.web.service.service import Service

Number = Annotated[int, Path(ge=1, le=MOST_NUMBER, description="the number that the answer of the change gave")]
# Used if a request has no body.
_ANONYMOUS = UndoRequest()


def routes(service: Service) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["tags"])

    @router.get("/vocabulary", response_model=schema.VocabularyPage)
    def vocabulary(asked: Annotated[VocabularyQuery, Query()]) -> Response:
        """List tags with their names, the most frequent first."""
        return reply(_vocabulary(service, asked))

    @router.get("/tags/changes", response_model=schema.TagChanges)
    def tag_changes(asked: Annotated[PageQuery, Query()]) -> Response:
        """List changes of tags, latest first."""
        begin = read_cursor(asked.cursor, "changes") if asked.cursor else 0
        found = service.tags.latest(min(begin + asked.limit + 1, MOST_NUMBER))[begin:]
        listed = tuple(schema.TagChange.model_validate(change_record(each)) for each in found[: asked.limit])
        more = len(found) > asked.limit
        following = make_cursor(begin + asked.limit, "changes") if more else None
        return reply(schema.TagChanges(changes=listed, next=following))

    @router.post("/tags/changes", response_model=schema.TagChange, status_code=201)
    def change_tag(body: TagChangeRequest, request: Request) -> Response:
        """Rename, label, merge or delete a tag, or add or remove an alias."""
        return reply(
            schema.TagChange.model_validate(change_record(service.tags.change(named(body, request).change()))), 201
        )

    @router.post("/tags/changes/{number}/undo", response_model=schema.TagChange)
    def undo_change(number: Number, request: Request, body: UndoRequest = _ANONYMOUS) -> Response:
        """Undo a change of a tag; the others stay in force."""
        return reply(schema.TagChange.model_validate(change_record(service.tags.undo(number, named(body, request).by))))

    @router.get("/tags/{tag:path}", response_model=schema.VocabularyEntry)
    def tag(tag: Annotated[NamedId, Path(description="any name of the tag")]) -> Response:
        """Read one tag with its names."""
        known = service.catalogue.vocabulary()
        name = known.canonical(tag)
        if name not in known:
            return problem(404, Message("tag.unknown", tag=tag))
        return reply(entry_of(known.entry(name), service.catalogue.tag_counts().get(name, 0)))

    @router.get("/rules", response_model=schema.Rules)
    def rules() -> Response:
        """Show the rules for tags."""
        return reply(schema.Rules.model_validate(service.rules.current()))

    @router.patch("/rules", response_model=schema.Rules)
    def change_rules(body: RulesRequest) -> Response:
        """Change rules for tags; those that are not named stay."""
        return reply(schema.Rules.model_validate(service.rules.change(body.model_dump(exclude_unset=True))))

    return router


def _vocabulary(service: Service, asked: VocabularyQuery) -> schema.VocabularyPage:
    filters = (asked.q, asked.facet)
    begin = read_cursor(asked.cursor, *filters) if asked.cursor else 0
    found = service.catalogue.find_tags(*filters)
    end = begin + asked.limit
    listed = tuple(entry_of(*each) for each in found[begin:end])
    following = make_cursor(end, *filters) if end < len(found) else None
    return schema.VocabularyPage(total=len(found), tags=listed, next=following)
