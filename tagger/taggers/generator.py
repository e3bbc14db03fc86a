"""Generate tags with a sequence-to-sequence model."""

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from index.encoders.weights import Weights
from index.errors import BadSetting
from index.libraries.zero_gpu import is_lent
from index.messages import Message
from index.neighbours import Neighbours
from index.product import Product
from tagger.generation.bases import base_name, enough_memory, find_base, reading
from tagger.generation.ctranslate2_engine import ARCHITECTURES, CTranslate2Writer
from tagger.generation.decoding import Decoding, Writer, expected_scores
from tagger.generation.prompt import NEIGHBOURS, SLOTS, Near, Vote, prompts, target, votes
from tagger.generation.torch_engine import TorchWriter
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_minimum
from tagger.splits import held_out
from tagger.types import Ranking, ranked
from tagger.vocabulary import Vocabulary, fold, stands

ENGINES = ("ctranslate2", "torch")
_SMALLER = Message("memory.generator")


class GeneratorTagger:
    """Scores a tag by its probability in the sequences that the model writes (`expected_scores`).

    The prompt contains the product's text and the tags of its nearest labelled neighbours. A long description is split
    into windows with a prompt each, and a tag gets its best score over them. The model is loaded on first use.
    Thread-safe.
    """

    def __init__(
        self,
        writer: Callable[[], Writer],
        vocabulary: Vocabulary,
        neighbours: Neighbours,
        *,
        closed: bool,
        grounded: bool,
    ) -> None:
        self._load = writer
        self._closed = closed
        self._grounded = grounded
        self._vocabulary = vocabulary
        self._neighbours = neighbours
        self._lock = threading.Lock()
        self._loaded: Writer | None = None

    def fit(self, products: Sequence[Product]) -> None:
        """Index the products as neighbours for the prompts; the model itself is trained by `finetune`."""
        self._neighbours.fit(products)

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags that the model writes, by their expected score.

        Raises `StaleArtifact` for a base or an adapter that is damaged or does not fit, `MissingArtifact` if the
        adapter is missing, `OutOfMemory` if the model needs more memory than is free.
        """
        if not products:
            return []
        voted = self._votes(products)
        windows = [prompts(product, of_product) for product, of_product in zip(products, voted, strict=True)]
        asked = [(place, prompt) for place, each in enumerate(windows) for prompt in each]
        # Sort by length, so that a batch needs little padding.
        asked.sort(key=lambda each: len(each[1]))
        with enough_memory(_SMALLER):
            found = self._writer().write([prompt for _, prompt in asked])
        scores: list[dict[str, float]] = [{} for _ in products]
        for (place, _), sequences in zip(asked, found, strict=True):
            for tag, score in expected_scores(sequences, voted[place], self._vocabulary.canonical).items():
                if self._may_say(tag, products[place]):
                    scores[place][tag] = max(score, scores[place].get(tag, 0.0))
        return [ranked(each, limit) for each in scores]

    def score(self, products: Sequence[Product], tags: Sequence[Sequence[str]]) -> list[dict[str, float]]:
        """Return the score, 0 to 1, of each given tag as the only tag of its product."""
        voted = self._votes(products)
        asked = [
            (place, prompts(product, voted[place])[0], tag)
            for place, (product, wanted) in enumerate(zip(products, tags, strict=True))
            for tag in wanted
        ]
        with enough_memory(_SMALLER):
            lines = [target([tag], voted[place], "") for place, _, tag in asked]
            found = self._writer().score([prompt for _, prompt, _ in asked], lines) if asked else []
        scores: list[dict[str, float]] = [{} for _ in products]
        for (place, _, tag), written in zip(asked, found, strict=True):
            scores[place][tag] = expected_scores([written], voted[place], str).get(tag, 0.0)
        return scores

    def _may_say(self, tag: str, product: Product) -> bool:
        """Return whether a tag may be suggested: it is known or, unless `closed` or `grounded` forbid it, new.

        With `grounded`, a new tag must occur in the text, because a model may make up words.
        """
        if tag in self._vocabulary:
            return True
        return not self._closed and (not self._grounded or stands(fold(tag), fold(product.text)))

    def prompts(self, products: Sequence[Product]) -> list[list[str]]:
        """Return each product's prompts, one per window of its text."""
        return [prompts(*each) for each in zip(products, self._votes(products), strict=True)]

    def _votes(self, products: Sequence[Product]) -> list[list[Vote]]:
        tags = self._neighbours.tags
        return [votes([Near(hit.score, tags[hit.id]) for hit in hits]) for hits in self._neighbours.near(products)]

    def save(self, folder: Path) -> None:
        """Write the index of neighbours; the model is stored elsewhere."""
        self._neighbours.save(folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._neighbours.load(folder)

    def unseen(self, product: Product) -> bool:
        """Return whether the product was held out of the training of base and adapter."""
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
    closed: bool = False,
    grounded: bool = True,
    diversity: float = Decoding.diversity,
    beams: int = Decoding.beams,
    max_input_tokens: int = Decoding.max_input_tokens,
    max_new_tokens: int = Decoding.max_new_tokens,
    batch_size: int = Decoding.batch_size,
    device: str = "",
) -> GeneratorTagger:
    """Create the tagger for the plugin registry.

    `model` is a folder or a hub id; by default, the base that the store's adapter was trained on, or the packaged base
    if there is no adapter. `closed` allows only tags of the vocabulary (needs torch). `grounded` allows a tag outside
    the vocabulary only if it occurs in the text. `diversity` (0 to 1) makes the sequences start with different tags.
    `engine` is "ctranslate2" (CPU) or "torch". By default it is torch if `device` names anything but "cpu", if there
    is a GPU and `device` is empty, or if CTranslate2 does not support the model; otherwise CTranslate2.
    """
    check_minimum(1, beams=beams)
    if min(max_input_tokens, max_new_tokens) < 8 or batch_size < 1:
        raise BadSetting("generator.minimums")
    if engine not in ("", *ENGINES):
        raise BadSetting("generator.engine", available=", ".join(ENGINES), value=engine)
    if not 0 <= diversity <= 1:
        raise BadSetting("value.range", name="diversity", low=0, high=1, value=diversity)
    if diversity and beams < 2:
        raise BadSetting("generator.diversity-beams")
    if closed and engine == "ctranslate2":
        raise BadSetting("generator.closed-engine")
    base = find_base(model or base_name(resources.adapter), resources.weights)
    if engine == "ctranslate2" and (architecture := _architecture(base)) not in ARCHITECTURES:
        raise BadSetting("generator.architecture", architecture=architecture)
    decoding = Decoding(beams, max_input_tokens, max_new_tokens, batch_size, diversity)

    def writer() -> Writer:
        if closed or (engine or _fitting_engine(base, device)) == "torch":
            tags = (*resources.vocabulary.tags, *SLOTS) if closed else ()
            return TorchWriter(base, resources.adapter, decoding, device, tags)
        return CTranslate2Writer(base, resources.adapter, decoding, resources.weights.folder)

    neighbours = Neighbours(resources.encoder, resources.index, NEIGHBOURS)
    return GeneratorTagger(writer, resources.vocabulary, neighbours, closed=closed, grounded=grounded)


def _architecture(base: Weights) -> str:
    with reading(f"base {base.name}", base.folder):
        return str(json.loads((base.folder / "config.json").read_text("utf-8"))["model_type"])


def _fitting_engine(base: Weights, device: str) -> str:
    if _architecture(base) not in ARCHITECTURES or device not in ("", "cpu") or (not device and _has_gpu()):
        return "torch"
    return "ctranslate2"


def _has_gpu() -> bool:
    if is_lent():
        return True
    # CTranslate2 asks the driver as torch does, but importing torch takes seconds.
    import ctranslate2

    return bool(ctranslate2.get_cuda_device_count())
