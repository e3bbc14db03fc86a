from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from index.text.tokens import words
from tagger.taggers.linear import ANALYZERS
from tagger.taggers.tfidf import SparseRows, Tfidf, fit_tfidf

TEXTS = [
    "Red cotton dress, red as a rose, red red red",
    "Blue cotton shirt with a button-down collar",
    "红色纯棉连衣裙 夏季 dress",
    "蓝色衬衫",
    "☃",
    "",
]
letters = st.lists(st.sampled_from("abcdefghij"), max_size=40)


def split(text: str) -> list[str]:
    return list(text)


def reference(analyze: Callable[[str], list[str]], texts: list[str], least: int) -> TfidfVectorizer:
    vectorizer = TfidfVectorizer(analyzer=analyze, sublinear_tf=True, min_df=least, dtype=np.float32)
    return vectorizer.fit(texts)


def assert_same(rows: SparseRows, vectorizer: TfidfVectorizer, texts: list[str]) -> None:
    """Compare with scikit-learn's rows, to the last bit."""
    expected = vectorizer.transform(texts)
    assert rows.shape == expected.shape
    assert rows.indptr.tolist() == expected.indptr.tolist()
    assert rows.indices.tolist() == expected.indices.tolist()
    assert rows.data.dtype == expected.data.dtype == np.float32
    assert rows.data.tobytes() == expected.data.tobytes()


@pytest.mark.parametrize("analyzer", ANALYZERS)
@pytest.mark.parametrize("least", [1, 2])
def test_features_and_weights_are_those_of_scikit_learn(analyzer: str, least: int) -> None:
    analyze = ANALYZERS[analyzer]
    vectorizer = reference(analyze, TEXTS, least)
    found = fit_tfidf(analyze, TEXTS, least)
    assert found is not None
    tfidf, rows = found
    assert tfidf.features == vectorizer.get_feature_names_out().tolist()
    assert tfidf.idf.dtype == np.float32
    assert tfidf.idf.tobytes() == vectorizer.idf_.tobytes()
    assert_same(rows, vectorizer, TEXTS)
    others = ["red rose in a blue dress", "unknown", *TEXTS[::-1]]
    assert_same(tfidf.rows(others), vectorizer, others)


@given(st.lists(letters.map("".join), min_size=1, max_size=12), st.lists(letters.map("".join), max_size=12))
def test_any_text_has_the_weights_of_scikit_learn(texts: list[str], others: list[str]) -> None:
    found = fit_tfidf(split, texts, 1)
    if found is None:
        assert not any(texts)
        return
    tfidf, rows = found
    vectorizer = reference(split, texts, 1)
    assert_same(rows, vectorizer, texts)
    if others:
        assert_same(tfidf.rows(others), vectorizer, others)


def test_a_long_text_is_added_up_in_the_same_order() -> None:
    random = np.random.default_rng(3)
    texts = [" ".join(f"w{number}" for number in random.zipf(1.3, 3000) % 5000) for _ in range(20)]
    found = fit_tfidf(words, texts, 1)
    assert found is not None
    assert_same(found[1], reference(words, texts, 1), texts)


def test_weights_by_hand() -> None:
    tfidf = Tfidf(split, ["a", "b", "c"], np.array([1, 2, 4], np.float32))
    # "aab": (1 + ln 2) * 1 = 1.6931 and 1 * 2; the length is sqrt(1.6931² + 2²) = 2.6204.
    rows = tfidf.rows(["aabx", "", "c"])
    assert rows.indptr.tolist() == [0, 2, 2, 3]
    assert rows.indices.tolist() == [0, 1, 2]
    assert rows.data.tolist() == pytest.approx([1.6931 / 2.6204, 2 / 2.6204, 1], abs=1e-4)


def test_without_a_feature_there_is_nothing() -> None:
    assert fit_tfidf(words, ["☃", ""], 1) is None
    assert fit_tfidf(words, ["one", "other"], 2) is None
