"""Requests about files that are tagged or evaluated in the background."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Path, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response, StreamingResponse

from index.errors import BadInput
from tagger.evaluation.evaluate import FUSED
from tagger.jobs.evaluate_file import JUDGED
from tagger.jobs.file_jobs import REJECTS, RESULTS
from tagger.jobs.job import Status
from tagger.schema import catalogue as schema
from tagger.web.http.problems import problem_of
from tagger.web.rest.answering import as_json, reply
from tagger.web.service.limits import MOST_SUGGESTIONS, SUGGESTIONS
from tagger.web.service.service import Service
from tagger.web.service.uploads import UploadFacade

Kind = Literal["tag", "evaluate"]
# Jobs of both kinds share their paths: the first letters of an id tell which one it is.
_PREFIX: dict[Kind, str] = {"tag": "tag-", "evaluate": "evaluate-"}
_ENDED = ("done", "failed", "stopped")
_EVERY_S = 0.5
_FIELDS = ("id", "title", "description", "lang", "tags")
JobId = Annotated[str, Path(max_length=60, description="the id that the submitted job got")]
Column = Annotated[str, Form(max_length=200)]


class _Download(FileResponse):
    media_type = "application/octet-stream"


class _EventStream(StreamingResponse):
    media_type = "text/event-stream"


def routes(service: Service) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["jobs"])

    @router.post("/jobs", response_model=schema.Job, status_code=202)
    def submit(
        file: Annotated[UploadFile, File(description="products, in any kind of file that `tagweave ingest` reads")],
        kind: Annotated[Kind, Form(description="what to do with the file")] = "tag",
        limit: Annotated[int, Form(ge=1, le=MOST_SUGGESTIONS)] = SUGGESTIONS,
        keep: Annotated[bool, Form(description="whether products keep the tags that they have")] = True,
        title: Column = "",
        description: Column = "",
        id: Column = "",
        lang: Column = "",
        tags: Column = "",
    ) -> Response:
        """Upload a file and start its job. Name the columns only if they are not found by themselves."""
        uploads = _uploads(service, kind)
        taken = uploads.receive(file.filename or "", file.file)
        named = dict(zip(_FIELDS, (id, title, description, lang, tags), strict=True))
        chosen = {**taken.mapping, **{field: column for field, column in named.items() if column}}
        uploads.start(taken.token, chosen, limit, keep)
        job = _job(service, _PREFIX[kind] + taken.token)
        return reply(job, 202, {"location": f"jobs/{job.id}"})

    @router.get("/jobs/{id}", response_model=schema.Job)
    def state(id: JobId) -> Response:
        """Show how far a job is."""
        return reply(_job(service, id))

    @router.get("/jobs/{id}/events", response_class=_EventStream)
    async def events(id: JobId) -> Response:
        """Follow a job: server-sent events with its state until it ends."""
        first = await run_in_threadpool(_job, service, id)
        return _EventStream(_events(service, first))

    @router.get("/jobs/{id}/results/{name}", response_class=_Download)
    def result(id: JobId, name: Annotated[str, Path(max_length=60)]) -> Response:
        """Download a result file of a job that is done."""
        uploads, token = _found(service, id)
        if name not in (*RESULTS, *JUDGED, REJECTS):
            raise BadInput("upload.result-gone")
        path = uploads.result(token, name)
        return _Download(path, filename=f"{token[:6]}-{name}")

    @router.get("/jobs/{id}/evaluation", response_model=schema.Evaluation)
    def evaluation(id: JobId) -> Response:
        """Show how well the taggers do on the products of an evaluated file."""
        _, token = _found(service, id)
        return reply(_evaluation(service, token))

    @router.delete("/jobs/{id}", response_model=schema.Job)
    def cancel(id: JobId) -> Response:
        """Stop a job after the products that it is tagging; the same file may be submitted again."""
        uploads, token = _found(service, id)
        uploads.stop(token)
        return reply(_job(service, id))

    @router.get("/evaluation", response_model=schema.Evaluation)
    def store_evaluation() -> Response:
        """Show how well the taggers do on the products that the last fit held out."""
        return reply(_evaluation(service, ""))

    return router


def _uploads(service: Service, kind: Kind) -> UploadFacade:
    return service.files if kind == "tag" else service.evaluations


def _found(service: Service, id: str) -> tuple[UploadFacade, str]:
    kind: Kind = "tag" if id.startswith(_PREFIX["tag"]) else "evaluate"
    return _uploads(service, kind), id.removeprefix(_PREFIX[kind])


def _job(service: Service, id: str) -> schema.Job:
    uploads, token = _found(service, id)
    kind: Kind = "tag" if id.startswith(_PREFIX["tag"]) else "evaluate"
    return _as_job(id, kind, uploads.status(token))


def _as_job(id: str, kind: Kind, status: Status) -> schema.Job:
    return schema.Job(
        id=id,
        kind=kind,
        state=status.state,
        done=status.done,
        total=status.total,
        seconds_left=status.seconds_left,
        problem=problem_of(400, status.problem) if status.problem else None,
        results=(RESULTS if kind == "tag" else JUDGED) if status.state == "done" else (),
    )


async def _events(service: Service, job: schema.Job) -> AsyncIterator[bytes]:
    last = b""
    while True:
        data = as_json(job)
        if data != last:
            yield b"event: %s\ndata: %s\n\n" % (job.state.encode(), data)
            last = data
        if job.state in _ENDED:
            return
        await asyncio.sleep(_EVERY_S)
        job = await run_in_threadpool(_job, service, job.id)


def _evaluation(service: Service, token: str) -> schema.Evaluation:
    measured = service.quality.measure(token)
    board = {name: dict(figures) for name, figures in measured.board.items()}
    first = {FUSED: board[FUSED]} if FUSED in board else {}
    return schema.Evaluation(n=len(measured.held.gold), systems={**first, **board})
