"""The settings of trainings."""

from dataclasses import dataclass

from finetune.seq2seq.augmentation import Augmentation
from index.errors import BadSetting
from tagger.generation.bases import T5_PRODUCTS


@dataclass(frozen=True)
class TrainingSettings(Augmentation):
    """Settings that all trainings share.

    `warmup` is a share of all steps; a step takes `accumulation` batches. Training ends early after `patience` epochs
    without a better micro-F1 on at most `validation_products` products. An empty `device` means a GPU if there is one.
    """

    learning_rate: float = 1e-3
    epochs: int = 12
    batch_size: int = 16
    accumulation: int = 1
    warmup: float = 0.05
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    patience: int = 3
    max_input_tokens: int = 320
    max_target_tokens: int = 96
    validation_products: int = 256
    seed: int = 0
    device: str = ""

    def __post_init__(self) -> None:
        """Raise `BadSetting` if a value is out of range."""
        super().__post_init__()
        counts = ("epochs", "batch_size", "accumulation", "patience", "validation_products")
        for name, least in {**dict.fromkeys(counts, 1), "max_input_tokens": 8, "max_target_tokens": 8}.items():
            if getattr(self, name) < least:
                raise BadSetting("value.minimum", name=name, minimum=least, value=getattr(self, name))
        for name in ("warmup", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise BadSetting("value.below-one", name=name, value=getattr(self, name))
        if self.learning_rate <= 0 or self.weight_decay < 0:
            raise BadSetting("finetune.rate-and-decay")


@dataclass(frozen=True)
class LoraSettings(TrainingSettings):
    """Settings of an adapter: its base and its rank (Hu et al. 2021, arXiv:2106.09685)."""

    base: str = T5_PRODUCTS
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05

    def __post_init__(self) -> None:
        """Raise `BadSetting` if a value is out of range."""
        super().__post_init__()
        if self.rank < 1 or self.alpha < 1 or not 0 <= self.dropout < 1:
            raise BadSetting("finetune.lora-settings")


@dataclass(frozen=True)
class PretrainSettings(TrainingSettings):
    """Settings of the small base that is trained from scratch: its size and its training.

    `pieces` is the size of the tokenizer; `width` and `feed_forward` are dimensions of each layer.
    """

    batch_size: int = 8
    patience: int = 12
    pieces: int = 12_000
    width: int = 256
    feed_forward: int = 512
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 2
    dropout: float = 0.0
