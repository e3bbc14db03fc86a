"""Show the texts of the page in both languages; the catalogue of `index.messages` has the Chinese.

Our own HTML holds both languages, and the browser shows the one of the page (`html[lang]`, see style.css). Gradio
translates the texts of its own components. So one answer serves every reader, and changing the language in Gradio's
settings needs no request.
"""

import gradio as gr
from markupsafe import Markup

from index.messages import Message, known, texts, translate

_LOCALES = ("zh", "zh-CN", "zh-TW", "zh-HK", "zh-SG", "zh-Hans-CN")
# Gradio also translates what people typed or chose where that is a key, as a column called "title" would be.
_KEY = "tagweave: "
_CHINESE = {_KEY + english: chinese for english, chinese in texts("zh").items()}
I18N = gr.I18n(en={_KEY + id: english for id, english in texts("en").items()}, **dict.fromkeys(_LOCALES, _CHINESE))


def label(english: str) -> str:
    """Return what Gradio shows in the reader's language, as a label, a choice or a hint of a component."""
    return str(I18N(_KEY + english)) if known(english) else english


# The HTML of a text in two languages stands here and in no template: the environment of the templates is made with it.
_IN_TWO = Markup('<span class="tw-zh" lang="zh-CN">{}</span> <span class="tw-en" lang="en">{}</span>')
_IN_ENGLISH = Markup('<span lang="en">{}</span>')
_DRAWN_IN_TWO = Markup('<tspan class="tw-zh" lang="zh-CN">{}</tspan><tspan class="tw-en" lang="en">{}</tspan>')


def say(english: str) -> Markup:
    """Return a word in both languages, of which the browser shows one; an unknown one, such as a name, as it is."""
    return both(Message(english)) if known(english) else Markup.escape(english)


def both(message: Message) -> Markup:
    """Return a message in both languages; one that is not in the catalogue in English alone."""
    return in_two(message.text("zh"), str(message)) if message.known else in_english(str(message))


def in_two(chinese: str, english: str) -> Markup:
    """Return a text in both languages, of which the browser shows one."""
    return _IN_TWO.format(chinese, english)


def in_english(text: str) -> Markup:
    """Return a text that is there in English alone, marked as such for a page that may be Chinese."""
    return _IN_ENGLISH.format(text)


def drawn(english: str) -> Markup:
    """Return a word in both languages, as `say` does, for a text of a drawing."""
    return _DRAWN_IN_TWO.format(translate(english, "zh"), english) if known(english) else Markup.escape(english)


def hint(english: str) -> str:
    """Return both languages for an attribute, which has no room for two texts of which one is shown."""
    return f"{translate(english, 'zh')} {english}" if known(english) else english
