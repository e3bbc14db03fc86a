"""Settings of the fusion."""

from dataclasses import field
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from tagger.fusion.acceptance import Rule
from tagger.gbdt import TreeSettings

_strict = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_strict)
class RankerSection:
    """How the ranker's trees are grown."""

    rounds: Annotated[int, Field(ge=1)] = 200
    learning_rate: Annotated[float, Field(gt=0)] = 0.05
    leaves: Annotated[int, Field(ge=2)] = 24
    least_in_leaf: Annotated[int, Field(ge=1)] = 40
    columns_share: Annotated[float, Field(gt=0, le=1)] = 0.7
    l2: Annotated[float, Field(ge=0)] = 5.0


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
    ranker: RankerSection = field(default_factory=RankerSection)

    def tree_settings(self) -> TreeSettings:
        """Return the trees' settings with the seed."""
        section = self.ranker
        return TreeSettings(
            rounds=section.rounds,
            learning_rate=section.learning_rate,
            leaves=section.leaves,
            least_in_leaf=section.least_in_leaf,
            columns_share=section.columns_share,
            l2=section.l2,
            seed=self.seed,
        )
