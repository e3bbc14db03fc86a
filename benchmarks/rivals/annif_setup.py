"""Annif's configuration: its projects, the tags, and how texts are parted."""

import sys
from collections.abc import Sequence
from pathlib import Path

from annif.analyzer import register_analyzer
from annif.registry import AnnifRegistry
from annif.vocab import VocabFileTSV
from common import LIMIT, read

BACKENDS = ("tfidf", "omikuji", "omikuji_pairs", "fasttext", "mllm")
PART = "-part"
# Bonsai's wide trees did best on the validation parts, on some sets with all single words, on others with pairs too.
_BONSAI = "backend=omikuji\ncluster_balanced=False\ncluster_k=100\nmax_depth=3"
# With hundreds of tags a loss a tag did better, with thousands a tree of them, in a tenth of the time.
_OVA = "loss=ova\nepoch=50"
_TREE = "loss=hs\nepoch=100"
# Of the word vectors each thread sets a tenth; what none has set is what was in memory, now and then NaN.
_FASTTEXT = "backend=fasttext\nlr=0.5\nthread=10"
_MOST_OVA = 1000


class Spaces:
    """Part at spaces, as the texts are words already; Annif's own analyzers need a download."""

    name = "spaces"
    is_available = staticmethod(lambda: True)

    def __init__(self, _: None) -> None:
        """Take no setting."""

    def tokenize_sentences(self, text: str) -> list[str]:
        """Return the text as one."""
        return [text]

    def tokenize_words(self, text: str) -> list[str]:
        """Return the words."""
        return text.split()


def parts() -> list[str]:
    """Name each backend's project that has not seen the held-out fifth."""
    return [name if name == "mllm" else name + PART for name in BACKENDS]


def registry(folder: Path, names: Sequence[str]) -> AnnifRegistry:
    """Make the projects known, and the tags, each by its number and with its words as the label."""
    register_analyzer(Spaces)
    (folder / "projects.cfg").write_text(_config(len(names)), "utf-8")
    found = AnnifRegistry(str(folder / "projects.cfg"), str(folder / "data"), init_projects=False)
    said = {tag: text for text, (tag,) in zip(*read(Path(sys.argv[1]) / "tags.jsonl"), strict=True)}
    lines = (f"<http://tag/{number}>\t{said[tag] or tag}" for number, tag in enumerate(names))
    (folder / "tags.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    found.get_project("tfidf").vocab.load_vocabulary(VocabFileTSV(str(folder / "tags.tsv"), "en"))
    return found


def _config(tags: int) -> str:
    settings = {
        "tfidf": "backend=tfidf",
        "omikuji": f"{_BONSAI}\nngram=1\nmin_df=1",
        "omikuji_pairs": f"{_BONSAI}\nngram=2\nmin_df=2",
        "fasttext": f"{_FASTTEXT}\n{_OVA if tags <= _MOST_OVA else _TREE}",
        "mllm": "backend=mllm",
    }
    sections = {
        name: f"{settings[name.removesuffix(PART)]}\nanalyzer=spaces" for name in dict.fromkeys((*BACKENDS, *parts()))
    }
    for name in ("ensemble", "pav", "nn_ensemble"):
        sections[name] = f"backend={name}\nsources={','.join(BACKENDS)}"
    common = f"language=en\nvocab=tags\nlimit={LIMIT}"
    return "\n".join(f"[{name}]\nname={name}\n{common}\n{said}\n" for name, said in sections.items())
