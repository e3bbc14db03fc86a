"""Annif: its backends alone, and its ensembles of them.

Ensembles that are trained learn from a fifth of the training part, with backends trained on the rest; for suggesting,
they use backends trained on all of it. Backends' suggestions are cached for the ensembles, and the reported seconds
count them in full each time.
"""

import contextlib
import functools
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from annif.corpus import Document, DocumentList, SubjectSet
from annif.suggestion import SuggestionBatch
from annif_setup import BACKENDS, PART, parts, registry
from common import Suggest, best, main
from f1_weights import best_weights
from scipy.sparse import vstack

ENSEMBLES = ("ensemble", "weighted", "weighted_f1", "pav", "nn_ensemble")
# It learns how reliable a match is, not the tags themselves, so few texts suffice; it is the slowest step even so.
_LEXICAL = 2000
_TRIALS = 30


class Annif:
    """Annif projects over one training part, each trained on first use."""

    def __init__(self, folder: Path, texts: list[str], tags: list[list[str]]) -> None:
        self.names = sorted({tag for each in tags for tag in each})
        numbers = {tag: number for number, tag in enumerate(self.names)}
        order = list(range(len(texts)))
        random.Random(0).shuffle(order)
        self._documents = [Document(texts[at], SubjectSet(numbers[tag] for tag in tags[at])) for at in order]
        self._fifth = len(texts) // 5
        self._projects = registry(folder, self.names)
        self._seconds: dict[str, float] = {}
        self.spared = 0.0

    def backend(self, name: str) -> Any:
        """Return a backend's trained project."""
        project = self._projects.get_project(name)
        if name in self._seconds:
            self.spared += self._seconds[name]
            return project
        start = time.perf_counter()
        chosen = self._documents[self._fifth :] if name.endswith(PART) else self._documents
        project.train(DocumentList(chosen[-_LEXICAL:] if name == "mllm" else chosen))
        self._seconds[name] = time.perf_counter() - start
        project.suggest = functools.partial(self._remembered, project.suggest, {})
        return project

    def ensemble(self, name: str) -> tuple[Any, Any]:
        """Return an ensemble's trained project, and the parameters that hold the weights of its sources."""
        for source in BACKENDS:
            self.backend(source)
        if name.startswith("weighted"):
            said = self._weights() if name == "weighted" else self._f1_weights()
            return self._projects.get_project("ensemble"), {"ensemble": {"sources": said}}
        project = self._projects.get_project(name)
        if name != "ensemble":
            with self._learning() as held:
                # One job, in this process: TensorFlow's threads do not survive a fork.
                project.train(held, jobs=1)
        return project, None

    def _weights(self) -> str:
        with self._learning() as held:
            found = self._projects.get_project("ensemble").hyperopt(held, _TRIALS, 1, "NDCG", None)
        return str(found.lines[0].removeprefix("sources="))

    def _f1_weights(self) -> str:
        with self._learning() as held:
            documents = list(held.documents)
            scores = [self._projects.get_project(name).suggest(documents).array for name in BACKENDS]
        right = np.array([document.subject_set.as_vector(len(self.names)) for document in documents])
        return ",".join(f"{name}:{weight}" for name, weight in zip(BACKENDS, best_weights(scores, right), strict=True))

    @contextlib.contextmanager
    def _learning(self) -> Iterator[DocumentList]:
        """Provide the held-out fifth, with each backend replaced by the one trained without it."""
        projects = [self._projects.get_project(name) for name in BACKENDS]
        whole = [project.suggest for project in projects]
        for project, name in zip(projects, parts(), strict=True):
            project.suggest = self.backend(name).suggest
        yield DocumentList(self._documents[: self._fifth])
        for project, suggest in zip(projects, whole, strict=True):
            project.suggest = suggest

    def suggest(self, project: Any, asked: Sequence[str], parameters: Any = None) -> list[list[tuple[str, float]]]:
        """Return a project's suggestions."""
        batches = DocumentList(list(map(Document, asked))).doc_batches
        rows = (row for batch in batches for row in _rows(project.suggest(batch, parameters)))
        return [best({self.names[at]: score for at, score in zip(row.indices, row.data, strict=True)}) for row in rows]

    def _remembered(self, suggest: Any, known: dict[str, Any], documents: list[Document], _: Any = None) -> Any:
        self.spared += sum(known[document.text][1] for document in documents if document.text in known)
        new = {document.text: document for document in documents if document.text not in known}
        if new:
            start = time.perf_counter()
            rows = _rows(suggest(list(new.values())))
            each = (time.perf_counter() - start) / len(new)
            known |= {text: (row, each) for text, row in zip(new, rows, strict=True)}
        return SuggestionBatch(vstack([known[document.text][0] for document in documents], "csr"))


def _rows(batch: SuggestionBatch) -> list[Any]:
    return [batch.array[[at]] for at in range(len(batch))]


class Systems:
    """Annif's projects as systems that share one `Annif`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._annif: Annif | None = None

    def fit(self, name: str, texts: list[str], tags: list[list[str]]) -> Suggest:
        """Train a backend, or an ensemble and its backends."""
        annif = self._annif = self._annif or Annif(self._folder, texts, tags)
        keras.utils.set_random_seed(0)
        project, parameters = (annif.backend(name), None) if name in BACKENDS else annif.ensemble(name)
        return functools.partial(annif.suggest, project, parameters=parameters)

    def clock(self) -> float:
        """Return the time in seconds, including the time that caching has saved."""
        return time.perf_counter() + (self._annif.spared if self._annif else 0.0)


with tempfile.TemporaryDirectory() as made:
    tempfile.tempdir = made
    systems = Systems(Path(made))
    names = (*BACKENDS, *ENSEMBLES)
    main({f"Annif {name}": functools.partial(systems.fit, name) for name in names}, systems.clock)
