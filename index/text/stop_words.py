"""Function words, which name nothing by themselves."""

_ENGLISH = """
a an and are as at be by can for from has have in into is it its more no not of off on only or our over so such than
that the their then these they this to up was we when which will with without you your
"""
_CHINESE = """
的 了 和 与 及 或 等 也 都 在 是 有 很 更 最 这 那 我 你 他 她 它 们 我们 你们 他们 她们 它们 一个 一款 一种
这款 这个 那个 不仅 而且 还有 以及 可以 能够 非常 十分 特别 更加 采用 具有 拥有 适合 让 使 给 被 把 对 从 到
为 因为 所以 如果 但是 同时 没有 不会 不是 就是 之 其 该
"""
STOP_WORDS = frozenset((*_ENGLISH.split(), *_CHINESE.split()))
