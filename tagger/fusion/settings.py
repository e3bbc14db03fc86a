"""Settings of the fuser."""

from dataclasses import field
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from tagger.fusion.acceptance import Rule
from tagger.gbdt import TreeSettings

_strict = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_strict)
class FusionSection:
    """How the taggers are fused."""

    fuser: Literal["learned", "reciprocal_rank", "weighted_sum"] = "learned"
    folds: Annotated[int, Field(ge=2)] = 4
    candidates: Annotated[int, Field(ge=1)] = 20
    least_products: Annotated[int, Field(ge=8)] = 40
    most_products: Annotated[int, Field(ge=8)] = 20_000
    seed: int = 0
    acceptance: Rule = "threshold"
    accept_new: bool = False
    ranker: TreeSettings = field(default_factory=TreeSettings)
