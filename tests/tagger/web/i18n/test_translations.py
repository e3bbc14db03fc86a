from typing import get_args

from index.messages import Message, known, texts
from tagger.settings import read
from tagger.vocabulary.duplicates import Why
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import I18N, both, hint, in_two, label, say


def test_names_that_stores_use_are_in_the_catalogue():
    stored = [*read().taggers, *names.FACETS, *names.STORED_NAMES, *get_args(Why)]
    assert [name for name in stored if not known(name)] == []
    assert set(get_args(Why)) == set(names.DUPLICATES)


def test_a_text_is_shown_in_both_languages_and_an_unknown_one_as_it_is(english, chinese):
    assert (english(say("Trend")), chinese(say("Trend")), hint("Trend")) == ("Trend", "走势", "走势 Trend")
    assert say("<my-tagger>") == "&lt;my-tagger&gt;"
    assert label("<my-tagger>") == "<my-tagger>"
    assert "Trend" in label("Trend") != "Trend"
    assert english(in_two("<是>", "<yes>")) == "&lt;yes&gt;"
    assert say("No. {0}").format("<7>").count("&lt;7&gt;") == 2


def test_the_english_text_may_differ_from_the_id(english, chinese):
    assert (english(say("spelled alike")), chinese(say("spelled alike"))) == ("similar spelling", "写法相近")


def test_a_message_is_in_both_languages_and_what_it_quotes_is_no_markup(english, chinese):
    line = both(Message("upload.no-column", column="<b>"))
    assert chinese(line) == "没有 &#39;&lt;b&gt;&#39; 这一列"
    assert english(line) == "no column &#39;&lt;b&gt;&#39;"
    assert both(Message("<i>")) == '<span lang="en">&lt;i&gt;</span>'


def test_a_facet_has_one_word_in_chinese():
    assert texts("zh")["facet"] == "分面"
    assert [text for text in texts("zh").values() if "筛选项" in text or "属性" in text] == []


def test_gradio_gets_the_texts_of_the_page_and_no_errors():
    for shown in I18N.translations.values():
        assert "tagweave: Threshold" in shown
        assert [key for key in shown if key.startswith(("tagweave: row.", "tagweave: store."))] == []
