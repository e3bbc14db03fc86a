"""What things are called on the page, in both languages."""

from collections.abc import Mapping

LANGUAGES: Mapping[str, str] = {"zh": "中文 Chinese", "en": "英文 English", "other": "其他 other"}

FACETS = {
    "category": "类目",
    "kind": "品类",
    "feature": "特性",
    "material": "材质",
    "colour": "颜色",
    "audience": "人群",
    "occasion": "场合",
    "style": "风格",
}
_SOURCES = {
    "prior": "先验",
    "lexical": "文本匹配",
    "knn": "相似商品",
    "linear": "线性模型",
    "pairs": "词对模型",
    "generator": "生成模型",
    "statistics": "统计特征",
    "base": "基准",
    "fusion": "融合",
    "evidence": "证据",
}


def facet(name: str) -> str:
    """Name a facet."""
    return _named(name, FACETS)


def source(name: str) -> str:
    """Name a tagger, another source of a decision, or a stage."""
    return _named(name, _SOURCES)


def _named(name: str, chinese: Mapping[str, str]) -> str:
    return f"{chinese[name]} {name}" if name in chinese else name


def tag(name: str, labels: Mapping[str, str], lang: str) -> tuple[str, str]:
    """Return the tag's name in a product's language, and its names in the other one, if it has any."""
    own = "zh" if lang == "zh" else "en"
    other = "en" if own == "zh" else "zh"
    first = labels.get(own) or labels.get(other) or name
    second = labels.get(other) or name
    return first, "" if second == first else second
