"""fastText: averaged vectors of words and word pairs, one logistic loss per tag."""

import tempfile
from pathlib import Path

import fasttext
from common import LIMIT, Suggest, main


def fit(texts: list[str], tags: list[list[str]]) -> Suggest:
    """Train with one loss per tag, as fastText's documentation recommends for multiple labels."""
    names = sorted({tag for each in tags for tag in each})
    numbers = {tag: number for number, tag in enumerate(names)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = (
            " ".join([*(f"__label__{numbers[tag]}" for tag in each), text])
            for text, each in zip(texts, tags, strict=True)
        )
        path.write_text("\n".join(lines) + "\n", "utf-8")
        model = fasttext.train_supervised(
            str(path), loss="ova", epoch=50, lr=0.5, dim=100, wordNgrams=2, thread=2, verbose=0, seed=0
        )

    def suggest(asked: list[str]) -> list[list[tuple[str, float]]]:
        found = []
        for text in asked:
            labels, scores = model.predict(text, k=LIMIT)
            tags_of = (names[int(label.removeprefix("__label__"))] for label in labels)
            found.append(list(zip(tags_of, map(float, scores), strict=True)))
        return found

    return suggest


main({"fastText": fit})
