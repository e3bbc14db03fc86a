"""Show the texts of the page in both languages; the catalogue of `index.messages` has the Chinese.

Our own HTML holds both languages, and the browser shows the one of the page (`html[lang]`, see style.css). Gradio
translates the texts of its own components. So one answer serves every reader, and changing the language in Gradio's
settings needs no request.
"""

import gradio as gr
from markupsafe import Markup

from index.messages import Language, Message, is_code, known, texts, translate

_LOCALES = ("zh", "zh-CN", "zh-TW", "zh-HK", "zh-SG", "zh-Hans-CN")
# Gradio also translates what people typed or chose where that is a key, as a column called "title" would be.
_KEY = "tagweave: "


def _page_texts(language: Language) -> dict[str, str]:
    """Return the texts that Gradio may show; every page carries them, so the errors are left out."""
    return {_KEY + id: text for id, text in texts(language).items() if not is_code(id)}


I18N = gr.I18n(en=_page_texts("en"), **dict.fromkeys(_LOCALES, _page_texts("zh")))


def label(english: str) -> str:
    """Return what Gradio shows in the reader's language, as a label, a choice or a hint of a component."""
    return str(I18N(_KEY + english)) if known(english) else english


# This HTML is not a template, because the templates' environment is built with these functions.
_IN_TWO = Markup('<span class="tw-zh" lang="zh-CN">{}</span> <span class="tw-en" lang="en">{}</span>')
_IN_ENGLISH = Markup('<span lang="en">{}</span>')
_DRAWN_IN_TWO = Markup('<tspan class="tw-zh" lang="zh-CN">{}</tspan><tspan class="tw-en" lang="en">{}</tspan>')


def say(english: str) -> Markup:
    """Return a text in both languages; the browser shows one. An unknown text, such as a name, is returned as it is."""
    return both(Message(english)) if known(english) else Markup.escape(english)


def both(message: Message) -> Markup:
    """Return a message in both languages, or in English alone if the catalogue does not have it."""
    return in_two(message.text("zh"), str(message)) if message.known else in_english(str(message))


def in_two(chinese: str, english: str) -> Markup:
    """Return a text in both languages; the browser shows one of them."""
    return _IN_TWO.format(chinese, english)


def in_english(text: str) -> Markup:
    """Return a text that exists in English only, marked as English for a page that may be Chinese."""
    return _IN_ENGLISH.format(text)


def drawn(english: str) -> Markup:
    """Return a text in both languages, as `say` does, for a drawing."""
    if not known(english):
        return Markup.escape(english)
    return _DRAWN_IN_TWO.format(translate(english, "zh"), translate(english, "en"))


def hint(english: str) -> str:
    """Return a text in both languages one after the other, for an attribute, which cannot hold markup."""
    return f"{translate(english, 'zh')} {translate(english, 'en')}" if known(english) else english
