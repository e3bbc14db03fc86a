"""What the events of the bulk edit do, and what they show. Nothing raises; a mistake becomes a line on the page."""

import hashlib
from collections.abc import Mapping

from markupsafe import Markup

from index.catalogue.decision import Batch
from index.errors import BadInput, TagweaveError
from tagger.feedback.bulk_decisions import BulkKind, Plan
from tagger.search.filters import Choice
from tagger.vocabulary import Vocabulary
from tagger.web.components import panels
from tagger.web.components.product_cards import headline
from tagger.web.i18n import display_names
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import say
from tagger.web.service.requests import decision_number
from tagger.web.service.service import Service

_SHOWN = 5
_RECENT = 5
_DOES: Mapping[BulkKind, str] = {"add": "Add", "remove": "Remove"}


class BulkView:
    """The events of the bulk edit, without Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def previewed(self, choice: Choice, kind: BulkKind, tag: str | None, by: str | None) -> str:
        """Show what would change, with the button that does it."""
        try:
            return str(self._preview(self._planned(choice, kind, tag, by)))
        except TagweaveError as error:
            return str(panels.problem(str(error)))

    def clicked(self, choice: Choice, kind: BulkKind, tag: str | None, by: str | None, said: Mapping[str, str]) -> str:
        """Do what was previewed, or undo it; where the list has changed since, it is previewed anew."""
        try:
            if said.get("undo"):
                self._service.decisions.undo(decision_number(said["undo"]), by or "", together=True)
                return self.recent()
            plan = self._planned(choice, kind, tag, by)
            if said.get("kind") != plan.kind or said.get("tag") != plan.tag or said.get("value") != _which(plan):
                return str(self._preview(plan))
            made = self._service.decisions.decide_bulk(plan)
        except TagweaveError as error:
            return str(panels.problem(str(error)))
        done = Markup('<p class="tw-note" role="status"><b>{:,}</b> {}</p>')
        return str(done.format(len(made), say("products changed.")) + self._recent())

    def recent(self) -> str:
        """Show the last bulk edits, each with a button that undoes it."""
        return str(self._recent())

    def _recent(self) -> Markup:
        try:
            batches = self._service.decisions.recent_bulk(_RECENT)
            vocabulary = self._service.catalogue.vocabulary()
        except TagweaveError as error:
            return panels.problem(str(error))
        if not batches:
            return Markup("")
        shown = Markup("").join(_batch(each, vocabulary) for each in batches)
        return Markup('<h2>{}</h2><ol class="tw-history">{}</ol>').format(say("Recent bulk edits"), shown)

    def _planned(self, choice: Choice, kind: BulkKind, tag: str | None, by: str | None) -> Plan:
        if choice.by_meaning and choice.text.strip():
            raise BadInput("a search by meaning finds every product, more or less; search by words instead")
        return self._service.decisions.plan_bulk(choice.query(), kind, tag or "", by or "")

    def _preview(self, plan: Plan) -> Markup:
        tag = display_names.named(plan.tag, self._service.catalogue.vocabulary())
        counts = Markup('<p>{} <b dir="auto">{}</b>: <b>{:,}</b> / {:,} {}</p>').format(
            say(_DOES[plan.kind]), tag, len(plan.drafts), plan.total, say("products would change.")
        )
        if not plan.drafts:
            return Markup('<div class="tw-note">{}</div>').format(counts)
        products = (each.product for each in plan.drafts[:_SHOWN])
        first = Markup("").join(Markup('<li dir="auto">{}</li>').format(headline(each)) for each in products)
        more = Markup("<li>…</li>") if len(plan.drafts) > _SHOWN else Markup("")
        apply = Markup(
            '<button type="button" class="tw-taken tw-apply" data-kind="{}" data-tag="{}" data-value="{}">'
            "{}: {:,}</button>"
        ).format(plan.kind, plan.tag, _which(plan), say("Apply"), len(plan.drafts))
        return Markup('<div class="tw-bulk">{}<ul>{}{}</ul>{}</div>').format(counts, first, more, apply)


def _batch(batch: Batch, vocabulary: Vocabulary) -> Markup:
    undo = Markup('<button type="button" class="tw-undo" data-undo="{}">{}: {:,}</button>')
    return Markup('<li class="{}"><span>{} <b>{}</b></span><span>{:,} {} · <bdi>{}</bdi></span>{}</li>').format(
        "" if batch.active else "tw-undone",
        say(names.DECISIONS[batch.kind]),
        display_names.named(batch.tag, vocabulary),
        batch.decisions,
        say("products"),
        batch.by,
        undo.format(batch.number, say("Undo"), batch.active) if batch.active else say("undone"),
    )


def _which(plan: Plan) -> str:
    """Name the products that a plan changes: another list of as many is another."""
    ids = "\n".join(sorted(each.product.id for each in plan.drafts))
    return hashlib.blake2b(ids.encode(), digest_size=8).hexdigest()
