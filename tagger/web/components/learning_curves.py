"""Render the learning curves of a fine-tuning, with a table of the figures."""

import math

from markupsafe import Markup

from index.messages import mark
from tagger.jobs.learning_curves import Curves
from tagger.web.components.plots import TICKS, Axis, Line, axis_over, plot
from tagger.web.components.tables import table
from tagger.web.components.templates import render
from tagger.web.i18n.translations import hint, say

_LOSS = {"training_loss": mark("training"), "validation_loss": mark("validation")}
_NAMES = {
    "epoch": "Epoch",
    "training_loss": mark("Training loss"),
    "validation_loss": mark("Validation loss"),
    "micro_f1": "micro-F1",
    "seconds": mark("Seconds"),
}
_TITLE = mark("Learning curves of the fine-tuning")


def learning_curves(curves: Curves) -> Markup:
    """Show the losses and the micro-F1 of each epoch, or nothing before the first epoch has ended."""
    if not curves:
        return Markup()
    epochs = curves["epoch"]
    # End at a multiple of the number of ticks, so that ticks fall on whole epochs.
    across = Axis("Epoch", 0, TICKS * math.ceil(max(epochs) / TICKS))
    losses = [value for name in _LOSS for value in curves[name]]
    lines = [Line(say(word), list(zip(epochs, curves[name], strict=True)), dots=True) for name, word in _LOSS.items()]
    loss = plot(mark("Loss per token"), across, axis_over("Loss", losses), lines)
    of_tags = [Line(say("micro-F1"), list(zip(epochs, curves["micro_f1"], strict=True)), dots=True)]
    f1 = plot(mark("micro-F1 of generated tags"), across, Axis("micro-F1"), of_tags)
    rows = [[f"{curves[name][at]:.6g}" for name in _NAMES] for at in range(len(epochs))]
    figures = table(hint(_TITLE), [say(each) for each in _NAMES.values()], rows, kind="tw-numbers")
    return render("components/learning_curves.html", title=_TITLE, plots=[loss, f1], figures=figures)
