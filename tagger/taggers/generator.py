"""Let a sequence-to-sequence model write the tags."""

import json
import threading
from collections.abc import Callable, Sequence

from index.errors import BadSetting
from index.product import Product
from index.weights import Weights
from tagger.generation.ctranslate2_writer import ARCHITECTURES, CTranslate2Writer
from tagger.generation.torch_writer import TorchWriter
from tagger.generation.writing import Decoding, Writer, expected
from tagger.plugin import Resources
from tagger.pretrained import base_name, find_base, reading
from tagger.prompt import prompt
from tagger.split import held_out
from tagger.suggestion import Ranking, ranked
from tagger.vocabulary import Vocabulary

ENGINES = ("ctranslate2", "torch")


class GeneratorTagger:
    """Scores a tag by its probability in the sequences that a beam search ends with (`expected`).

    The model is loaded on first use; safe to call from several threads.
    """

    def __init__(self, writer: Callable[[], Writer], vocabulary: Vocabulary) -> None:
        self._load = writer
        self._vocabulary = vocabulary
        self._lock = threading.Lock()
        self._loaded: Writer | None = None

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags that the model writes, those of its surest sequences first.

        Raises `StaleArtifact` for a base or an adapter that is damaged or does not fit, `MissingArtifact` for an
        adapter that is not there.
        """
        if not products:
            return []
        # Products of like length together: little padding.
        order = sorted(range(len(products)), key=lambda place: len(products[place].text))
        found = self._writer().write([prompt(products[place]) for place in order])
        rankings: list[Ranking] = [[] for _ in products]
        for place, sequences in zip(order, found, strict=True):
            rankings[place] = ranked(expected(sequences, self._vocabulary.canonical), limit)
        return rankings

    def unseen(self, product: Product) -> bool:
        """Tell whether the product was kept out of the training of base and adapter."""
        return held_out(product)

    def _writer(self) -> Writer:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


def create(
    resources: Resources,
    *,
    model: str = "",
    engine: str = "",
    beams: int = 4,
    max_input_tokens: int = 256,
    max_new_tokens: int = 96,
    batch_size: int = 16,
    device: str = "",
) -> GeneratorTagger:
    """Make the tagger for the plugin door.

    `model` is a folder or a hub id; empty, it is the base that the store's adapter was trained on, or the one that
    ships where there is no adapter. `engine` is "ctranslate2" (CPU) or "torch"; empty, it is torch on a device that is
    named, on a GPU where there is one, and for a model that CTranslate2 does not know, and CTranslate2 otherwise.
    """
    if beams < 2:
        raise BadSetting("beams must be at least 2: a tag's score is its share of the sequences")
    if min(max_input_tokens, max_new_tokens) < 8 or batch_size < 1:
        raise BadSetting("max_input_tokens and max_new_tokens must be at least 8, and batch_size at least 1")
    if engine not in ("", *ENGINES):
        raise BadSetting(f"engine must be one of {', '.join(ENGINES)}, or empty, not {engine!r}")
    base = find_base(model or base_name(resources.adapter), resources.weights)
    decoding = Decoding(beams, max_input_tokens, max_new_tokens, batch_size)

    def writer() -> Writer:
        if (engine or _fitting_engine(base, device)) == "torch":
            return TorchWriter(base, resources.adapter, decoding, device)
        return CTranslate2Writer(base, resources.adapter, decoding, resources.weights.cache)

    return GeneratorTagger(writer, resources.vocabulary)


def _fitting_engine(base: Weights, device: str) -> str:
    with reading(f"base {base.name}", base.folder):
        architecture = json.loads((base.folder / "config.json").read_text("utf-8"))["model_type"]
    if architecture not in ARCHITECTURES or device not in ("", "cpu") or (not device and _has_gpu()):
        return "torch"
    return "ctranslate2"


def _has_gpu() -> bool:
    # It looks at the driver as torch does, without torch's seconds of import.
    import ctranslate2

    return bool(ctranslate2.get_cuda_device_count())
