"""Example texts in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A text and its short name on the page."""

    name: str
    text: str


EXAMPLES = (
    Example("4K 电视", "高清晰度 4K 电视"),
    Example("节能冰箱", "节能型冰箱"),
    Example("洗衣机", "全自动洗衣机"),
    Example("红色 iPhone", "这是一款红色的iPhone 13"),
    Example("笔记本电脑", "这是一款笔记本电脑"),
    Example(
        "智能手表",
        "这款智能手表采用高端材质，拥有3种材质、4种表带颜色、5种表盘设计，具有心率监测、血氧检测、睡眠监测等功能，"
        "适合运动、商务、休闲等多种场合使用。",
    ),
    Example("Water bottle", "Stainless steel insulated water bottle 750ml, keeps drinks cold for 24 hours"),
    Example(
        "Summer dress",
        "Floral Midi Dress, V-Neck, Navy\n"
        "A lightweight cotton dress with a floral print and a nipped-in waist. Breathable on hot days, easy to wear to "
        "the office, on a date or on holiday. Machine washable.",
    ),
    Example(
        "Laptop",
        '14" Ultralight Laptop, 16 GB RAM, 1 TB SSD\n'
        "Thin metal body, backlit keyboard and a battery that lasts a full day.",
    ),
)
