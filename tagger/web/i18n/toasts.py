"""Gradio's own script shows some messages in English only; this script shows them in Chinese on a Chinese page.

Gradio has no setting for these texts, so the script watches for the elements that show them. What a message quotes
stays text.
"""

import json

from index.messages import mark, translate

# Gradio's English text as a pattern of JavaScript with its flags, and the message that replaces it.
_MESSAGES = (
    (r"^File\(s\) exceed the maximum allowed size of ([^:]+): (.*)$", "s", mark("toast.too-large")),
    (r"^Queue is full.*$", "s", mark("toast.queue-full")),
    (r"^.*\bbusy\b.*$", "s", mark("toast.busy")),
    (r"^.*\b(connection|errored|network|fetch)\b.*$", "is", mark("toast.connection")),
)
_SCRIPT = r"""
const chinese = MESSAGES.map(([pattern, flags, line]) => [new RegExp(pattern, flags), line]);
const said = text => {
    if (!document.documentElement.lang.startsWith('zh')) return text;
    const [pattern, line] = chinese.find(([pattern]) => pattern.test(text)) ?? [];
    return pattern ? text.replace(pattern, line) : text;
};
new MutationObserver(() => {
    for (const message of document.querySelectorAll('[data-testid=toast-text]:not([data-said])')) {
        message.dataset.said = '';
        message.textContent = said(message.textContent);
    }
}).observe(document.body, {childList: true, subtree: true});
"""
IN_CHINESE = _SCRIPT.replace(
    "MESSAGES", json.dumps([[pattern, flags, translate(id, "zh")] for pattern, flags, id in _MESSAGES])
)
