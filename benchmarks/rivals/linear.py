"""scikit-learn: TF-IDF with logistic regression and with a linear support vector machine, one classifier per tag."""

from typing import Any

import numpy as np
from common import LIMIT, Suggest, main
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.svm import LinearSVC


def fit(classifier: Any, texts: list[str], tags: list[list[str]]) -> Suggest:
    """Fit one classifier per tag."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+")
    labels = MultiLabelBinarizer(sparse_output=True)
    features = vectorizer.fit_transform(texts)
    # joblib shares large matrices read-only with the workers, which would sort their indices in place.
    features.sort_indices()
    model = OneVsRestClassifier(classifier, n_jobs=2).fit(features, labels.fit_transform(tags))

    def suggest(asked: list[str]) -> list[list[tuple[str, float]]]:
        scores = model.decision_function(vectorizer.transform(asked))
        order = np.argsort(-scores, kind="stable")[:, :LIMIT]
        return [[(labels.classes_[at], float(row[at])) for at in best] for row, best in zip(scores, order, strict=True)]

    return suggest


main(
    {
        "scikit-learn logistic regression": lambda *given: fit(LogisticRegression(C=10, solver="liblinear"), *given),
        "scikit-learn linear SVM": lambda *given: fit(LinearSVC(C=1.0), *given),
    }
)
