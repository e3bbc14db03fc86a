"""Tag whole files in batches, so that an interrupted run can be resumed."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from index.batching import batched
from index.errors import BadInput, BadSetting, MissingDependency, StoreLocked
from index.files.columns import Columns
from index.files.product_reader import Read, Reject, read_profiled
from index.files.profile import FileProfile, profile_file, refuse_untitled
from index.files.readers.options import ReadingOptions
from index.files.record_writer import kind_of, write
from index.files.writers.like import check_like, write_like
from index.locks import exclusive
from index.messages import Message
from index.product import Product
from index.progress import Progress
from index.store import FITTED, Store
from tagger.jobs.write_back import Output, edits
from tagger.load import open_pipeline
from tagger.results import Answer
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.stored import vocabulary_of

COLUMNS = ("id", "title", "description", "lang", "tags", "suggestions", "known", "reason")
_BATCH = 256

TagBatch = Callable[[Sequence[Product]], list[dict[str, Any]]]
Engine = Callable[[Path, int, Iterator[list[Product]]], Iterator[list[dict[str, Any]]]]


@dataclass(frozen=True)
class Tagged:
    """Row counts of a tagged file, and the files written."""

    read: int
    tagged: int
    rejected: int
    resumed: int
    out: str
    rejects: str
    seconds: float


def tag_file(
    store: Store,
    source: Path,
    out: Path,
    progress: Progress,
    *,
    limit: int,
    columns: Columns | None,
    engine: Engine,
    reading: ReadingOptions | None = None,
    keep: bool = False,
    most_rows: int | None = None,
    output: Output | None = None,
) -> Tagged:
    """Tag every product of a file and write the result; `keep` adds the accepted tags to the products' own.

    `output` says what is written: the file as it came with the tags in it, or records of the products with their tags
    and all suggestions, which is the default. Until the end, records are in `OUT.part`, one per line. A second
    call with the same input, options and models resumes after the last complete line. Raises `BadInput` if the result
    would overwrite its input, or the file has more than `most_rows` rows; `StoreLocked` while another process writes
    the same result.
    """
    start = time.perf_counter()
    output = output or Output()
    profile = profile_file(source, columns or Columns(), reading or ReadingOptions())
    refuse_untitled(profile)
    if output.back:
        check_like(profile, out)
    else:
        kind_of(out)
    vocabulary = vocabulary_of(store.catalogue)
    identity = _identity(store, source, limit, columns or Columns(), reading or ReadingOptions(), keep)
    kept = partial(_keep_own_tags, vocabulary) if keep else None
    with _Work.at(out, source, identity) as work:
        rows, rejects = _read(profile, most_rows)
        products = [each.outcome for each in rows if isinstance(each.outcome, Product)]
        work.write_rejects(rejects)
        progress("tag", work.done, len(products))
        done = work.done
        for records in engine(store.folder, limit, batched(products[done:], _BATCH)):
            work.append([kept(*each) for each in zip(products[done:], records, strict=False)] if kept else records)
            done += len(records)
            progress("tag", done, len(products))
        _Result(profile, rows, vocabulary, output).write(work.records(), out)
        work.clear()
    spent = time.perf_counter() - start
    read = len(products) + len(rejects)
    return Tagged(read, len(products), len(rejects), work.done, str(out), str(work.rejects), spent)


def write_again(
    store: Store, source: Path, out: Path, records: Iterator[dict[str, Any]], columns: Columns, output: Output
) -> None:
    """Write a tagged file again, with records that a person has corrected. Raises `BadInput` as `tag_file` does."""
    profile = profile_file(source, columns, ReadingOptions())
    if output.back:
        check_like(profile, out)
    rows, _ = _read(profile, None)
    _Result(profile, rows, vocabulary_of(store.catalogue), output).write(records, out)


def _read(profile: FileProfile, most: int | None) -> tuple[list[Read], list[Reject]]:
    found = read_profiled([profile])
    rows = list(islice(found, most))
    if next(found, None) is not None:
        raise BadInput("upload.too-many-rows", most=most)
    rejects = [each.outcome for each in rows if isinstance(each.outcome, Reject)]
    return [each for each in rows if isinstance(each.outcome, Product)], rejects


@dataclass(frozen=True)
class _Result:
    """What is written at the end: a file's rows with the tags of their products."""

    profile: FileProfile
    rows: Sequence[Read]
    vocabulary: Vocabulary
    output: Output

    def write(self, records: Iterator[dict[str, Any]], out: Path) -> None:
        tags, back = self.output.choice.tags, self.output.back
        if back is None:
            write(out, COLUMNS, ({**each, "tags": tags(each)} for each in records), excel=self.output.excel)
            return
        wanted = {record["id"]: tags(record) for record in records}
        write_like(self.profile, out, edits(self.rows, wanted, back, self.vocabulary), column=back.column)


def _keep_own_tags(vocabulary: Vocabulary, product: Product, record: Mapping[str, Any]) -> dict[str, Any]:
    """Put a product's own tags, as written, before the other accepted ones."""
    own = set(map(vocabulary.canonical, product.tags))
    return {**record, "tags": [*product.tags, *(tag for tag in record["tags"] if tag not in own)]}


def _identity(store: Store, source: Path, limit: int, columns: Columns, reading: ReadingOptions, keep: bool) -> str:
    """Describe what the result depends on; a partial result with another identity must not be resumed."""
    status = source.stat()
    published = store.published(FITTED)[0].name
    file = [str(source.resolve()), status.st_size, status.st_mtime_ns]
    return json.dumps([*file, sorted(columns.names.items()), asdict(reading), published, limit, keep])


@dataclass(frozen=True)
class _Work:
    """The files of an unfinished run."""

    part: Path
    state: Path
    lock: Path
    rejects: Path
    done: int

    @classmethod
    @contextlib.contextmanager
    def at(cls, out: Path, source: Path, identity: str) -> "Iterator[_Work]":
        part, state, lock, rejects = (
            out.with_name(f"{out.name}.{kind}") for kind in ("part", "part.state", "part.lock", "rejects.jsonl")
        )
        if source.resolve() in (out.resolve(), rejects.resolve()):
            raise BadInput("tag-file.same-file", path=source)
        with exclusive(lock) as held:
            if held is None:
                raise StoreLocked("tag-file.locked", path=out)
            if not (state.is_file() and state.read_text("utf-8") == identity):
                part.unlink(missing_ok=True)
                state.write_text(identity, "utf-8")
            part.touch()
            yield cls(part, state, lock, rejects, _whole_lines(part))

    def append(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Append records; they are safe on disk on return."""
        with self.part.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
            file.flush()
            os.fsync(file.fileno())

    def write_rejects(self, rejects: Sequence[Reject]) -> None:
        lines = [json.dumps(reject.as_dict(), ensure_ascii=False) + "\n" for reject in rejects]
        self.rejects.write_text("".join(lines), "utf-8")

    def records(self) -> Iterator[dict[str, Any]]:
        return records_of(self.part)

    def clear(self) -> None:
        for path in (self.part, self.state, self.lock):
            path.unlink(missing_ok=True)


def _whole_lines(part: Path) -> int:
    """Cut off an incomplete last line, and count the complete ones."""
    content = part.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(part, len(whole))
    return whole.count(b"\n")


def records_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a JSON Lines file."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


def record_of(product: Product, answer: Answer) -> dict[str, Any]:
    """Return a product with its accepted tags, all suggestions with their probabilities, and whether it is known."""
    known = answer.familiarity.as_dict()
    return {
        "id": product.id,
        "title": product.title,
        "description": product.description,
        "lang": product.lang,
        "tags": [each.tag for each in answer.tags if each.accepted],
        "suggestions": [_suggestion_of(each) for each in answer.tags],
        "known": known["known"],
        "reason": known["reason"],
    }


def _suggestion_of(result: Any) -> dict[str, Any]:
    path = {"path": result.path} if result.path else {}
    return {"tag": result.tag, "probability": round(result.probability, 6), **path}


def batch_tagger(folder: Path, limit: int) -> TagBatch:
    """Open a store's pipeline, and return a function that tags a batch with it."""
    pipeline = open_pipeline(Store.open(folder))
    return lambda batch: [record_of(*each) for each in zip(batch, pipeline.answers(batch, limit), strict=True)]


def _local(folder: Path, limit: int, batches: Iterator[list[Product]]) -> Iterator[list[dict[str, Any]]]:
    return map(batch_tagger(folder, limit), batches)


def _on_ray(folder: Path, limit: int, batches: Iterator[list[Product]]) -> Iterator[list[dict[str, Any]]]:
    """Spread the batches over a Ray cluster, with one pipeline per worker; the order is kept."""
    try:
        import ray
        from ray.util import ActorPool
    except ImportError as error:
        raise MissingDependency("tag-file.no-ray") from error

    class Worker:
        def __init__(self) -> None:
            self._tag = batch_tagger(folder, limit)

        def tag(self, batch: list[Product]) -> list[dict[str, Any]]:
            return self._tag(batch)

    ray.init(ignore_reinit_error=True, include_dashboard=False, log_to_driver=False)
    workers = max(1, int(ray.cluster_resources().get("CPU", 1)) // 2)
    pool = ActorPool([ray.remote(Worker).options(num_cpus=2).remote() for _ in range(workers)])
    found: Iterator[list[dict[str, Any]]] = pool.map(lambda actor, batch: actor.tag.remote(batch), batches)
    return found


_ENGINES: dict[str, Engine] = {"local": _local, "ray": _on_ray}


def engine_of(name: str) -> Engine:
    """Return the engine with this name. Raises `BadSetting` if there is none."""
    if name not in _ENGINES:
        raise BadSetting("value.choices", what=Message("tag-file.engine"), value=name, available=", ".join(_ENGINES))
    return _ENGINES[name]
