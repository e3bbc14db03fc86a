"""The place of a category in its taxonomy, and names as they are shown where the context is told."""

from tagger.vocabulary.vocabulary import Vocabulary, language_of

_STEP = " > "


def path_of(vocabulary: Vocabulary, tag: str) -> dict[str, list[str]]:
    """Return the names from the top of the taxonomy down to the tag, in each language that the tag has a label in.

    Of several parents the first counts. A tag that is no category has an empty path.
    """
    if tag not in vocabulary.categories:
        return {}
    line = [tag]
    while (above := vocabulary.entry(line[-1]).parents[:1]) and above[0] not in line:
        line += above
    langs = vocabulary.labels(tag) or [language_of(tag)]
    return {lang: [plain_name(vocabulary, each, lang) for each in reversed(line)] for lang in langs}


def plain_names(vocabulary: Vocabulary, tag: str) -> dict[str, str]:
    """Return the tag's label in each language, without what its facet or its path says."""
    return {lang: plain_name(vocabulary, tag, lang) for lang in vocabulary.labels(tag)}


def plain_name(vocabulary: Vocabulary, tag: str, lang: str) -> str:
    """Return the label without its facet or parent: Accessories for Accessories [Bird Supplies] under Bird Supplies.

    Labels have such additions where several tags would have the same one (`formats.taxonomy`).
    """
    entry, label = vocabulary.entry(tag), vocabulary.label(tag, lang)
    if entry.parents and _STEP in label:
        return label.rpartition(_STEP)[2]
    if not label.endswith("]"):
        return label
    facet = vocabulary.facets.get(entry.facet)
    contexts = [entry.facet, *(facet.labels.values() if facet else ())]
    contexts += [_without_addition(vocabulary.label(parent, lang)) for parent in entry.parents]
    name, _, context = label[:-1].rpartition(" [")
    return name if name and context in contexts else label


def _without_addition(label: str) -> str:
    last = label.rpartition(_STEP)[2]
    return last.rpartition(" [")[0] if last.endswith("]") else last
