"""What a visitor's browser remembers, also after the server was started anew."""

import gradio as gr


def remember(what: str) -> gr.BrowserState:
    """Return a text that stays in the browser; it has to stand outside of the tabs, which open late."""
    key = f"tagweave-{what}"
    # Without a secret of ours Gradio makes up another with each start, and can read nothing of before. It guards
    # nothing: every browser is given it with the page.
    return gr.BrowserState("", storage_key=key, secret=key)
