"""Say in Chinese what the program says in English when something is wrong; the page shows both.

Errors are written once, in English, where they arise. Here stands each line that can reach the page, with `{}` for what
differs. A test reads the program for lines that are missing.
"""

import re
from collections.abc import Mapping

from markupsafe import Markup

from tagger.web.i18n.translations import in_english, in_two

_WORDS: Mapping[str, str] = {
    "title": "标题",
    "description": "描述",
    "product": "商品",
    "by": "姓名",
    "kind": "类型",
    "tags": "标签",
    "tag": "标签",
    "id": "编号",
    "lang": "语言",
    "text": "文字",
    "q": "搜索词",
    "query": "搜索词",
    "limit": "数量",
    "int": "整数",
    "float": "小数",
    "bool": "布尔值",
    "list": "列表",
    "dict": "对象",
    "str": "文本",
    "NoneType": "空值",
    "fitted": "拟合",
    "adapter": "适配器",
    "rounds": "轮数",
    "epochs": "轮数",
    "seed": "随机种子",
    "learning rate": "学习率",
}
_LINES: Mapping[str, str] = {
    # What is asked
    "the text is empty": "没有文字",
    "the query is empty; there is nothing to compare products with": "没有搜索词，无法比较商品",
    "give either text, or title and description": "请只给出全文，或者标题与描述",
    "give either an id, or texts": "请只给出编号，或者文字",
    "no tagger is left to ask": "请至少选择一种方法",
    "tag: no tagger puts it forward for this product": "没有任何方法为该商品提出这个标签",
    "there is no product of this id, or no longer": "没有这个编号的商品，或已不存在",
    "{} requests wait already; try again in a moment": "已有 {} 个请求在排队，请稍后再试",
    "{}: more than {} characters": "{}超过 {} 个字符",
    "{}: input should be {}": "{}的取值不符合要求（{}）",
    "no order {}; there are: {}": "没有 {} 这种排序；可用的有：{}",
    "limit {} and offset {} must not be negative": "数量 {} 与起点 {} 不能为负",
    "a facet has the values yes and no": "筛选项只有“是”与“否”两个值",
    "there is no such facet": "没有这个筛选项",
    "device: {} cannot be used: {}": "device：无法使用 {}：{}",
    "CTranslate2 cannot write with a model of the kind {}; leave engine empty": "CTranslate2 不支持 {}；engine 请留空",
    "suggestions per product: {} is no whole number from {} to {}": "每件商品的建议数：{} 不是 {} 到 {} 的整数",
    "{} was fitted by an earlier version, which kept no adapter; run fit again": "{} 由旧版本拟合；请重新运行 fit",
    "{} tags at most can be chosen at once": "最多同时选择 {} 个标签",
    # What is decided
    "give either product, or title and description": "请只给出商品编号，或者标题与描述",
    "a decision is one of: {}": "决定只能是：{}",
    "the tag is empty": "没有标签",
    "the tag has more than {} characters": "标签超过 {} 个字符",
    "the name has more than {} characters": "姓名超过 {} 个字符",
    "there is no such decision": "没有这个决定",
    "there is no decision {}": "没有第 {} 号决定",
    "decision {} was undone already, by {}": "第 {} 号决定已由 {} 撤销",
    "many products at once can have a tag added or removed": "批量修改只能添加或移除标签",
    "{} products are too many; narrow the list to {} at most": "{} 件商品太多；请把列表缩小到最多 {} 件",
    "a search by meaning finds every product, more or less; search by words instead": (
        "按语义搜索几乎会找到所有商品；请改用文字搜索"
    ),
    "there is no such file; there are: {}": "没有这个文件；可用的有：{}",
    # What is changed of a tag
    "a change of a tag is one of: {}": "标签的修改只能是：{}",
    "no tag {} in the store; did you mean {}?": "没有标签 {}；是否指 {}？",
    "no tag {} in the store": "没有标签 {}",
    "the tag {} was deleted; undo that first": "标签 {} 已被删除；请先撤销删除",
    "the tag is called {} already": "这个标签已经叫 {}",
    "{} is a name of {} already; merge the two instead": "{} 已是 {} 的名称；请改为合并这两个标签",
    "{} and {} are one tag already": "{} 与 {} 已是同一个标签",
    "{} is no alias of a tag": "{} 不是标签的别名",
    "a label is in one of the languages: {}": "标签名的语言只能是：{}",
    "there is no change {} of a tag": "没有第 {} 号标签修改",
    "change {} of a tag was undone already, by {}": "第 {} 号标签修改已由 {} 撤销",
    # A file that is brought
    "there is no column {}": "没有 {} 这一列",
    "there is no room for another file now; try again in an hour": "暂时放不下更多文件；请一小时后再试",
    "the file has more than {} rows; use the command line, or divide it": "文件超过 {} 行；请使用命令行，或把文件拆开",
    "the file cannot be kept here: {}": "文件无法保存：{}",
    "there is no such file, or no longer: results are kept for a day at most": "文件不存在或已过期：结果最多保留一天",
    "this file is not here any more: files are kept for a day at most": "文件已不在这里：文件最多保留一天",
    # Its rows
    "no title": "没有标题",
    "neither title nor description has any text": "标题和描述都没有文字",
    "{} must be a text, not {}": "{}应为文本，而不是{}",
    "{} is {} characters long; at most {} are taken": "{}有 {} 个字符，最多 {} 个",
    "{} has a character at {} that is not text in this file's encoding": "{}的第 {} 个字符不是该文件编码的文本",
    "tags must be a list of texts, or a text split at | or ;, not {}": "标签应为列表，或用 | 或 ; 分隔的文本，而不是{}",
    "tags are not a JSON list: {}": "标签不是 JSON 列表：{}",
    "{} tags; at most {} are taken": "有 {} 个标签，最多 {} 个",
    "the id {} stands already at {}": "编号 {} 已出现在 {}",
    "a NUL byte in the line": "该行有 NUL 字节",
    "a NUL byte in {}": "{}里有 NUL 字节",
    "not {} text at byte {}": "第 {1} 个字节不是 {0} 文本",
    "not JSON: {} at column {}": "不是 JSON：第 {1} 列，{0}",
    "not JSON that can be read: nested too deep": "JSON 无法读取：嵌套过深",
    "not JSON that can be read: {}": "JSON 无法读取：{}",
    "not a JSON object but {}": "不是 JSON 对象，而是{}",
    "not CSV: {}": "不是 CSV：{}",
    "{} cells under {} column names": "有 {} 个单元格，却只有 {} 个列名",
    "the line has more than {} bytes": "该行超过 {} 个字节",
    "the line has more than {} characters": "该行超过 {} 个字符",
    "the compressed file is damaged from here on: {}": "压缩文件从这里起已损坏：{}",
    "a value cannot be read: {}": "有一个值无法读取：{}",
    # The store
    "the store {} has no {} models yet; run: tagweave fit {}": "商品库 {0} 还没有{1}模型；请运行：tagweave fit {2}",
    "{} is missing or was altered since it was published; run fit again": "{} 缺失，或在发布后被改动；请重新运行 fit",
    "{} was fitted with {}, now found: {}; run fit again": "{} 是用 {} 拟合的，现在是 {}；请重新运行 fit",
    "another process is writing the store {}; wait for it, or stop it": "另一个进程正在写入商品库 {}；请等待，或停止它",
    "the store {} cannot be written to: {}": "商品库 {} 无法写入：{}",
    "a threshold is a number from 0 to 1, not {}": "阈值应为 0 到 1 之间的数，而不是 {}",
    "a training is under way; wait for it, or stop it": "训练正在进行；请等待，或停止它",
    "choose at least one tagger": "请至少选择一种方法",
    "no tagger {}; there are: {}": "没有 {} 这种方法；可用的有：{}",
    "{}: {} is not between {} and {}": "{}：{} 不在 {} 与 {} 之间",
    "no product of the file has tags and is new to the store": "文件里没有既有标签、又不在商品库里的商品",
    "choose the column that holds the tags": "请选择哪一列是标签",
    "no file of yours was evaluated yet, or it is kept no longer; bring one below": (
        "还没有评测过你的文件，或文件已过期；请在下方上传"
    ),
    "nothing was measured of {}; there are: {}": "没有 {} 的评测结果；可用的有：{}",
    "too few products have tags: nothing was held out when the store was fitted": (
        "有标签的商品太少：拟合时没有留出商品"
    ),
    "no store at {}; make one with: tagweave ingest {} FILE": "{0} 没有商品库；请运行：tagweave ingest {1} FILE",
    "{} cannot be read ({}); delete it and run fit again": "{} 无法读取（{}）；请删除它并重新运行 fit",
    "{} has format {}, this version reads {}; delete it and run fit again": (
        "{} 的格式是 {}，本版本读取 {}；请删除它并重新运行 fit"
    ),
    "{} has format {}, this version reads {}": "{} 的格式是 {}，本版本读取 {}",
    "no catalogue at {}": "{} 没有目录文件",
    "{} is in use by another process ({} s waited)": "{} 正被另一个进程使用（已等待 {} 秒）",
    "{} is a DuckDB file but no catalogue of Tagweave": "{} 是 DuckDB 文件，但不是 Tagweave 的目录",
    "{} cannot be read or written: {}": "{} 无法读写：{}",
    "{} cannot be opened: {}": "{} 无法打开：{}",
    # A training
    "no product in {} has tags; ingest labelled products first": "{} 里没有带标签的商品；请先导入带标签的商品",
    "the ranker was fitted on other features; run fit again": "排序模型是用其他特征拟合的；请重新运行 fit",
    "the tagger phrases was fitted on other features; run fit again": "方法 phrases 是用其他特征拟合的；请重新运行 fit",
    "the setting {} is wrong: {}": "设置 {} 有误：{}",
    "{} is not TOML: {}": "{} 不是 TOML：{}",
    "{} cannot be read: {}": "{} 无法读取：{}",
    "no file {}": "没有文件 {}",
    # What plugins do wrong
    "the tagger {} failed in {}: {}": "方法 {} 在 {} 中出错：{}",
    "the tagger {} returned {}": "方法 {} 返回了不符合约定的结果：{}",
    "the tagger {} gave no answer within {} s": "方法 {} 未能在 {} 秒内作答",
    "the tagger {} is still busy with an earlier question after {} s": "方法 {} 在 {} 秒后仍未答完先前的请求",
    "the encoder {} failed in {}: {}": "编码器 {} 在 {} 中出错：{}",
    "the encoder {} returned {}": "编码器 {} 返回了不符合约定的结果：{}",
    "the index {} failed in {}: {}": "索引 {} 在 {} 中出错：{}",
    "the index {} returned {}": "索引 {} 返回了不符合约定的结果：{}",
}


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, line.split("{}"))), re.DOTALL)


_PATTERNS = [(_pattern(line), chinese) for line, chinese in _LINES.items()]


def in_chinese(line: str) -> str:
    """Return the line in Chinese, or nothing where it is not known; what is quoted in it stays as it is."""
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(line):
            return chinese.format(*(_WORDS.get(each, each) for each in found.groups()))
    return ""


def both(line: str) -> Markup:
    """Return the line in both languages, of which the browser shows one; an unknown one in English alone."""
    chinese = in_chinese(line)
    return in_two(chinese, line) if chinese else in_english(line)
