"""SetFit: all-MiniLM-L6-v2 fine-tuned on pairs of texts with and without a common tag, and one classifier per tag."""

import os
import sys
import tempfile
from pathlib import Path

from common import Suggest, best, main, read
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments
from sklearn.preprocessing import MultiLabelBinarizer

# SetFit draws pairs per tag in memory and trains one classifier per tag: not feasible for thousands of tags.
_MOST_TAGS = 250
# Minutes on two cores. By default it would train on all pairs of texts, twenty million of them.
_STEPS = 300
_PAIRS_A_STEP = 16


def fit(texts: list[str], tags: list[list[str]]) -> Suggest:
    """Fine-tune the encoder on some pairs of the texts, and fit the head on all texts."""
    binary = MultiLabelBinarizer()
    right = binary.fit_transform(tags)
    model = SetFitModel.from_pretrained(os.environ["MINILM"], multi_target_strategy="one-vs-rest", device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            batch_size=_PAIRS_A_STEP,
            max_steps=_STEPS,
            seed=0,
            save_strategy="no",
            report_to="none",
            show_progress_bar=False,
        )
        Trainer(model, arguments, Dataset.from_dict({"text": texts, "label": right.tolist()})).train()

    def suggest(asked: list[str]) -> list[list[tuple[str, float]]]:
        scores = model.predict_proba(asked, as_numpy=True, show_progress_bar=False)
        return [best(dict(zip(binary.classes_, row, strict=True))) for row in scores]

    return suggest


few = len({tag for each in read(Path(sys.argv[1]) / "train.jsonl")[1] for tag in each}) <= _MOST_TAGS
main({"SetFit MiniLM": fit} if few else {})
