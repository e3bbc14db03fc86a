"""PECOS: XR-Linear over TF-IDF, label trees of hierarchical k-means."""

import numpy as np
from common import LIMIT, Suggest, best, main
from pecos.xmc import Indexer, LabelEmbeddingFactory
from pecos.xmc.xlinear.model import XLinearModel
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import MultiLabelBinarizer


def fit(texts: list[str], tags: list[list[str]]) -> Suggest:
    """Train the model as its documentation shows."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+", dtype=np.float32)
    features = vectorizer.fit_transform(texts)
    labels = MultiLabelBinarizer(sparse_output=True)
    right = labels.fit_transform(tags).astype(np.float32)
    clusters = Indexer.gen(LabelEmbeddingFactory.create(right, features))
    model = XLinearModel.train(features, right, C=clusters)

    def suggest(asked: list[str]) -> list[list[tuple[str, float]]]:
        found = model.predict(vectorizer.transform(asked), only_topk=LIMIT, beam_size=LIMIT).tocsr()
        return [best(dict(zip(labels.classes_[row.indices], row.data, strict=True))) for row in found]

    return suggest


main({"PECOS XR-Linear": fit})
