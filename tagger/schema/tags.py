"""Suggested tags with their evidence."""

from typing import Annotated

from pydantic import Field

from tagger.schema.base import Answer

Probability = Annotated[float, Field(ge=0, le=1)]


class Neighbour(Answer):
    """A similar product of the catalogue that has the tag."""

    id: str
    title: str
    similarity: float = Field(description="cosine similarity of the texts")
    vote: float = Field(description="share of the votes, 0 to 1")


class Span(Answer):
    """A place in the product's text that supports the tag, counted in characters."""

    start: int
    end: int
    text: str


class Contribution(Answer):
    """What one tagger contributes; the sum over all is the log-odds of the score before calibration."""

    source: str
    score: float | None = Field(default=None, description="the tagger's own score, if it has the tag")
    contribution: float


class DecisionEvidence(Answer):
    """A person's decision on the tag, for this product (similarity 1) or for one that is nearly the same."""

    kind: str
    by: str
    at: str
    product: str
    title: str
    similarity: float


class RuleEvidence(Answer):
    """What a rule of the store had to do with the tag."""

    rule: str
    because: str


class Evidence(Answer):
    """All evidence for a tag."""

    neighbours: tuple[Neighbour, ...] = ()
    spans: tuple[Span, ...] = ()
    shares: tuple[Contribution, ...] = ()
    decisions: tuple[DecisionEvidence, ...] = ()
    rules: tuple[RuleEvidence, ...] = ()


class Tag(Answer):
    """One suggested tag."""

    tag: str = Field(description="the tag's own name")
    probability: Probability = Field(description="calibrated: of many tags with 0.8, about four in five are right")
    accepted: bool = Field(description="whether the store accepts the tag without a person")
    new: bool = Field(description="neither the products nor the vocabulary have the tag")
    proposed: bool = Field(default=False, description="new and probable enough: for a person to judge")
    facet: str = ""
    labels: dict[str, str] = Field(default_factory=dict, description="names by language, such as zh and en")
    path: dict[str, tuple[str, ...]] | None = Field(
        default=None, description="by language, the names from the top down"
    )
    evidence: Evidence | None = Field(default=None, description="left out of brief answers")


class Suggestions(Answer):
    """The tags of one product, best first."""

    id: str = Field(description="the product's id: the one that was given, else one made from its text")
    tags: tuple[Tag, ...]
    known: bool = Field(description="false: the store has nothing like this product, so do not rely on its tags")
    reason: str = Field(default="", description="why the product is not known")
    reason_code: str = ""
    threshold: Probability = Field(description="tags of this product are accepted from this probability on")
    without: dict[str, str] = Field(default_factory=dict, description="taggers that could not answer, with the reason")
    models: str = Field(default="", description="names the models that answered; another fit has another name")


class Problem(Answer):
    """What is wrong, as in RFC 9457. `code` is stable and described in the reference of errors."""

    type: str = Field(default="about:blank", description="address of the description of the code")
    title: str
    status: int
    detail: str = Field(description="one line that names the wrong value and says what to do")
    code: str
    params: dict[str, str | int | float] = Field(default_factory=dict, description="the values in the text")
    detail_zh: str = Field(default="", description="the same line in Chinese")


class SuggestedOrNot(Answer):
    """The tags of one product of several, or what is wrong with it."""

    suggestions: Suggestions | None = None
    problem: Problem | None = None


class SuggestedTogether(Answer):
    """One result for each product, in the same order."""

    results: tuple[SuggestedOrNot, ...]


class Explanation(Tag):
    """One tag of a product with its evidence."""

    threshold: Probability
    known: bool
    reason: str = ""
    reason_code: str = ""
