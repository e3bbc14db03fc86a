"""YAKE and KeyBERT: extract key phrases from the text, and keep those that are tags of the training part."""

import os
import re
from collections.abc import Callable, Collection

from common import Suggest, best, main

# Takes texts and the known tags (without white space). Returns each text's phrases with their scores.
Phrases = Callable[[list[str], Collection[str]], list[dict[str, float]]]


def keep(phrases: Phrases) -> Callable[..., Suggest]:
    """Return a system that suggests the extracted phrases that are tags."""

    def fit(_: list[str], tags: list[list[str]]) -> Suggest:
        known = {_plain(tag): tag for each in tags for tag in each}

        def suggest(asked: list[str]) -> list[list[tuple[str, float]]]:
            found = []
            for of_text in phrases(asked, known.keys()):
                said = ((known.get(_plain(phrase)), score) for phrase, score in of_text.items())
                found.append(best({tag: score for tag, score in said if tag}))
            return found

        return suggest

    return fit


def _plain(phrase: str) -> str:
    return re.sub(r"\s+", "", phrase.lower())


def yake_phrases(texts: list[str], known: Collection[str]) -> list[dict[str, float]]:
    """Return YAKE's phrases of up to three words. YAKE scores the best phrase lowest, so the score is inverted."""
    import yake

    extractor = yake.KeywordExtractor(n=3, top=50)
    return [{phrase: 1 / (1 + score) for phrase, score in extractor.extract_keywords(text)} for text in texts]


def keybert_phrases(texts: list[str], known: Collection[str]) -> list[dict[str, float]]:
    """Return KeyBERT's phrases of up to three words, with all-MiniLM-L6-v2.

    KeyBERT embeds the vectorizer's whole vocabulary, so it is limited to tags. A phrase's score depends only on the
    text and the phrase.
    """
    from keybert import KeyBERT
    from sklearn.feature_extraction.text import CountVectorizer

    cut = {"ngram_range": (1, 3), "token_pattern": r"\S+"}
    every = CountVectorizer(**cut).fit(texts).get_feature_names_out()
    tags = [phrase for phrase in every if _plain(phrase) in known]
    if not tags:
        return [{} for _ in texts]
    vectorizer = CountVectorizer(**cut, vocabulary=tags)
    found = KeyBERT(os.environ["MINILM"]).extract_keywords(texts, vectorizer=vectorizer, top_n=50)
    return [dict(each) for each in found]


main({"YAKE": keep(yake_phrases), "KeyBERT": keep(keybert_phrases)})
