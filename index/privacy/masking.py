"""Mask personal data in texts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from index.privacy.personal_data import Kind, find

_MASKS: Final[dict[str, dict[Kind, str]]] = {
    "en": {"email": "[e-mail]", "phone": "[phone number]", "id": "[ID number]", "card": "[card number]"},
    "zh": {"email": "[邮箱]", "phone": "[电话]", "id": "[证件号]", "card": "[卡号]"},
}


@dataclass(frozen=True)
class PrivacySection:
    """What is masked in products when they are ingested: the kinds of personal data, none by default."""

    mask: tuple[Kind, ...] = ()


def mask(text: str, lang: str, kinds: Collection[Kind]) -> str:
    """Return a text with its personal data of these kinds replaced by their names, in Chinese if the text is."""
    names = _MASKS["zh" if lang == "zh" else "en"]
    for each in reversed(find(text, kinds)):
        text = f"{text[: each.start]}{names[each.kind]}{text[each.end :]}"
    return text
