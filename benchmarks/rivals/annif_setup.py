"""Annif's configuration: its projects, the vocabulary, and the tokenizer."""

import sys
from collections.abc import Sequence
from pathlib import Path

from annif.analyzer import register_analyzer
from annif.registry import AnnifRegistry
from annif.vocab import VocabFileTSV
from common import LIMIT, read

BACKENDS = ("tfidf", "omikuji", "omikuji_pairs", "fasttext", "mllm")
PART = "-part"
# Wide Bonsai trees did best on the validation parts, on some sets with single words only, on others with pairs too.
_BONSAI = "backend=omikuji\ncluster_balanced=False\ncluster_k=100\nmax_depth=3"
# One loss per tag did better with hundreds of tags; a label tree did better with thousands, in a tenth of the time.
_OVA = "loss=ova\nepoch=50"
_TREE = "loss=hs\nepoch=100"
# fastText initialises the vectors in ten blocks, one per thread. With fewer threads, some stay unset memory, even NaN.
_FASTTEXT = "backend=fasttext\nlr=0.5\nthread=10"
_MOST_OVA = 1000


class Spaces:
    """Split at spaces, because the texts are already tokenized. Annif's own analyzers need a download."""

    name = "spaces"
    is_available = staticmethod(lambda: True)

    def __init__(self, _: None) -> None:
        """Accept and ignore Annif's parameter."""

    def tokenize_sentences(self, text: str) -> list[str]:
        """Return the text as a single sentence."""
        return [text]

    def tokenize_words(self, text: str) -> list[str]:
        """Return the words."""
        return text.split()


def parts() -> list[str]:
    """Return the names of the projects trained without the held-out fifth."""
    return [name if name == "mllm" else name + PART for name in BACKENDS]


def registry(folder: Path, names: Sequence[str]) -> AnnifRegistry:
    """Register the projects and the vocabulary, in which each tag has its number as id and its words as label."""
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
