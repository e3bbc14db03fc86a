"""Train a LoRA adapter for a base (Hu et al. 2021, arXiv:2106.09685)."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from finetune.seq2seq.augmentation import augment
from finetune.seq2seq.base_model import Base
from finetune.seq2seq.dataset import Split
from finetune.seq2seq.settings import LoraSettings
from finetune.seq2seq.task import generation_task
from finetune.seq2seq.validation import smoothed_cross_entropy
from finetune.training.resumption import Identity, fingerprint, identify
from finetune.training.trainer import Outcome, train
from index.messages import Message
from index.progress import Progress
from tagger.generation.bases import WEIGHTS, enough_memory, wrapping
from tagger.generation.prompt import PROMPT_VERSION
from tagger.vocabulary import Vocabulary

# Weights of another rank do not fit, and at another scale they mean something else; another seed asks for another
# training.
_FIXED = ("rank", "alpha", "seed")


def tune(
    base: Base,
    split: Split,
    vocabulary: Vocabulary,
    settings: LoraSettings,
    work: Path,
    progress: Progress,
    *,
    fresh: bool = False,
) -> tuple[Any, Outcome]:
    """Train an adapter on the base's own model; return the adapted model and the training's outcome.

    Resumes from a checkpoint in `work` if one fits, unless `fresh`.
    """
    model = add_lora(base.model, settings)
    model.peft_config["default"].base_model_name_or_path = base.weights.name
    task = generation_task(
        identify_adapter(base, split, settings),
        model,
        base.tokenizer,
        split,
        functools.partial(smoothed_cross_entropy, smoothing=settings.label_smoothing),
        lambda case, rng: augment(case, settings, vocabulary, rng),
        settings,
    )
    with enough_memory(Message("memory.batch-or-tokens")):
        return model, train(task, work, progress, fresh=fresh)


def identify_adapter(base: Base, split: Split, settings: LoraSettings) -> Identity:
    """Identify the training of an adapter; its base is identified by content, wherever it is."""
    named = replace(settings, base=base.weights.fingerprint())
    vocabulary = sorted(base.tokenizer.get_vocab().items())
    others = {"prompt_version": PROMPT_VERSION, "tokenizer": fingerprint(vocabulary)}
    return identify(named, ("base", *_FIXED), split.fingerprint(), others)


def add_lora(model: Any, settings: LoraSettings) -> Any:
    """Add untrained adapters to the model's projections; only these can be trained."""
    from peft import LoraConfig, TaskType, get_peft_model

    torch.manual_seed(settings.seed)
    config = LoraConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=projections(model),
    )
    with wrapping():
        return get_peft_model(model, config)


def projections(model: Any) -> list[str]:
    """Return the names of the linear layers of attention and feed-forward in this model, without the output head.

    T5 has q, k, v, o, wi and wo; its gated variants, such as mT5, have wi_0 and wi_1 instead of wi.
    """
    head = model.get_output_embeddings()
    layers = (name for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear) and layer is not head)
    return sorted({name.rpartition(".")[2] for name in layers})


def save_adapter(model: Any, folder: Path) -> None:
    """Write the adapter as peft reads it: its configuration, and its weights as safetensors."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    weights = get_peft_model_state_dict(model, save_embedding_layers=False)
    save_file({name: tensor.cpu().contiguous() for name, tensor in weights.items()}, folder / WEIGHTS, {"format": "pt"})
    model.peft_config["default"].save_pretrained(str(folder))
