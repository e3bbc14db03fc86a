"""Omikuji alone, over TF-IDF of words and word pairs: Parabel and Bonsai trees."""

import tempfile
from pathlib import Path
from typing import Any

import omikuji
from common import LIMIT, Suggest, main
from sklearn.feature_extraction.text import TfidfVectorizer


def fit(texts: list[str], tags: list[list[str]], **settings: Any) -> Suggest:
    """Train the label trees."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+", ngram_range=(1, 2))
    features = vectorizer.fit_transform(texts)
    names = sorted({tag for each in tags for tag in each})
    numbers = {tag: number for number, tag in enumerate(names)}
    parameters = omikuji.Model.default_hyper_param()
    for key, value in settings.items():
        setattr(parameters, key, value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = [f"{len(texts)} {features.shape[1] + 1} {len(names)}"]
        for number, each in enumerate(tags):
            values = " ".join(f"{at}:{value:.5f}" for at, value in row(features, number))
            lines.append(f"{','.join(str(numbers[tag]) for tag in each)} {values}")
        path.write_text("\n".join(lines) + "\n", "ascii")
        model = omikuji.Model.train_on_data(str(path), parameters)

    def suggest(asked: list[str]) -> list[list[tuple[str, float]]]:
        given = vectorizer.transform(asked)
        return [
            [(names[number], score) for number, score in model.predict(row(given, n), beam_size=LIMIT, top_k=LIMIT)]
            for n in range(len(asked))
        ]

    return suggest


def row(features: Any, number: int) -> list[tuple[int, float]]:
    """Return a row as (feature, value) pairs. Omikuji refuses empty rows, so a constant feature comes first."""
    found = features[number]
    return [(0, 1e-3), *sorted(zip((found.indices + 1).tolist(), found.data.tolist(), strict=True))]


main(
    {
        "Omikuji Parabel": fit,
        "Omikuji Bonsai": lambda *given: fit(*given, cluster_balanced=False, cluster_k=100, max_depth=3),
    }
)
