"""What all answers have in common."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Part of an answer. A client ignores fields that it does not know, so that a newer server can add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")
